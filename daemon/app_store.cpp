#include "daemon/app.hpp"

// The store as a file that others can reach, too (semantics 5.18): the part of App that watches it.
namespace dirsync::daemon {
namespace {

constexpr auto between_looks = std::chrono::hours(24);
/// For one table: whoever asks for something waits for so long at most.
constexpr auto longest_look = std::chrono::seconds(30);

}  // namespace

void App::look_at_store() {
    const auto present = store_.present();
    const std::string reason = present ? std::string() : present.error().message();
    if (reason == logged_store_) return;
    logged_store_ = reason;
    if (!reason.empty()) {
        log_.event(LogEvent::store_lost, {{"reason", reason}});
        manager_.status("failing: " + reason);
        return;
    }
    log_.event(LogEvent::store_found);
    manager_.status(status_line());
    // It may be a backup, of a time when sync was not paused.
    asked_for(false, "store", {});
}

/// A part of it at a time, when nothing else is to be done; false: it is not due.
Task<bool> App::look_through_store(Scheduler::Point now) {
    if (now < next_look_through_ || !store_.present()) co_return false;
    auto done = co_await store_.check_part(longest_look);
    if (!done || *done) next_look_through_ = now + between_looks;
    look_at_store();
    // What is damaged is told as lost.
    if (!done && logged_store_.empty()) {
        log_.event(LogEvent::store_failed,
                   {{"doing", "looking through the store"}, {"reason", done.error().message()}});
    }
    co_return true;
}

/// Whether the pause goes on is the store's word, also when a backup was restored into it meanwhile; false:
/// it is not time to ask.
Task<bool> App::follow_pause(Scheduler::Point now) {
    if (!engine_->status().paused || now < next_word_) co_return false;
    next_word_ = now + config_.schedule.poll;
    const auto engine = engine_;
    auto refreshed = co_await engine->refresh_facts();
    if (!refreshed) look_at_store();
    if (refreshed && !engine->status().paused) {
        scheduler_.set_paused(false, now);
        log_.event(LogEvent::sync_resumed);
        manager_.status(status_line());
    }
    co_return true;
}

}  // namespace dirsync::daemon
