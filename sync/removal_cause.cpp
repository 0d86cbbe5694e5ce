#include "sync/removal_cause.hpp"

#include <algorithm>

namespace dirsync::sync {

RemovalCause::RemovalCause(const Mirror& mirror, const ScopeView& view, std::span<const Edge> changed)
    : mirror_(mirror), view_(view) {
    for (const Edge edge : changed) {
        const auto members = mirror.members(edge.group);
        if (std::binary_search(members.begin(), members.end(), edge.member)) continue;
        // The links of a group that was deleted end with it.
        if (!mirror.exists(edge.group) || mirror.is_deleted(edge.group)) {
            members_of_gone_.insert(edge.member);
        } else if (!mirror.exists(edge.member) || mirror.kind(edge.member) != EntryKind::user) {
            lost_nestings_.push_back(edge);
        }
    }
}

/// The groups that the directory leads to from an object, whatever the scope says; sorted.
const RemovalCause::Groups& RemovalCause::above(Node object) {
    if (const auto known = above_.find(object); known != above_.end()) return known->second;
    boost::unordered_flat_set<Node> visited;
    Groups open;
    append_direct_groups(mirror_, object, true, open);
    while (!open.empty()) {
        const Node at = open.back();
        open.pop_back();
        const bool is_live = mirror_.exists(at) && !mirror_.is_deleted(at);
        if (is_live && visited.insert(at).second) append_direct_groups(mirror_, at, false, open);
    }
    Groups groups(visited.begin(), visited.end());
    std::sort(groups.begin(), groups.end());
    return above_.emplace(object, std::move(groups)).first->second;
}

bool RemovalCause::leads_to(Node object, Node group) {
    if (object == group) return true;
    const auto& groups = above(object);
    return std::binary_search(groups.begin(), groups.end(), group);
}

bool RemovalCause::passes_excluded_group(Node user, Node group) {
    const Groups groups = above(user);
    return std::any_of(groups.begin(), groups.end(), [&](Node between) {
        return view_.is_excluded_group(between) && leads_to(between, group);
    });
}

bool RemovalCause::lost_a_group_between(Node group, Node user) {
    if (members_of_gone_.contains(user)) return true;
    return std::any_of(lost_nestings_.begin(), lost_nestings_.end(),
                       [&](Edge edge) { return leads_to(edge.group, group) && leads_to(user, edge.member); });
}

Reason RemovalCause::of(Node group, Node user) {
    if (view_.is_excluded_user(user)) return Reason::excluded_by_scope;
    if (leads_to(user, group)) {
        return passes_excluded_group(user, group) ? Reason::excluded_by_scope : Reason::left_scope;
    }
    return lost_a_group_between(group, user) ? Reason::nested_group_gone : Reason::member_removed;
}

}  // namespace dirsync::sync
