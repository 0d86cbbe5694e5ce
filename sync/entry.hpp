#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "core/sid.hpp"
#include "core/time.hpp"
#include "core/uuid.hpp"
#include "sync/attributes.hpp"

namespace dirsync::sync {

/// Which configured domain, by its place in the configuration.
using DomainIndex = std::uint8_t;

/// What an object is to us (semantics 2.4). `other` is seen but never synced: computers, contacts,
/// managed service accounts; `unknown` is a member that no read has shown yet.
enum class EntryKind : std::uint8_t { unknown, user, group, container, foreign, other };

/// One value of `member`, as the extended DN control gives it.
struct MemberRef {
    ObjectGuid guid;
    std::optional<Sid> foreign_sid;  ///< set for an object below CN=ForeignSecurityPrincipals
    auto operator<=>(const MemberRef&) const = default;
};

inline constexpr std::int64_t never_expires = std::numeric_limits<std::int64_t>::max();

/// One directory entry, decoded: what a reader hands to the fold.
struct Entry {
    ObjectGuid guid;
    EntryKind kind = EntryKind::other;
    DomainIndex domain = 0;
    std::optional<Sid> sid;
    std::string dn;                        ///< as sent, without the extended parts
    bool disabled = false;                 ///< userAccountControl bit 2, ACCOUNTDISABLE
    std::int64_t expires = never_expires;  ///< accountExpires, seconds since 1970
    std::uint32_t primary_group_rid = 0;   ///< 0: none
    PackedAttributes attributes;           ///< the attributes of the read's AttributeNames
    std::vector<MemberRef> members;        ///< groups: the whole list, any order, maybe with repeats
};

/// An entry that could not be decoded. With a GUID it counts as seen and unchanged; without one it
/// cannot be told from an absent one, and the proof of 5.2 decides.
struct QuarantinedEntry {
    std::optional<ObjectGuid> guid;
    EntryKind kind = EntryKind::other;
    std::string dn;
    std::string reason;
};

/// What a domain says of itself at the time of a read.
struct DomainFacts {
    DomainIndex domain = 0;
    std::string dns_name;           ///< lower case
    std::string netbios_name;       ///< as the directory writes it
    std::string base_dn;            ///< defaultNamingContext
    ObjectGuid guid;                ///< objectGUID of the naming context's root: the domain's identity (1.2)
    Sid sid;                        ///< the domain's SID
    std::string server;             ///< URI of the DC that was read
    std::string detection;          ///< how changes are found: "full", later "dirsync" or "usn"
    ObjectGuid invocation_id;       ///< of the DC's database
    std::uint64_t highest_usn = 0;  ///< highestCommittedUSN, read before the first search
    bool operator==(const DomainFacts&) const = default;
};

}  // namespace dirsync::sync
