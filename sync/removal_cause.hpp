#pragma once

#include <span>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include "sync/mirror.hpp"
#include "sync/plan.hpp"
#include "sync/scope.hpp"

namespace dirsync::sync {

/// Tells why users are no longer members of groups of the store (semantics 5.12). Answers are kept, since
/// most users share their groups. Valid as long as its mirror and view.
class RemovalCause {
public:
    /// `changed`: links that the read behind this plan added or ended. Mirror and view outlive it.
    RemovalCause(const Mirror& mirror, const ScopeView& view, std::span<const Edge> changed);

    /// `excluded_by_scope` or `left_scope` where the directory still leads from the user to the group;
    /// `nested_group_gone` where a group between them was deleted or taken out; else `member_removed`,
    /// also when the change was read by an earlier cycle and held since.
    Reason of(Node group, Node user);

private:
    using Groups = std::vector<Node>;
    const Groups& above(Node object);
    bool leads_to(Node object, Node group);
    bool passes_excluded_group(Node user, Node group);
    bool lost_a_group_between(Node group, Node user);

    const Mirror& mirror_;
    const ScopeView& view_;
    std::vector<Edge> lost_nestings_;                  // of what is no user
    boost::unordered_flat_set<Node> members_of_gone_;  // of groups that were deleted
    boost::unordered_flat_map<Node, Groups> above_;
};

}  // namespace dirsync::sync
