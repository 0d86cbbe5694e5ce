#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "model/seams/identity_store.hpp"

namespace dirsync::sync {

/// What changed between two states of the mirror, for `affected`.
struct MirrorChanges {
    std::vector<Node> objects;  ///< new, changed, gone missing, visible again, proved deleted
    std::vector<Edge> edges;    ///< added and removed ones, those of deleted objects included
    bool containers = false;    ///< a container is new, gone, renamed or moved
};

/// Attributes that came no more from objects that did not change: the account lost the right to read them.
/// What was read before is kept (semantics 5.1).
struct Unreadable {
    DomainIndex domain = 0;
    EntryKind kind = EntryKind::user;
    std::optional<AttributeNames::Index> attribute;  ///< nullopt: the list of members
    std::uint64_t entries = 0;
    bool of_everybody = false;  ///< a whole read showed it of no user of the domain
    bool is_unproved = false;   ///< the permissions of the entries do not let the account read it
    bool keeps_out = false;     ///< a filter asks for it, and would bring these users in without it
};

/// An attribute that an entry shows no more, and showed at the last read.
struct LostValue {
    Node node = no_node;
    AttributeNames::Index attribute = 0;
    auto operator<=>(const LostValue&) const = default;
};

/// What a read changes.
struct Folded {
    MirrorDelta delta;
    MirrorChanges changes;
    std::vector<QuarantinedEntry> quarantined;
    std::vector<Edge> held_links;  ///< kept though a list lacks them: nothing proves that they ended; sorted
    std::vector<Unreadable> unreadable;
    std::vector<bool> matching_filters;  ///< of each filter of the scope, in order: it matched somebody
    /// By domain: users who hide their uSNChanged, which others tell.
    std::map<DomainIndex, std::uint64_t> unnumbered;
    /// By domain: users who hide when their accounts expire, and keep what they told before.
    std::map<DomainIndex, std::uint64_t> without_expiry;
};

}  // namespace dirsync::sync
