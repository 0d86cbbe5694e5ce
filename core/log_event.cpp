#include "core/log_event.hpp"

#include <array>
#include <cstddef>

namespace dirsync {
namespace {

constexpr std::array events{
    LogEventFacts{LogEvent::daemon_started, "DAEMON_STARTED", LogLevel::info, "dirsyncd started"},
    LogEventFacts{LogEvent::daemon_ready, "DAEMON_READY", LogLevel::info,
                  "configuration, store and listeners stand"},
    LogEventFacts{LogEvent::daemon_stopping, "DAEMON_STOPPING", LogLevel::info, "dirsyncd stops"},
    LogEventFacts{LogEvent::config_refused, "CONFIG_REFUSED", LogLevel::error,
                  "the configuration is refused"},
    LogEventFacts{LogEvent::config_reloaded, "CONFIG_RELOADED", LogLevel::info,
                  "the configuration was read again"},
    LogEventFacts{LogEvent::config_needs_restart, "CONFIG_NEEDS_RESTART", LogLevel::warning,
                  "a changed setting takes effect at the next start"},
    LogEventFacts{LogEvent::config_weak, "CONFIG_WEAK", LogLevel::warning, "a setting lowers the protection"},
    LogEventFacts{LogEvent::cycle_wrote, "CYCLE_WROTE", LogLevel::info, "a cycle changed the store"},
    LogEventFacts{LogEvent::cycle_idle, "CYCLE_IDLE", LogLevel::debug, "a cycle found nothing to do"},
    LogEventFacts{LogEvent::cycle_failed, "CYCLE_FAILED", LogLevel::error,
                  "a cycle failed; the store is as it was"},
    LogEventFacts{LogEvent::cycle_recovered, "CYCLE_RECOVERED", LogLevel::info, "cycles succeed again"},
    LogEventFacts{LogEvent::whole_read, "WHOLE_READ", LogLevel::info, "the directory was read whole"},
    LogEventFacts{LogEvent::notifications_lost, "NOTIFICATIONS_LOST", LogLevel::warning,
                  "the directory sends no notifications; polling goes on"},
    LogEventFacts{LogEvent::cycle_stuck, "CYCLE_STUCK", LogLevel::error, "a cycle shows no progress"},
    LogEventFacts{LogEvent::change_held, "CHANGE_HELD", LogLevel::warning, "changes wait for an approval"},
    LogEventFacts{LogEvent::entities_skipped, "ENTITIES_SKIPPED", LogLevel::warning,
                  "more users or groups than before cannot be synced as they are"},
    LogEventFacts{LogEvent::scope_warning, "SCOPE_WARNING", LogLevel::warning,
                  "the scope or the read has a flaw"},
    LogEventFacts{LogEvent::source_change_pending, "SOURCE_CHANGE_PENDING", LogLevel::error,
                  "the configured source is not the recorded one; nothing is read or written"},
    LogEventFacts{LogEvent::source_changed, "SOURCE_CHANGED", LogLevel::warning,
                  "the identity source was changed"},
    LogEventFacts{LogEvent::source_restored, "SOURCE_RESTORED", LogLevel::warning, "a snapshot was restored"},
    LogEventFacts{LogEvent::credentials_refused, "CREDENTIALS_REFUSED", LogLevel::error,
                  "the directory refused the credentials; no further attempts for a while"},
    LogEventFacts{LogEvent::store_failed, "STORE_FAILED", LogLevel::error, "the store cannot be used"},
    LogEventFacts{LogEvent::store_lost, "STORE_LOST", LogLevel::error,
                  "the store is not what was opened, or damaged; nothing is read or written"},
    LogEventFacts{LogEvent::store_found, "STORE_FOUND", LogLevel::info, "the store is there again"},
    LogEventFacts{LogEvent::store_reloaded, "STORE_RELOADED", LogLevel::warning,
                  "the store was restored or changed by another program; it was loaded anew"},
    LogEventFacts{LogEvent::control_listening, "CONTROL_LISTENING", LogLevel::info, "a listener stands"},
    LogEventFacts{LogEvent::control_failed, "CONTROL_FAILED", LogLevel::error, "a listener cannot be opened"},
    LogEventFacts{LogEvent::control_restricted, "CONTROL_RESTRICTED", LogLevel::warning,
                  "the group of the control socket cannot use it"},
    LogEventFacts{LogEvent::sync_paused, "SYNC_PAUSED", LogLevel::warning, "sync is paused"},
    LogEventFacts{LogEvent::sync_resumed, "SYNC_RESUMED", LogLevel::info, "sync goes on"},
    LogEventFacts{LogEvent::run_reverted, "RUN_REVERTED", LogLevel::warning, "an admin undid a run"},
    LogEventFacts{LogEvent::pause_ran_out, "PAUSE_RAN_OUT", LogLevel::warning,
                  "sync was paused for too long; all synced users are disabled"},
    LogEventFacts{LogEvent::time_in_doubt, "TIME_IN_DOUBT", LogLevel::error,
                  "the clocks disagree; nothing that depends on time is done"},
    LogEventFacts{LogEvent::time_certain, "TIME_CERTAIN", LogLevel::warning,
                  "the clocks agree again; what had to wait is done"},
};

constexpr bool each_stands_at_its_place() {
    for (std::size_t i = 0; i < events.size(); ++i) {
        if (events[i].event != static_cast<LogEvent>(i)) return false;
    }
    return events.size() == static_cast<std::size_t>(LogEvent::count);
}
static_assert(each_stands_at_its_place());

}  // namespace

const LogEventFacts& facts_of(LogEvent event) noexcept { return events[static_cast<std::size_t>(event)]; }

}  // namespace dirsync
