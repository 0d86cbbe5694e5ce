#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/task.hpp"
#include "model/describe.hpp"
#include "model/seams/directory_source.hpp"
#include "model/seams/history_store.hpp"
#include "model/seams/source_store.hpp"
#include "model/settings.hpp"

namespace dirsync::sync {

class StoreClient;

struct CycleRequest {
    bool full = false;     ///< read everything, whatever the cursor says
    bool dry_run = false;  ///< compute and report, write nothing at all
    std::string trigger = "schedule";
    std::vector<std::string> approve;  ///< hold ids to release in this cycle
    bool source_only = false;          ///< end once it is known whether the source is another one
    /// An admin's consent to the change of the source that waits; goes before that of the configuration.
    std::optional<SourceConsent> consent;
    Asked by = {};  ///< who wants it, for the line of the run
};

/// What a cycle did, or with `dry_run` would do.
struct CycleReport {
    RunRecord run;
    bool wrote = false;             ///< false also when there was nothing to write
    bool reloaded = false;          ///< another program had changed the store: it was loaded anew first
    std::optional<Error> error;     ///< why the outcome is `failed` or `partial`
    std::vector<ChangeLine> lines;  ///< filled by a dry run only
    std::uint64_t changes = 0;      ///< number of changes that were, or would be, written
    std::vector<Hold> holds;
    std::vector<std::string> scope_warnings;
    std::uint64_t entity_errors = 0;  ///< in force after the cycle
    bool change_pending = false;      ///< the source has another identity: nothing was read or written
    std::string full_reason;          ///< why everything was read; empty: changes were followed
    std::optional<PendingSourceChange> pending;  ///< set with `change_pending`
    std::optional<SourceChanged> changed;        ///< the source was changed at the beginning of this cycle
    bool paused =
        false;  ///< an admin paused sync: only a dry run read anything, and nothing of it was written
    /// The settings name attributes that the directory does not have; what depends on them stays as it was,
    /// and `scope_warnings` say so (5.14).
    bool config_refused = false;
    std::string time_doubt;  ///< a warning while time is in doubt (5.13); else empty
    /// Exit code of `dirsyncd --once` for this report (contract: 78, 77, 75, 3, 2, 0).
    int exit_code(bool dry_run) const noexcept;
};

/// What a revert did, or with a dry run would do.
struct RevertReport {
    RunRecord run;                  ///< of the revert itself
    RunRecord undone;               ///< the run that was reverted
    bool wrote = false;             ///< false also when there was nothing left to undo
    std::vector<ChangeLine> lines;  ///< filled by a dry run only
    std::uint64_t changes = 0;
    std::vector<NotRestored> not_restored;
};

/// Why an object is in the store or not (`explain --json`).
struct Explanation {
    std::string name;
    std::string object_type;  ///< USER | GROUP
    std::string external_id;
    std::string dn;
    bool in_scope = false;
    struct Because {
        std::string rule;               ///< the scope entry, as written, with its kind: `groups: CORP\Staff`
        std::vector<std::string> path;  ///< chain of groups from the scope entry down to the object
    };
    std::vector<Because> because;
    std::string excluded_by;  ///< empty: by nothing
    struct Attribute {
        std::string target;
        std::string value;
        std::string source_template;  ///< the template that gave it; empty: a fallback or nothing
        /// The value in the store, if it differs, and why. nullopt: the same value, or no row.
        std::optional<std::string> stored = std::nullopt;
        std::string why = {};
    };
    std::vector<Attribute> attributes;
    std::vector<Hold> holds;  ///< that hold this object
    std::vector<EntityError> errors;
    std::string status_note;  ///< disabled, expired, out since, ...: a sentence; may be empty
};

/// Facts for `status`, as of the last cycle; values, copied on the loop thread.
struct EngineStatus {
    SourceRecord source;
    std::optional<PendingSourceChange> pending;
    bool paused = false;
    std::optional<Time> paused_since;
    Pauser paused_by;  ///< while it is paused
    std::optional<Time>
        pause_end;  ///< when this pause will have disabled everybody (4.5); nullopt: not to come
    std::optional<RunRecord> last_run;
    std::uint64_t users = 0, groups = 0, memberships = 0, errors = 0;
    std::vector<Hold> holds;
    std::vector<std::string> scope_warnings;
    std::string time_doubt;       ///< as in the last report; not among the warnings
    bool pause_in_doubt = false;  ///< its clock starts once time is certain: `pause_end` is not known yet
    bool pause_ran_out = false;   ///< everybody was disabled for this pause
    std::string last_error;       ///< of the last cycle; empty after a good one
    bool config_refused = false;  ///< as CycleReport says
    bool cycle_running = false;
};

/// Performs cycles: connect, read, fold, plan, guard, commit. One cycle at a time; all members on the loop
/// thread. Owns the mirror and everything else that is kept in memory; after any failure it reloads that
/// from the store, so memory never runs ahead of what was committed.
class Engine {
public:
    struct Parts {
        DirectorySource& source;
        StoreClient& store;
        std::function<Time()> now;
        SourceKind source_kind = SourceKind::active_directory;  ///< `source` is asked only where it is read
        std::string issuer = {};  ///< of an identity provider that pushes; empty: there is none
        std::optional<SourceConsent> consent = {};  ///< of the configuration, to one change of the source
        /// True once the process ends: a cycle that breaks off then is not recorded as a failure. Empty:
        /// never.
        std::function<bool()> stopping = {};
        /// A clock that nobody sets and that counts sleep, from any beginning. Empty: there is none, and no
        /// time that passes without a domain controller is borne out.
        std::function<Duration()> steady = {};
    };
    Engine(Parts parts, SyncSettings settings);
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    /// Loads the state from the store, before anything else. Again, between cycles: with the settings of
    /// `use_settings`, so that `explain` answers by them.
    Task<Result<void>> start();

    /// Never fails: a failed cycle is a report with `error`.
    Task<CycleReport> cycle(CycleRequest request);

    /// Answers from mirror and store, without the directory. not_found when nothing has the name; names
    /// are userName, display names of groups, sAMAccountName@domain, a DN or a GUID.
    Task<Result<Explanation>> explain(std::string name);

    /// Undoes a run (semantics 5.10), between cycles; what the directory asks for again is held from then on.
    /// not_found: no such run; refused: it cannot be undone; held: a change of the source waits for consent.
    Task<Result<RevertReport>> revert(std::string run_id, bool dry_run, Asked by = {});

    /// Takes effect at the next cycle.
    void use_settings(SyncSettings settings);
    const EngineStatus& status() const noexcept;
    /// Whether this host's clock is borne out by what is known without asking anybody.
    bool is_time_certain() const;
    /// Re-reads paused, approvals and counts from the store after a control command changed them.
    Task<Result<void>> refresh_facts();

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace dirsync::sync
