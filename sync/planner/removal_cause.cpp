#include "sync/planner/removal_cause.hpp"

#include <algorithm>

#include <boost/unordered/unordered_flat_set.hpp>

namespace dirsync::sync {

RemovalCause::RemovalCause(const Mirror& mirror, const ScopeView& view, std::span<const Edge> changed)
    : mirror_(mirror), view_(view) {
    for (const Edge edge : changed) {
        const auto members = mirror.members(edge.group);
        if (std::binary_search(members.begin(), members.end(), edge.member)) continue;
        const Node target = mirror.target_of(edge.member);
        const Node member = target == no_node ? edge.member : target;
        const bool is_user = mirror.exists(member) && mirror.kind(member) == EntryKind::user;
        // A link of the user's own that ended is not one between groups, unless it ended with its group.
        if (!is_user || !is_live(edge.group)) lost_[member].push_back(edge.group);
    }
}

bool RemovalCause::is_live(Node group) const { return mirror_.exists(group) && !mirror_.is_deleted(group); }

/// The groups that the directory leads to from an object, whatever the scope says; sorted.
const RemovalCause::Groups& RemovalCause::above(Node object, Moment moment) {
    auto& known = above_[static_cast<std::size_t>(moment)];
    if (const auto found = known.find(object); found != known.end()) return found->second;
    const auto append = [&](Node at, Groups& groups) {
        if (mirror_.exists(at)) append_direct_groups(mirror_, at, at == object, groups);
        const auto lost = lost_.find(at);
        if (moment == Moment::before && lost != lost_.end())
            groups.insert(groups.end(), lost->second.begin(), lost->second.end());
    };
    boost::unordered_flat_set<Node> visited;
    Groups open;
    append(object, open);
    while (!open.empty()) {
        const Node at = open.back();
        open.pop_back();
        if ((moment == Moment::before || is_live(at)) && visited.insert(at).second) append(at, open);
    }
    Groups groups(visited.begin(), visited.end());
    std::sort(groups.begin(), groups.end());
    return known.emplace(object, std::move(groups)).first->second;
}

bool RemovalCause::leads_to(Node object, Node group, Moment moment) {
    const auto& groups = above(object, moment);
    return object == group || std::binary_search(groups.begin(), groups.end(), group);
}

bool RemovalCause::passes_excluded_group(Node user, Node group) {
    const Groups groups = above(user, Moment::now);
    return std::any_of(groups.begin(), groups.end(), [&](Node between) {
        return view_.is_excluded_group(between) && leads_to(between, group, Moment::now);
    });
}

Reason RemovalCause::of(Node group, Node user) {
    if (view_.is_excluded_user(user)) return Reason::excluded_by_scope;
    if (leads_to(user, group, Moment::now)) {
        return passes_excluded_group(user, group) ? Reason::excluded_by_scope : Reason::left_scope;
    }
    return leads_to(user, group, Moment::before) ? Reason::nested_group_gone : Reason::member_removed;
}

}  // namespace dirsync::sync
