#include "sync/fold.hpp"

#include <algorithm>

// Who is a member of what after a read.
namespace dirsync::sync {

/// False for a group that is new, or that was out of sight: what changed meanwhile is not told.
bool Fold::knows_members(Node group) const {
    const Mirror& mirror = context_.mirror;
    return mirror.exists(group) && mirror.kind(group) == EntryKind::group && !mirror.is_missing(group) &&
           !mirror.is_deleted(group);
}

/// Among the members of another one, whose list lacks it. What its own list shows counts as any other: it is
/// as new as the rest of the read. But nobody asked for that list, and it is read anew in each cycle that
/// looks for the group: what it lacks without a proof is kept in silence until the group is told itself, for
/// nothing is held because somebody looked (semantics 5.6, 5.15).
bool Fold::is_only_looked_for(Node group) const {
    return knows_members(group) && fate_asked_.contains(context_.mirror.guid(group));
}

void Fold::take_members(Node group, DomainIndex domain, const std::vector<MemberRef>& members) {
    std::vector<Node> list;
    list.reserve(members.size());
    for (const auto& member : members) list.push_back(node_for_member(member, domain));
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
    if (!edge_changes_.empty()) {
        // The list was read after them, and counts; unless it shows a part only.
        erase_if(edge_changes_, [&](const auto& change) {
            const auto& [edge, is_added] = change;
            if (edge.group != group) return false;
            const auto before = context_.mirror.members(group);
            const bool is_known = std::binary_search(before.begin(), before.end(), edge.member);
            const bool is_listed = std::binary_search(list.begin(), list.end(), edge.member);
            if (is_added && !is_known && !is_listed) not_listed_.insert(edge);
            return true;
        });
    }
    if (!context_.whole) listed_.insert(group);
    note_list(group, domain, !list.empty());
    if (std::ranges::equal(list, context_.mirror.members(group))) {
        member_lists_.erase(group);
    } else {
        member_lists_[group] = std::move(list);
    }
}

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

/// The read told that the group lists somebody, deleted or not: who moved into another domain, or is deleted
/// in it, is listed until the group's own domain hears of it, and may be back before that. Nobody tells it
/// again.
bool Fold::lists_still(Edge edge) const {
    const Mirror& mirror = context_.mirror;
    const EntryKind kind = mirror.exists(edge.member) ? mirror.kind(edge.member) : EntryKind::unknown;
    if (kind != EntryKind::user && kind != EntryKind::group && kind != EntryKind::unknown) return false;
    if (const auto told = edge_changes_.find(edge); told != edge_changes_.end()) return told->second;
    if (!told_.contains(edge.group)) return false;
    const auto list = member_lists_.find(edge.group);
    const auto members =
        list == member_lists_.end() ? mirror.members(edge.group) : std::span<const Node>(list->second);
    return std::binary_search(members.begin(), members.end(), edge.member);
}

void Fold::finish_edges(Folded& result) {
    const Mirror& mirror = context_.mirror;
    auto& added = result.delta.edges_added;
    auto& removed = result.delta.edges_removed;
    const auto is_gone = [this](Edge edge) {
        return gone_.contains(edge.group) || (gone_.contains(edge.member) && !lists_still(edge));
    };
    for (const Edge edge : added_) {
        if (!is_gone(edge)) added.push_back(edge);
    }
    for (const Edge edge : lost_) {
        // Whoever cannot see a member cannot see the membership: it stays until the member's fate is known.
        const EntryKind kind = mirror.kind(edge.member);
        const bool is_somebody = kind == EntryKind::user || kind == EntryKind::group;
        // Who came into a domain that is read was told.
        const bool is_unread = is_somebody && !reads_domain_of(edge.member) && !is_seen(edge.member);
        if (is_unread) not_as_read_.insert(edge.group);
        if (!is_gone(edge) && !is_hidden(edge.member) && !is_unread) removed.push_back(edge);
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
            const bool goes_with_group = gone_.contains(group) && !given_up_.contains(group);
            if (!goes_with_group && (stays || !lists_still({group, node}))) ended.push_back({group, node});
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
