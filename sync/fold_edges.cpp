#include "sync/fold.hpp"

#include <algorithm>

// Who is a member of what after a read.
namespace dirsync::sync {

void Fold::compare_lists() {
    added_.clear();
    lost_.clear();
    for (const auto& [group, list] : member_lists_) {
        const auto before = context_.mirror.members(group);
        auto old = before.begin();
        auto now = list.begin();
        while (old != before.end() || now != list.end()) {
            if (now == list.end() || (old != before.end() && *old < *now)) {
                lost_.push_back({group, *old++});
            } else if (old == before.end() || *now < *old) {
                added_.push_back({group, *now++});
            } else {
                ++old;
                ++now;
            }
        }
    }
    std::sort(added_.begin(), added_.end());
    std::sort(lost_.begin(), lost_.end());
}

void Fold::finish_edges(Folded& result) {
    const Mirror& mirror = context_.mirror;
    auto& added = result.delta.edges_added;
    auto& removed = result.delta.edges_removed;
    const auto is_gone = [this](Edge edge) {
        return gone_.contains(edge.group) || gone_.contains(edge.member);
    };
    for (const Edge edge : added_) {
        if (!is_gone(edge)) added.push_back(edge);
    }
    for (const Edge edge : lost_) {
        // Whoever cannot see a member cannot see the membership: it stays until the member's fate is known.
        const EntryKind kind = mirror.kind(edge.member);
        const bool is_somebody = kind == EntryKind::user || kind == EntryKind::group;
        const bool is_unread = is_somebody && !reads_domain_of(edge.member);
        const bool invisible = invisible_.contains(edge.member) ||
                               (mirror.is_missing(edge.member) && !is_seen(edge.member)) || is_unread;
        if (is_unread) not_as_read_.insert(edge.group);
        if (!is_gone(edge) && !invisible) removed.push_back(edge);
    }
    for (const auto& [edge, is_added] : edge_changes_) {
        const auto members = mirror.members(edge.group);
        const bool listed = std::binary_search(members.begin(), members.end(), edge.member);
        if (listed != is_added && !is_gone(edge)) (is_added ? added : removed).push_back(edge);
    }
    for (const Node node : gone_) {
        if (!mirror.exists(node)) continue;
        const EntryKind kind = mirror.kind(node);
        const bool stays = given_up_.contains(node) && (kind == EntryKind::user || kind == EntryKind::group);
        auto& ended = stays ? result.changes.edges : removed;
        for (const Node member : mirror.members(node)) ended.push_back({node, member});
        for (const Node group : mirror.listed_in(node)) {
            if (!gone_.contains(group) || given_up_.contains(group)) ended.push_back({group, node});
        }
    }
    std::sort(added.begin(), added.end());
    std::sort(removed.begin(), removed.end());
    removed.erase(std::unique(removed.begin(), removed.end()), removed.end());
    auto& changed = result.changes.edges;
    changed.insert(changed.end(), added.begin(), added.end());
    changed.insert(changed.end(), removed.begin(), removed.end());
    // Whom a foreign principal stood for is not known any more once it is forgotten.
    for (const Edge edge : removed) {
        if (!mirror.exists(edge.member) || mirror.kind(edge.member) != EntryKind::foreign) continue;
        if (const Node target = mirror.target_of(edge.member); target != no_node)
            changed.push_back({edge.group, target});
    }
}

/// A placeholder that nothing lists any more has no reason to stay.
void Fold::forget_placeholders(Folded& result) {
    const Mirror& mirror = context_.mirror;
    boost::unordered_flat_map<Node, std::size_t> lost;
    for (const Edge edge : result.delta.edges_removed) ++lost[edge.member];
    for (const Edge edge : result.delta.edges_added) lost.erase(edge.member);
    for (const auto& [member, count] : lost) {
        if (!mirror.exists(member) || is_seen(member)) continue;
        const bool placeholder =
            mirror.kind(member) == EntryKind::unknown || mirror.kind(member) == EntryKind::foreign;
        if (placeholder && mirror.listed_in(member).size() == count) result.delta.removed.push_back(member);
    }
    std::sort(result.delta.removed.begin(), result.delta.removed.end());
}

}  // namespace dirsync::sync
