#include <algorithm>

#include "core/sorted.hpp"
#include "sync/fold.hpp"

// Which objects a read lacked, and what became of them.
namespace dirsync::sync {
namespace {

/// A whole branch that cannot be read any more waits for the next whole read, and so do very many whose place
/// is not known.
constexpr std::size_t most_looked_for_again = 500;
/// So many groups are read again in each read of changes until their links have a fate.
constexpr std::size_t most_read_again = 100;

bool counts_when_absent(EntryKind kind) noexcept {
    return kind == EntryKind::user || kind == EntryKind::group || kind == EntryKind::container ||
           kind == EntryKind::other;
}

}  // namespace

Settling::Settling(Folding&& read) : Folding(std::move(read)) {
    flush_containers();
    looks_up_ = true;
}

std::vector<ObjectGuid> Settling::absent() {
    flush_containers();
    if (context_.whole && !asked_.empty()) return {};
    const Mirror& mirror = context_.mirror;
    if (mirror.next_node() > 0) compare_lists();
    std::vector<ObjectGuid> guids = context_.whole ? absent_from_all() : absent_from_changes();
    sort_once(guids);
    std::erase_if(guids, [&](const ObjectGuid& guid) {
        const Node node = mirror.find(guid);
        return asked_.contains(guid) || (node != no_node && !reads_domain_of(node));
    });
    return guids;
}

std::vector<ObjectGuid> Settling::absent_from_changes() {
    std::vector<ObjectGuid> guids;
    append_untold(guids);
    append_maybe_visible_again(guids);
    append_lists_to_read(guids);
    for (const auto& guid : guids) fate_asked_.erase(guid);
    const boost::unordered_flat_set<ObjectGuid> wanted(guids.begin(), guids.end());
    for (const auto& guid : lost_members()) {
        const bool is_asked = asked_.contains(guid) || wanted.contains(guid);
        if (!is_asked && fate_asked_.insert(guid).second) guids.push_back(guid);
    }
    return guids;
}

/// Objects of which a change told something, but not all.
void Settling::append_untold(std::vector<ObjectGuid>& guids) {
    const Mirror& mirror = context_.mirror;
    for (const auto& guid : unseen_) {
        if (!is_seen(mirror.find(guid))) guids.push_back(guid);
    }
    for (const auto& guid : without_list_) {
        if (!told_.has(node_of(guid))) guids.push_back(guid);
    }
    if (!reads_several_domains()) return;
    for (const auto& [node, told] : sightings_) {
        if ((told.gone || told.dead_elsewhere) && mirror.exists(node)) guids.push_back(mirror.guid(node));
    }
}

/// Objects that may be visible again: nothing tells of it when the account may read what it could not.
void Settling::append_maybe_visible_again(std::vector<ObjectGuid>& guids) const {
    const Mirror& mirror = context_.mirror;
    const auto is_untold = [this](Node node) { return !is_seen(node) && !is_gone(node); };
    if (const auto& unread = context_.quarantined; unread.size() <= most_looked_for_again) {
        for (const auto& guid : unread) {
            if (!has_seen(guid) && !has_lost(guid)) guids.push_back(guid);
        }
    }
    if (const auto missing = mirror.missing_objects(); missing.size() <= most_looked_for_again) {
        for (const Node node : missing) {
            if (is_untold(node) && !mirror.is_deleted(node)) guids.push_back(mirror.guid(node));
        }
    }
    if (containers_.empty()) return;
    // The container above was moved while it was read, or was hidden and is told now.
    if (const auto unplaced = mirror.unplaced_objects(); unplaced.size() <= most_looked_for_again) {
        for (const Node node : unplaced) {
            if (is_untold(node)) guids.push_back(mirror.guid(node));
        }
    }
}

/// Groups whose lists tell what no change does.
void Settling::append_lists_to_read(std::vector<ObjectGuid>& guids) {
    const Mirror& mirror = context_.mirror;
    const auto ask_for_list_of = [&](Node group) {
        fate_asked_.erase(mirror.guid(group));
        if (!told_.has(group)) guids.push_back(mirror.guid(group));
    };
    const auto ask_for_groups_of = [&](Node node) {
        for (const Node group : mirror.listed_in(node)) {
            if (!is_gone(group)) ask_for_list_of(group);
        }
    };
    // No change told what the lists of their groups lost while they were out of sight.
    for (const Node node : mirror.missing_objects()) {
        if (is_seen(node) && !is_gone(node)) ask_for_groups_of(node);
    }
    const auto again = groups_to_read_again();
    guids.insert(guids.end(), again.begin(), again.end());
    // A deletion ends the links of an object without a word from its groups (MS-ADTS 3.1.1.1.9).
    for (const auto& [node, told] : sightings_) {
        if (!told.reborn || told.gone || !mirror.exists(node)) continue;
        if (mirror.kind(node) == EntryKind::group) ask_for_list_of(node);
        ask_for_groups_of(node);
    }
}

std::vector<ObjectGuid> Settling::groups_to_read_again() const {
    const Mirror& mirror = context_.mirror;
    boost::unordered_flat_set<Node> groups;
    for (const auto* links : {&context_.approved_links, &context_.held_links}) {
        for (const Edge edge : *links) {
            if (links == &context_.held_links && groups.size() >= most_read_again) break;
            if (held_.contains(edge) && !told_.has(edge.group) && !is_gone(edge.group))
                groups.insert(edge.group);
        }
    }
    std::vector<ObjectGuid> guids;
    for (const Node group : groups) guids.push_back(mirror.guid(group));
    return guids;
}

/// Members that lists lack now and of which nothing else was told. For a group its own list has to be told:
/// what it shows is found out in the same cycle whether the group was told as changed or not (semantics 5.6).
std::vector<ObjectGuid> Settling::lost_members() const {
    const Mirror& mirror = context_.mirror;
    std::vector<ObjectGuid> guids;
    for (const Edge edge : lost_) {
        const EntryKind kind = mirror.kind(edge.member);
        const bool counts = kind == EntryKind::user || kind == EntryKind::group || kind == EntryKind::foreign;
        const bool is_told = is_seen(edge.member) && (kind != EntryKind::group || told_.has(edge.member));
        if (counts && !is_told && !is_gone(edge.member)) guids.push_back(mirror.guid(edge.member));
    }
    return guids;
}

std::vector<ObjectGuid> Settling::absent_from_all() const {
    const Mirror& mirror = context_.mirror;
    std::vector<ObjectGuid> guids;
    std::vector<bool> was_read(256);
    for (const DomainIndex domain : context_.domain_of_read) was_read[domain] = true;
    for (Node node = 0; node < mirror.next_node(); ++node) {
        if (!mirror.exists(node) || is_seen(node)) continue;
        if (mirror.is_deleted(node) && !waits_for_removal(node)) continue;
        const bool counts = counts_when_absent(mirror.kind(node)) || mirror.is_missing(node);
        if (!counts || !was_read[mirror.domain(node)]) continue;
        guids.push_back(mirror.guid(node));
    }
    // No read shows foreign principals but by the lists that they are in; nor the tombstones of objects that
    // were given up, for which a read of changes asks as soon as it looks at such a list.
    for (const Edge edge : lost_) {
        const bool is_given_up = mirror.is_deleted(edge.member) && !is_seen(edge.member);
        if (mirror.kind(edge.member) == EntryKind::foreign || is_given_up)
            guids.push_back(mirror.guid(edge.member));
    }
    return guids;
}

void Settling::settle(std::span<const ObjectGuid> guids, std::span<const Fate> fates) {
    DIRSYNC_ASSERT(guids.size() == fates.size());
    flush_containers();
    for (const auto& guid : guids) {
        if (!fate_asked_.contains(guid)) asked_.insert(guid);
    }
    for (std::size_t i = 0; i < guids.size(); ++i) {
        const Node node = context_.mirror.find(guids[i]);
        if (node == no_node || is_seen(node)) continue;
        // A tombstone of another domain than its own says nothing of an object that is hidden there.
        if (fates[i] != Fate::alive && !is_gone(node)) sightings_[node].invisible = true;
    }
}

}  // namespace dirsync::sync
