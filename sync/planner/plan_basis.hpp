#pragma once

#include <boost/unordered/unordered_flat_set.hpp>

#include "sync/planner/guard.hpp"
#include "sync/planner/planner.hpp"

namespace dirsync::sync {

/// The inputs of a plan with what its steps look up in them again and again. Valid as long as what the inputs
/// refer to.
struct PlanBasis : PlanInputs {
    explicit PlanBasis(PlanInputs inputs);

    /// The view by which users and groups are let in: a link that is kept without a proof lets nobody in, nor
    /// does a group that is only reached through it (semantics 5.15).
    const ScopeView& letting_in() const noexcept { return untold_links.empty() ? view : proved_view; }

    boost::unordered_flat_set<ObjectGuid> unreadable;  ///< objects that are `quarantined`
    boost::unordered_flat_set<Node> unread_movers;     ///< of them, those that moved to another domain
    std::vector<Edge> untold_links;  ///< `held_links` but for `changed_links`, the links of groups that an
                                     ///< edit of the scope is held from bringing in, and of groups that
                                     ///< cannot be seen; sorted
    ScopeView proved_view;           ///< `view` without them; unset when there are none
    boost::unordered_flat_set<HeldObject> scope_edits;  ///< held by an edit of the scope before
};

/// Whether an edit of the configuration would bring the object in though an entry that may be meant to keep
/// it out names nothing (semantics 2.10).
bool is_kept_out_by_edit(const PlanBasis& in, const Guards& guards, const HeldObject& object);

/// Whether this run's edit of the scope, or an earlier one that is held, concerns the object, and nobody
/// approved it.
bool is_open_edit(const PlanBasis& in, const Guards& guards, const HeldObject& object);

}  // namespace dirsync::sync
