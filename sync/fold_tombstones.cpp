#include <algorithm>

#include "sync/fold.hpp"

// Who is deleted, and who lives in another domain or under a name that nobody gave (semantics 5.17).
namespace dirsync::sync {

/// The domain that the object is of, as the read or else the mirror has it.
DomainIndex Fold::home_of(Node node, DomainIndex otherwise) const {
    if (const auto upsert = upsert_at_.find(node); upsert != upsert_at_.end()) {
        const MirrorRow& row = upserts_[upsert->second].row;
        if (row.kind != EntryKind::unknown) return row.domain;
    }
    const Mirror& mirror = context_.mirror;
    const bool is_known = mirror.exists(node) && mirror.kind(node) != EntryKind::unknown;
    return is_known ? mirror.domain(node) : otherwise;
}

bool Fold::is_alive(Node node) const {
    const auto& domains = context_.domain_of_read;
    return std::any_of(domains.begin(), domains.end(), [&](DomainIndex domain) {
        return alive_in_.contains({node, domain});
    });
}

void Fold::note_alive(Node node, DomainIndex domain) {
    mark(seen_, node);
    // No tombstone comes in the main part of a whole read.
    if (reads_several_domains() && (!context_.whole || looks_up_)) alive_in_.insert({node, domain});
    const bool was_gone = gone_.erase(node) > 0;
    const bool was_dead = dead_elsewhere_.erase(node) > 0 || was_gone;
    if (was_dead && !found_dead_.contains(node)) reborn_.insert(node);
    // Who comes out of a domain that is not read: that lists lost them meanwhile was not believed.
    const Mirror& mirror = context_.mirror;
    const bool is_known = mirror.exists(node) && mirror.kind(node) != EntryKind::unknown;
    if (is_known && !reads_domain_of(node)) reborn_.insert(node);
    invisible_.erase(node);
}

void Fold::take_deleted(const ObjectGuid& guid, DomainIndex domain) {
    ++objects_;
    const Node node = known_node(guid);
    if (node == no_node) {
        const auto& unread = context_.quarantined;
        if (std::binary_search(unread.begin(), unread.end(), guid)) dead_unknown_.insert(guid);
        return;
    }
    const DomainIndex place = context_.domain_of_read[domain];
    alive_in_.erase({node, place});
    // The look-up of who moved long ago finds what they left behind, each time anew.
    if (looks_up_ && !gone_.contains(node) && !dead_elsewhere_.contains(node)) found_dead_.insert(node);
    if (is_alive(node)) {
        // It moved: which groups list it still is for them to say.
        if (!found_dead_.contains(node)) reborn_.insert(node);
    } else if (home_of(node, place) != place) {
        dead_elsewhere_.insert(node);
    } else {
        dead_elsewhere_.erase(node);
        gone_.insert(node);
        if (const auto upsert = upsert_at_.find(node); upsert != upsert_at_.end())
            upserts_[upsert->second].row.deleted = true;
    }
}

bool Fold::has_lost(const ObjectGuid& guid) const {
    const Node node = known_node(guid);
    return node == no_node ? dead_unknown_.contains(guid) : gone_.contains(node);
}

bool Fold::has_row(const ObjectGuid& guid) const {
    const Node node = context_.mirror.find(guid);
    return node != no_node && context_.stored != nullptr &&
           (context_.stored->has_user(node) || context_.stored->has_group(node));
}

/// A group without a row of its own may bring users into those above it.
bool Fold::is_known_group(const Entry& entry) const {
    return entry.kind == EntryKind::group && is_known_as(entry, context_.mirror.find(entry.guid));
}

/// The loser of a conflict between names, whom the store does not know: most likely made twice by mistake.
void Fold::make_nobody(Entry& entry) const {
    entry.kind = EntryKind::other;
    entry.mangled = false;
    entry.members.clear();
    entry.members_known = true;
    entry.attributes = PackedAttributes();
}

}  // namespace dirsync::sync
