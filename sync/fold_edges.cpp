#include <algorithm>

#include "core/sorted.hpp"
#include "sync/fold_end.hpp"

// Which memberships there are after a read.
namespace dirsync::sync {

/// The read told that the group lists this member, deleted or not: an object that moved into another domain,
/// or was deleted in it, is listed until the group's own domain hears of it, and may be back before that. The
/// link is not told again.
bool FoldEnd::lists_still(Edge edge) const {
    const Mirror& mirror = context_.mirror;
    const EntryKind kind = mirror.exists(edge.member) ? mirror.kind(edge.member) : EntryKind::unknown;
    if (kind != EntryKind::user && kind != EntryKind::group && kind != EntryKind::unknown) return false;
    if (const auto told = edge_changes_.find(edge); told != edge_changes_.end()) return told->second;
    if (!told_.has(edge.group)) return false;
    const auto members = list_of(edge.group);
    return std::binary_search(members.begin(), members.end(), edge.member);
}

void FoldEnd::finish_edges(Folded& result) {
    const Mirror& mirror = context_.mirror;
    auto& added = result.delta.edges_added;
    auto& removed = result.delta.edges_removed;
    const auto is_over = [this](Edge edge) {
        return is_gone(edge.group) || (is_gone(edge.member) && !lists_still(edge));
    };
    for (const Edge edge : added_) {
        if (!is_over(edge)) added.push_back(edge);
    }
    for (const Edge edge : lost_) {
        // An account that cannot see a member cannot see the membership: it stays until the member's fate is
        // known.
        const EntryKind kind = mirror.kind(edge.member);
        const bool is_somebody = kind == EntryKind::user || kind == EntryKind::group;
        // A member that came into a domain that is read was told.
        const bool is_unread = is_somebody && !reads_domain_of(edge.member) && !is_seen(edge.member);
        if (is_unread) sightings_[edge.group].keeps_members = true;
        if (!is_over(edge) && !is_hidden(edge.member) && !is_unread) removed.push_back(edge);
    }
    for (const auto& [edge, is_added] : edge_changes_) {
        const auto members = mirror.members(edge.group);
        const bool listed = std::binary_search(members.begin(), members.end(), edge.member);
        if (listed != is_added && !is_over(edge)) (is_added ? added : removed).push_back(edge);
    }
    for (const auto& [node, told] : sightings_) {
        if (!told.gone || !mirror.exists(node)) continue;
        const EntryKind kind = mirror.kind(node);
        const bool stays = told.given_up && (kind == EntryKind::user || kind == EntryKind::group);
        auto& ended = stays ? result.changes.edges : removed;
        for (const Node member : mirror.members(node)) ended.push_back({node, member});
        for (const Node group : mirror.listed_in(node)) {
            const Sighting of_group = sighting_of(group);
            const bool goes_with_group = of_group.gone && !of_group.given_up;
            if (!goes_with_group && (stays || !lists_still({group, node}))) ended.push_back({group, node});
        }
    }
    std::sort(added.begin(), added.end());
    sort_once(removed);
}

void FoldEnd::append_changed_edges(Folded& result) const {
    const Mirror& mirror = context_.mirror;
    const auto& added = result.delta.edges_added;
    const auto& removed = result.delta.edges_removed;
    auto& changed = result.changes.edges;
    changed.insert(changed.end(), added.begin(), added.end());
    changed.insert(changed.end(), removed.begin(), removed.end());
    // The account that a foreign principal stood for is not known any more once it is forgotten.
    for (const Edge edge : removed) {
        if (!mirror.exists(edge.member) || mirror.kind(edge.member) != EntryKind::foreign) continue;
        if (const Node target = mirror.target_of(edge.member); target != no_node)
            changed.push_back({edge.group, target});
    }
}

/// A placeholder that nothing lists any more has no reason to stay.
void FoldEnd::forget_placeholders(Folded& result) const {
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

/// A placeholder that counts as deleted, though a list still has it, is not missing any more: asked for
/// again, it would end with the next read in which the list does not come, though nothing changed
/// (semantics 5.6).
void FoldEnd::settle_dead_placeholders(const MirrorDelta& delta) {
    const Mirror& mirror = context_.mirror;
    for (const auto& [node, told] : sightings_) {
        const bool is_dead = told.gone && mirror.exists(node) && mirror.is_missing(node) &&
                             mirror.kind(node) == EntryKind::unknown;
        if (!is_dead || std::binary_search(delta.removed.begin(), delta.removed.end(), node)) continue;
        row_updates_.push_back(mirror.row(node));
        row_updates_.back().missing = false;
        row_updates_.back().missing_since.reset();
    }
}

}  // namespace dirsync::sync
