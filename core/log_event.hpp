#pragma once

#include <string_view>

namespace dirsync {

/// Everything that dirsyncd logs. Each event has a constant message and an id that admins may filter by;
/// docs/log-events.md explains each one. What varies goes into key=value fields.
enum class LogEvent {
    daemon_started,
    daemon_ready,
    daemon_stopping,
    config_refused,
    config_reloaded,
    config_needs_restart,
    config_weak,
    cycle_wrote,
    cycle_idle,
    cycle_failed,
    cycle_recovered,
    whole_read,
    notifications_lost,
    cycle_stuck,
    change_held,
    entities_skipped,
    scope_warning,
    source_change_pending,
    source_changed,
    source_restored,
    credentials_refused,
    store_failed,
    store_lost,
    store_found,
    store_reloaded,
    control_listening,
    control_failed,
    control_restricted,
    sync_paused,
    sync_resumed,
    run_reverted,
    pause_ran_out,
    time_in_doubt,
    time_certain,
    count,  ///< of all above
};

enum class LogLevel { debug, info, warning, error };

struct LogEventFacts {
    LogEvent event;
    std::string_view id;  ///< SCREAMING_CASE, never used for anything else
    LogLevel level;
    std::string_view message;  ///< constant text
};

const LogEventFacts& facts_of(LogEvent event) noexcept;

}  // namespace dirsync
