#pragma once

#include <span>
#include <vector>

#include "model/clock.hpp"
#include "sync/folded.hpp"
#include "sync/scope.hpp"
#include "sync/stored_index.hpp"

namespace dirsync::sync {

/// True when what was folded may change which groups are reached, which containers are in the scope, or
/// whether an object that it names is in a domain that is read. `before`: the mirror without it.
bool moves_reach(const Mirror& before, const Folded& folded);

/// The objects whose fate may differ from what the store says. All others are as they were: deciding them
/// again would change nothing.
struct Subject {
    bool everything = false;          ///< the lists below are then empty
    std::vector<Node> users;          ///< sorted
    std::vector<Node> groups;         ///< sorted
    std::vector<Node> reach_changed;  ///< groups that entered or left the scope, sorted; also in `groups`
};

struct AffectedInputs {
    const Mirror& mirror;  ///< after the changes
    const MirrorChanges& changes;
    bool view_stands = false;  ///< nothing changes what is reached: `before` is not looked at
    const ScopeView& before;
    const ScopeView& after;
    const StoredIndex& stored;
    const ScopeSettings& scope;
    const LifecycleSettings& lifecycle;
    std::span<const Node> pending;  ///< objects with entity errors, holds or approvals: decided each time
    std::span<const Node> pending_groups;  ///< of memberships that are held: their clock may be the reason
    Time last;    ///< time of the last cycle that was committed or found nothing to do; Time{}: not known
    Clock clock;  ///< in doubt: no moment has come, and none is over (5.13)
};

/// Work proportional to the change (semantics 6.5), and to time passing (4.6).
Subject affected(const AffectedInputs& inputs);

}  // namespace dirsync::sync
