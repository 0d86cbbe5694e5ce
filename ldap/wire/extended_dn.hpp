#pragma once

#include <optional>
#include <string_view>

#include "core/error.hpp"
#include "core/sid.hpp"
#include "core/uuid.hpp"
#include "model/entry.hpp"

namespace dirsync::ldap::wire {

/// A DN value as the extended DN control gives it (MS-ADTS 3.1.1.3.4.1.5): `<GUID=..>;<SID=..>;CN=..`, each
/// part in hex or in its text form. A plain DN has no parts.
struct ExtendedDn {
    std::optional<ObjectGuid> guid;
    std::optional<Sid> sid;
    std::string_view dn;  ///< within the text that was parsed
};

/// Parts in any order, tags in any case; parts of other names are passed over. malformed_entry: a GUID or SID
/// that is none or comes twice, a part without end. Does not allocate but for the error.
Result<ExtendedDn> parse_extended_dn(std::string_view text);

/// A decoded value of `member`.
struct Member {
    bool skip = false;  ///< a deleted object (below CN=Deleted Objects): its links have ended
    sync::MemberRef ref;
};

/// Needs the extended DN control: a value without a GUID is malformed_entry. A foreign security principal
/// (its RDN is a SID, below CN=ForeignSecurityPrincipals) gets `foreign_sid`.
Result<Member> decode_member(std::string_view value);

/// True for the DN of a replication conflict object, `CN=x\0ACNF:guid` (MS-ADTS 3.1.1.1.5.1.6). What lies
/// below one is none.
bool is_conflict_object(std::string_view dn) noexcept;
/// True for a DN whose RDN names a deletion, `CN=x\0ADEL:guid`, wherever it lies: every deletion of an object
/// gives it such a name (MS-ADTS 3.1.1.5.5.1.1).
bool is_delete_mangled(std::string_view dn) noexcept;
/// True for the DN of a deleted object, `CN=x\0ADEL:guid,CN=Deleted Objects,..` (MS-ADTS 3.1.1.5.5).
bool is_deleted_object(std::string_view dn) noexcept;

}  // namespace dirsync::ldap::wire
