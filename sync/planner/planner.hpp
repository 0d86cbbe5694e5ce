#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sync/affected.hpp"
#include "sync/desired.hpp"
#include "sync/planner/guard.hpp"
#include "sync/planner/guard_window.hpp"
#include "sync/settings_fingerprint.hpp"

namespace dirsync::sync {

/// Everything a plan is computed from. References outlive the call.
struct PlanInputs {
    const Mirror& mirror;      ///< as it is now
    const MirrorDelta& fresh;  ///< what the read brought: attributes that are not on disk yet
    const StoredIndex& stored;
    const ScopeView& view;
    const RowMapper& mapper;
    const SyncSettings& settings;
    Subject subject;
    const GuardWindow& passed;  ///< by the guards, in earlier runs
    RowId store_id;
    std::uint64_t stored_memberships = 0;
    std::vector<Approval> approvals;
    std::vector<Hold> holds;          ///< in force before
    std::vector<EntityError> errors;  ///< listed by the store
    std::vector<Reverted> reverted;   ///< remembered by the store
    std::vector<QuarantinedEntry> quarantined;
    std::vector<Edge> held_links;         ///< kept without a proof (semantics 5.15), sorted
    std::span<const Edge> changed_links;  ///< those that the read added or ended
    bool settings_changed = false;        ///< since the store was last computed; not before the first run
    SettingsChange change = {};           ///< which part of the settings that was
    std::vector<UnknownAttribute> unknown_attributes = {};  ///< that no schema of the directory has (5.14)
    std::vector<std::string> unnamed = {};     ///< entries of the scope that never named anything (2.10)
    std::vector<std::string> unexcluded = {};  ///< those that may be meant to keep somebody out (2.10)
    Clock clock;
    bool was_in_doubt = false;  ///< time is certain now, and was not before
};

struct Planned {
    Plan plan;
    /// Proved deleted and without a row after the plan: the mirror may forget them.
    std::vector<Node> settled;
    std::vector<std::string> warnings;                   ///< about what was skipped
    std::optional<std::vector<Reverted>> reverted = {};  ///< what is left of them, when that is less
    GuardTally tally = {};
    std::vector<Node> damaged = {};  ///< objects whose text is damaged: their rows stay as they are
};

/// Decides every row of the subject, holds back what must be held, and gives the plan that makes the store
/// equal to what is desired. Reads rows and mirror texts from `rows`, writes nothing: for the store's
/// thread. Fails only when reading fails.
Result<Planned> planned(PlanInputs inputs, IdentityStore& rows);

}  // namespace dirsync::sync
