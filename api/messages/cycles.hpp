#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/describe/class.hpp>

#include "api/messages/json.hpp"
#include "api/messages/rows.hpp"

// Status, plan, sync, approve, revert, explain, reload.
namespace dirsync::messages {

struct Hold {
    std::string id;
    std::string class_;
    std::uint64_t count = 0;
    std::string limit;
    std::optional<std::string> since;
    std::vector<std::string> sample;  ///< at most ten names
};
BOOST_DESCRIBE_STRUCT(Hold, (), (id, class_, count, limit, since, sample))

/// A change of the identity source that waits for consent, and what it would remove.
struct PendingChange {
    std::string from;  ///< label
    std::string to;
    std::uint64_t users = 0;
    std::uint64_t groups = 0;
    std::uint64_t memberships = 0;
    std::uint64_t assignments = 0;
    std::optional<std::string> note;
};
BOOST_DESCRIBE_STRUCT(PendingChange, (), (from, to, users, groups, memberships, assignments, note))

struct SourceState {
    std::string type;
    std::string identity;
    std::string state;
    std::optional<PendingChange> pending;
};
BOOST_DESCRIBE_STRUCT(SourceState, (), (type, identity, state, pending))

struct Counts {
    std::uint64_t users = 0;
    std::uint64_t groups = 0;
    std::uint64_t memberships = 0;
    std::uint64_t errors = 0;
};
BOOST_DESCRIBE_STRUCT(Counts, (), (users, groups, memberships, errors))

struct Server {
    std::string uri;
    std::string state;
    bool in_use = false;
    std::string detection;
};
BOOST_DESCRIBE_STRUCT(Server, (), (uri, state, in_use, detection))

struct ConfigState {
    std::string path;
    std::optional<std::string> loaded_at;
    bool in_force = true;  ///< false: the file has changed and was refused
};
BOOST_DESCRIBE_STRUCT(ConfigState, (), (path, loaded_at, in_force))

struct Progress {
    std::string phase;  ///< empty: nothing is being read
    std::uint64_t objects = 0;
};
BOOST_DESCRIBE_STRUCT(Progress, (), (phase, objects))

struct Status {
    std::string state;  ///< `word_of(state_in(*this))`
    SourceState source;
    bool paused = false;
    std::optional<std::string> paused_since;
    std::string paused_by;
    std::string pause_reason;
    std::optional<Run> last_run;
    std::optional<std::string> next_run;
    Counts counts;
    std::vector<Hold> held;
    bool settings_refused = false;
    std::optional<std::string> time_doubt;
    std::vector<std::string> scope_warnings;
    std::vector<Server> servers;
    ConfigState config;
    std::vector<std::string> warnings;
    std::optional<std::string> last_error;
    std::optional<std::string> last_success;
    bool cycle_running = false;
    Progress progress;
    std::optional<std::string> started_at;
    std::uint64_t cycles = 0;
    std::uint64_t failed_cycles = 0;
};
BOOST_DESCRIBE_STRUCT(Status, (),
                      (state, source, paused, paused_since, paused_by, pause_reason, last_run, next_run,
                       counts, held, settings_refused, time_doubt, scope_warnings, servers, config, warnings,
                       last_error, last_success, cycle_running, progress, started_at, cycles, failed_cycles))

/// After a restart the store is known to be frozen before the directory was asked; the counts are not.
bool is_frozen(const Status& status);

/// What is most worth knowing of a daemon, the gravest first.
enum class State : std::uint8_t {
    paused,
    frozen,    ///< a change of the source waits for consent
    failing,   ///< the last cycle
    refused,   ///< a part of the configuration
    in_doubt,  ///< time
    held,
    starting,  ///< no cycle has succeeded yet
    errors,    ///< in step but for them
    in_step,
};
State state_in(const Status& status);
std::string_view word_of(State state);

/// The answer to `healthz` and `readyz` when all is well.
struct Health {
    std::string status;
};
BOOST_DESCRIBE_STRUCT(Health, (), (status))

/// What a cycle did, or in a plan would do.
struct CycleReport {
    std::vector<Change> changes;  ///< of a plan
    std::uint64_t change_count = 0;
    std::vector<Hold> held;
    std::vector<std::string> scope_warnings;
    std::uint64_t entity_errors = 0;
    bool change_pending = false;
    bool paused = false;
    bool wrote = false;
    Run run;
    std::optional<std::string> error;
    int exit_code = 0;
};
BOOST_DESCRIBE_STRUCT(CycleReport, (),
                      (changes, change_count, held, scope_warnings, entity_errors, change_pending, paused,
                       wrote, run, error, exit_code))

struct NotRestored {
    std::string action;
    std::string object_type;
    std::string object_id;
    std::string name;
    std::string why;
};
BOOST_DESCRIBE_STRUCT(NotRestored, (), (action, object_type, object_id, name, why))

struct RevertReport {
    std::vector<Change> changes;  ///< of a dry run
    std::uint64_t change_count = 0;
    std::vector<NotRestored> not_restored;
    bool wrote = false;
    Run reverted;
    Run run;  ///< of the revert itself
    int exit_code = 0;
};
BOOST_DESCRIBE_STRUCT(RevertReport, (),
                      (changes, change_count, not_restored, wrote, reverted, run, exit_code))

struct WayIn {
    std::string rule;
    std::vector<std::string> path;
};
BOOST_DESCRIBE_STRUCT(WayIn, (), (rule, path))

struct MappedValue {
    std::string value;
    std::optional<std::string> template_;  ///< null: a fallback or nothing gave the value
    Given<std::string> stored;             ///< what the store has, where that is something else
    Given<std::string> why;                ///< beside `stored`: why it is not the same
};
BOOST_DESCRIBE_STRUCT(MappedValue, (), (value, template_, stored, why))

struct ExplainedError {
    std::string code;
    std::string message;
};
BOOST_DESCRIBE_STRUCT(ExplainedError, (), (code, message))

struct Explanation {
    std::string name;
    std::string object_type;
    std::string external_id;
    bool in_scope = false;
    std::vector<WayIn> because;
    std::optional<std::string> excluded_by;
    Named<MappedValue> attributes;
    std::vector<Hold> held;
    std::string dn;
    std::vector<ExplainedError> errors;
    std::string note;
};
BOOST_DESCRIBE_STRUCT(Explanation, (),
                      (name, object_type, external_id, in_scope, because, excluded_by, attributes, held, dn,
                       errors, note))

struct Reloaded {
    std::vector<std::string> needs_restart;  ///< settings
    Given<PendingChange> pending;            ///< the change of the source that waits for a consent
    /// True where the last cycle refused a part of the configuration, as `settings_refused` of a status.
    Given<bool> settings_refused;
};
BOOST_DESCRIBE_STRUCT(Reloaded, (), (needs_restart, pending, settings_refused))

/// The answer to a command that only succeeds or fails.
struct Done {};
BOOST_DESCRIBE_STRUCT(Done, (), ())

struct SyncRequest {
    Given<bool> full;
};
BOOST_DESCRIBE_STRUCT(SyncRequest, (), (full))

struct PlanRequest {
    std::string config;  ///< the text of a configuration
};
BOOST_DESCRIBE_STRUCT(PlanRequest, (), (config))

struct ApproveRequest {
    Given<std::vector<std::string>> only;  ///< names; left out: all of the hold
    Given<bool> wait;                      ///< for the cycle that applies it, whose report is the answer then
};
BOOST_DESCRIBE_STRUCT(ApproveRequest, (), (only, wait))

struct RevertRequest {
    bool dry_run = false;
};
BOOST_DESCRIBE_STRUCT(RevertRequest, (), (dry_run))

}  // namespace dirsync::messages
