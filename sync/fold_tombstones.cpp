#include <algorithm>

#include "sync/fold.hpp"

// Which objects are deleted, and which live in another domain or under a name that a conflict made (semantics
// 5.17).
namespace dirsync::sync {

bool Folding::is_alive(Node node) const {
    const auto& domains = context_.domain_of_read;
    return std::any_of(domains.begin(), domains.end(), [&](DomainIndex domain) {
        return alive_in_.contains({node, domain});
    });
}

void Folding::note_alive(Node node, DomainIndex domain) {
    seen_.set(node);
    // No tombstone comes in the main part of a whole read.
    if (reads_several_domains() && (!context_.whole || looks_up_)) alive_in_.insert({node, domain});
    if (const auto found = sightings_.find(node); found != sightings_.end()) {
        Sighting& told = found->second;
        const bool was_dead = told.gone || told.dead_elsewhere;
        if (was_dead && !told.found_dead) told.reborn = true;
        told.gone = told.dead_elsewhere = told.invisible = false;
    }
    // An object that comes out of a domain that is not read: that lists lost it meanwhile was not believed.
    const Mirror& mirror = context_.mirror;
    const bool is_known = mirror.exists(node) && mirror.kind(node) != EntryKind::unknown;
    if (is_known && !reads_domain_of(node)) sightings_[node].reborn = true;
}

void Folding::take_deleted(const ObjectGuid& guid, DomainIndex domain) {
    ++objects_;
    const Node node = known_node(guid);
    if (node == no_node) {
        const auto& unread = context_.quarantined;
        if (std::binary_search(unread.begin(), unread.end(), guid)) dead_unknown_.insert(guid);
        return;
    }
    const DomainIndex place = context_.domain_of_read[domain];
    alive_in_.erase({node, place});
    Sighting& told = sightings_[node];
    // The look-up of an object that moved long ago finds what it left behind, each time anew.
    if (looks_up_ && !told.gone && !told.dead_elsewhere) told.found_dead = true;
    if (is_alive(node)) {
        // It moved: which groups list it still is for them to say.
        if (!told.found_dead) told.reborn = true;
    } else if (home_of(node, place) != place) {
        told.dead_elsewhere = true;
    } else {
        told.dead_elsewhere = false;
        told.gone = true;
        if (const auto upsert = upsert_at_.find(node); upsert != upsert_at_.end())
            upserts_[upsert->second].row.deleted = true;
    }
}

/// A group without a row of its own may bring users into those above it, wherever it moved.
bool Folding::is_known_group(const Entry& entry) const {
    const Node node = context_.mirror.find(entry.guid);
    return entry.kind == EntryKind::group && context_.mirror.exists(node) &&
           context_.mirror.kind(node) == EntryKind::group;
}

/// The loser of a conflict between names, which the store does not know: most likely made twice by mistake.
void Folding::make_nobody(Entry& entry) {
    entry.kind = EntryKind::other;
    entry.mangled = false;
    entry.members.clear();
    entry.members_known = true;
    entry.attributes = PackedAttributes();
}

}  // namespace dirsync::sync
