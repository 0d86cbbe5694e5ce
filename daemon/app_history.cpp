#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/app.hpp"

// The journal's part of App: taking runs back, and telling who waits for changes.
namespace dirsync::daemon {

Task<void> App::do_revert(std::string run_id, bool dry_run, sync::Asked by,
                          std::optional<Result<sync::RevertReport>>& result) {
    if (auto started = co_await ensure_started(); !started) {
        result.emplace(started.error());
        co_return;
    }
    result.emplace(co_await engine_->revert(std::move(run_id), dry_run, std::move(by)));
}

Task<Result<sync::RevertReport>> App::revert(std::string run_id, bool dry_run, sync::Asked by) {
    std::optional<Result<sync::RevertReport>> result;
    std::function<Task<void>()> work = [this, &result, run_id, dry_run, by] {
        return do_revert(run_id, dry_run, by, result);
    };
    co_await between_cycles(std::move(work));
    if (*result && (*result)->wrote) {
        note_write();
        log_.event(LogEvent::run_reverted,
                   {{"run", run_id},
                    {"changes", std::to_string((*result)->changes)},
                    {"not_restored", std::to_string((*result)->not_restored.size())}});
        // What is held for it shows in the next plan.
        if (!engine_->status().paused) asked_for(false, "revert", std::move(by));
    }
    co_return std::move(*result);
}

void App::note_write() { written_.cancel(); }

Task<bool> App::wait_for_write(std::chrono::milliseconds longest) {
    constexpr auto token = boost::asio::as_tuple(boost::asio::use_awaitable);
    if (stopping_) co_return false;
    // Everybody who waits shares the timer: the earliest end wakes all, and they look again.
    const auto end = Scheduler::Clock::now() + longest;
    if (written_.expiry() <= Scheduler::Clock::now() || written_.expiry() > end) written_.expires_at(end);
    co_await written_.async_wait(token);
    co_return !stopping_;
}

}  // namespace dirsync::daemon
