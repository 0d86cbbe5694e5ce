#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "config/secrets.hpp"
#include "daemon/app.hpp"
#include "daemon/watched_source.hpp"

// Waking cycles when the directory says that something changed (semantics 6.2). Polling goes on beside it.
namespace dirsync::daemon {
namespace {

constexpr auto token = boost::asio::as_tuple(boost::asio::use_awaitable);
constexpr auto retry_after = std::chrono::seconds(60);

}  // namespace

bool App::wants_notifications() const {
    return config_.schedule.notifications && traits_of(config_.source).is_read && last_success_ &&
           !engine_->status().paused && !engine_->status().pending &&
           !scheduler_.is_denied(Scheduler::Clock::now());
}

Task<void> App::notifications() {
    const auto pause = [this](Scheduler::Clock::duration length) {
        notification_timer_.expires_after(length);
        return notification_timer_.async_wait(token);
    };
    while (!stopping_) {
        if (!wants_notifications()) {
            co_await pause(
                std::min<Scheduler::Clock::duration>(config_.schedule.poll, std::chrono::seconds(1)));
            continue;
        }
        // A reload may put another source in its place while this one waits.
        const auto source = source_;
        const auto changed = co_await source->wait_for_change();
        if (stopping_) co_return;
        if (source != source_) continue;
        if (changed) {
            logged_notifications_.clear();
            scheduler_.notified(wake_pace_.next(Scheduler::Clock::now()));
            wake();
            co_await pause(WakePace::gathering);
            continue;
        }
        const auto& reason = changed.error();
        if (reason.error_class() == ErrorClass::denied) {
            // The next cycle finds out for itself; two attempts with a refused secret are enough.
            denied_secrets_ = secrets_fingerprint(config_);
            if (reason.code() == ErrorCode::invalid_credentials)
                scheduler_.credentials_refused(Scheduler::Clock::now());
        }
        if (reason.message() != logged_notifications_) {
            logged_notifications_ = reason.message();
            log_.event(LogEvent::notifications_lost, {{"reason", reason.message()}});
        }
        co_await pause(retry_after);
    }
}

}  // namespace dirsync::daemon
