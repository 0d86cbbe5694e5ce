#include "daemon/change_listener.hpp"

#include <algorithm>

#include "daemon/watched_source.hpp"

namespace dirsync::daemon {
namespace {

constexpr auto retry_after = std::chrono::seconds(60);
constexpr auto look_again_after = std::chrono::seconds(1);

}  // namespace

bool ChangeListener::is_wanted() const {
    const auto& config = parts_.configuration.in_force();
    const auto& status = parts_.engine.status();
    return config.schedule.notifications && traits_of(config.source).is_read &&
           parts_.cycles.tally().last_success && !status.paused && !status.pending &&
           !parts_.cycles.is_denied();
}

Task<void> ChangeListener::run() {
    while (!is_stopping_) {
        if (!is_wanted()) {
            co_await wait(std::min<std::chrono::milliseconds>(parts_.configuration.in_force().schedule.poll,
                                                              look_again_after));
            continue;
        }
        // A reload may put another source in its place while this one waits.
        const auto source = parts_.engine.source();
        const auto refused_before = parts_.binds->refused_attempts();
        const auto changed = co_await source->wait_for_change();
        if (is_stopping_) co_return;
        if (source != parts_.engine.source()) continue;
        if (changed) {
            logged_.clear();
            parts_.cycles.notified();
            co_await wait(WakePace::gathering);
        } else {
            co_await lost(changed.error(), parts_.binds->refused_attempts() > refused_before);
            co_await wait(retry_after);
        }
    }
}

void ChangeListener::stop() {
    is_stopping_ = true;
    timer_.cancel();
}

Task<void> ChangeListener::wait(std::chrono::milliseconds length) {
    if (is_stopping_) co_return;
    timer_.expires_after(length);
    co_await timer_.async_wait(no_throw);
}

Task<void> ChangeListener::lost(Error reason, bool refused_by_directory) {
    if (reason.message() != logged_) {
        logged_ = reason.message();
        parts_.log.event(LogEvent::notifications_lost, {{"reason", reason.message()}});
    }
    // Missing rights are for the next cycle to find out.
    if (reason.code() == ErrorCode::invalid_credentials)
        co_await parts_.cycles.credentials_refused(std::move(reason), refused_by_directory);
}

}  // namespace dirsync::daemon
