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
    const GuardWindow& passed;  ///< by the guards, in runs before
    RowId store_id;
    std::uint64_t stored_memberships = 0;
    std::vector<Approval> approvals;
    std::vector<Hold> holds;          ///< in force before
    std::vector<EntityError> errors;  ///< listed by the store
    std::vector<QuarantinedEntry> quarantined;
    bool settings_changed = false;
    Clock clock;
    std::vector<Reverted> reverted = {};                    ///< remembered by the store
    std::vector<Edge> held_links = {};                      ///< kept without a proof (semantics 5.15)
    boost::unordered_flat_set<ObjectGuid> unreadable = {};  ///< `quarantined`, by GUID; made by `planned`
    boost::unordered_flat_set<Node> unread_movers = {};     ///< of them, who are in another domain by now
    std::vector<Edge> untold_links = {};  ///< `held_links` but for `changed_links`, sorted; made by `planned`
    ScopeView proved_view = {};           ///< `view` without them; made by `planned`, only if there are some
    std::span<const Edge> changed_links = {};  ///< those that the read added or ended
    SettingsChange change = {};                ///< what of the settings is another one
    std::vector<std::string> unnamed = {};     ///< entries of the scope that never named anything (2.10)
    std::vector<UnknownAttribute> unknown_attributes = {};  ///< of the directory's schema (5.14)
    std::vector<std::string> unexcluded = {};  ///< entries that may be meant to keep somebody out (2.10)
    boost::unordered_flat_set<HeldObject> scope_edits = {};  ///< held as such before; made by `planned`
    bool was_in_doubt = false;                               ///< time is certain now, and was not before

    /// What is kept without a proof lets in nobody, nor does what is reached through it (semantics 5.15).
    const ScopeView& letting_in() const noexcept { return untold_links.empty() ? view : proved_view; }
};

struct Planned {
    Plan plan;
    std::vector<Node>
        settled;  ///< proved deleted and without a row after the plan: the mirror may forget them
    std::vector<std::string> warnings;                   ///< about what was skipped
    std::optional<std::vector<Reverted>> reverted = {};  ///< what is left of them, when that is less
    GuardTally tally = {};
    std::vector<Node> damaged =
        {};  ///< of whom nobody knows what they should be: their rows stay as they are
};

/// Decides every row of the subject, holds back what must be held, and gives the plan that makes the store
/// equal to what is desired. Reads rows and mirror texts from `rows`, writes nothing: for the store's
/// thread. Fails only when reading fails.
Result<Planned> planned(PlanInputs inputs, IdentityStore& rows);

}  // namespace dirsync::sync
