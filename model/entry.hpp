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
#include "model/attributes.hpp"

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
    /// A user or group of which a replication conflict has changed the name (semantics 5.17).
    bool mangled = false;
    std::optional<Sid> sid;
    std::string dn;                       ///< as sent, without the extended parts
    std::uint64_t usn = 0;                ///< uSNChanged on the DC that was read; 0: not told
    bool disabled = false;                ///< userAccountControl bit 2, ACCOUNTDISABLE
    bool control_known = true;            ///< false: userAccountControl was not told, `disabled` says nothing
    std::optional<std::int64_t> expires;  ///< accountExpires, seconds since 1970; nullopt: not told
    std::uint32_t primary_group_rid = 0;  ///< 0: none, or not told
    PackedAttributes attributes;          ///< the attributes of the read's AttributeNames
    bool members_known = true;            ///< false: `members` says nothing, MemberChanges may
    std::vector<MemberRef> members;       ///< groups: the whole list, any order, maybe with repeats
};

/// What came and went in the member list of a group since the cursor; everybody else stayed. Adding who is
/// there and removing who is not are no errors: a directory may tell a change twice.
struct MemberChanges {
    ObjectGuid group;
    std::vector<MemberRef> added;
    std::vector<MemberRef> removed;
};

/// An entry that could not be decoded. With a GUID it counts as seen and unchanged; without one it
/// cannot be told from an absent one, and the proof of 5.2 decides.
struct QuarantinedEntry {
    std::optional<ObjectGuid> guid;
    EntryKind kind = EntryKind::other;
    std::string dn;
    std::string reason;
    DomainIndex domain = 0;
};

/// How far one DC was read. Worth nothing without the invocation id: a DC restored from a backup counts its
/// USNs anew under another one (MS-ADTS 3.1.1.1.9).
struct Watermark {
    std::string dc;                 ///< dsServiceName: which DC, whatever its address
    ObjectGuid invocation_id;       ///< of its database
    std::uint64_t highest_usn = 0;  ///< highestCommittedUSN before the read
    bool was_put_back = false;      ///< the database was seen at a lower USN since (semantics 5.16)
    bool operator==(const Watermark&) const = default;
};

/// What a domain says of itself at the time of a read, and from where its changes can be followed.
struct DomainFacts {
    DomainIndex domain = 0;
    std::string dns_name;          ///< lower case
    std::string netbios_name;      ///< as the directory writes it
    std::string base_dn;           ///< defaultNamingContext
    ObjectGuid guid;               ///< objectGUID of the naming context's root: the domain's identity (1.2)
    Sid sid;                       ///< the domain's SID
    std::string server;            ///< URI of the DC that was read
    std::string detection;         ///< how changes are found: "dirsync", "usn" or "full"
    std::string detection_reason;  ///< why, where `auto` chose: a sentence; may be empty
    std::string cookie;            ///< DirSync's, opaque bytes; empty: none
    Watermark at;                  ///< the DC that was read
    std::vector<Watermark>
        watermarks;               ///< of every DC that was ever read since the last full read, `at` included
    Watermark whole;              ///< the DC that was read whole last
    std::vector<Watermark> seen;  ///< what another DC must have to be believed (semantics 5.16); of what was
                                  ///< read `highest_usn` is the highest uSNChanged
    std::vector<std::string>
        unreadable;  ///< attributes that users kept though the last full read showed them of nobody
    std::optional<Time> current_time;  ///< the DC's clock when it was asked for these facts; never stored
    bool operator==(const DomainFacts&) const = default;
};

}  // namespace dirsync::sync
