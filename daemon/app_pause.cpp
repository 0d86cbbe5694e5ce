#include "config/secrets.hpp"
#include "core/system_time.hpp"
#include "daemon/app.hpp"

// A pause that lasts too long (semantics 4.5): the part of App that looks at the clock.
namespace dirsync::daemon {

std::optional<Scheduler::Point> App::next_pause_look(Scheduler::Point now) const {
    const auto end = engine_->status().pause_end;
    if (!end) return std::nullopt;
    auto look = now;
    if (!engine_->status().pause_in_doubt) look += std::max(*end - system_time(), Duration(0));
    if (pause_retry_) look = std::max(look, *pause_retry_);
    return look;
}

Task<bool> App::end_long_pause(Scheduler::Point now) {
    const auto look = next_pause_look(now);
    if (!look || *look > now) co_return false;
    pause_retry_ = now + config_.schedule.poll;
    if (!may_bind(now)) co_return false;
    sync::CycleRequest request;
    request.trigger = "pause";
    const auto report = co_await run_cycle(std::move(request));
    log_time(report, std::to_string(cycles_));
    if (report.error && report.error->error_class() == ErrorClass::denied) {
        // A domain controller was asked for the time; not again before the secret may be another (5.8).
        denied_secrets_ = secrets_fingerprint(config_);
        scheduler_.credentials_refused(now);
        log_.event(LogEvent::credentials_refused, {{"reason", report.error->message()}});
    } else if (report.error) {
        log_.event(LogEvent::store_failed,
                   {{"doing", "disabling users after a long pause"}, {"reason", report.error->message()}});
    } else if (report.wrote) {
        log_.event(LogEvent::pause_ran_out, {{"users", std::to_string(report.changes)}});
    }
    manager_.status(status_line());
    co_return true;
}

/// Empty also where no clock runs: under the built-in directory, and while a change of the source waits.
std::string App::pause_warning() const {
    const auto& status = engine_->status();
    const auto& limit = config_.sync.lifecycle.paused_disable_after;
    if (!status.paused_since || !limit) return {};
    if (status.pause_ran_out) {
        return "sync is paused for so long that all synced users are disabled "
               "(lifecycle.paused.disable_after); 'dirsyncctl resume' catches up";
    }
    if (!status.pause_end) return {};
    if (status.pause_in_doubt) {
        return "sync is paused, and time was in doubt when that began: lifecycle.paused.disable_after "
               "disables nobody before a domain controller confirms the time; make one reachable, or "
               "correct the clock of this host (timedatectl)";
    }
    if (system_time() - *status.paused_since < *limit / 4 * 3) return {};
    return "sync is paused since " + to_text(*status.paused_since) + ": all synced users are disabled on " +
           to_text(*status.pause_end) +
           " (lifecycle.paused.disable_after), unless 'dirsyncctl resume' ends the pause before";
}

}  // namespace dirsync::daemon
