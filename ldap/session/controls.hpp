#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dirsync::ldap {

/// An LDAP control as it goes on the wire.
struct Control {
    std::string oid;
    std::string value;     ///< BER; empty: none
    bool critical = true;  ///< a server that does not know it refuses the request
    bool operator==(const Control&) const = default;
};

/// OID of the paged results control and of its answer (RFC 2696).
inline constexpr std::string_view paged_results_oid = "1.2.840.113556.1.4.319";
/// OID of the extended DN control (MS-ADTS 3.1.1.3.4.1.5).
inline constexpr std::string_view extended_dn_oid = "1.2.840.113556.1.4.529";

/// Results page by page; `cookie` is empty for the first one.
Control paged_results(std::uint32_t page_size, std::string_view cookie);
/// OID of the DirSync control and of its answer (MS-ADTS 3.1.1.3.4.1.3).
inline constexpr std::string_view dir_sync_oid = "1.2.840.113556.1.4.841";

/// DNs as `<GUID=dashed>;<SID=S-1-...>;DN`.
Control extended_dn();
/// Tombstones and deleted objects are found as well (MS-ADTS 3.1.1.3.4.1.14).
Control show_deleted();
/// Recycled objects as well, where there is a Recycle Bin; older servers pass over it
/// (MS-ADTS 3.1.1.3.4.1.23).
Control show_recycled();
/// OID of the control that says which parts of security descriptors are wanted (MS-ADTS 3.1.1.3.4.1.11).
inline constexpr std::string_view sd_flags_oid = "1.2.840.113556.1.4.801";
/// Owner, group and DACL of security descriptors, which every account may read that may read the object;
/// without it the SACL is asked for as well, and nothing comes.
Control readable_descriptor();
/// OID of the control for change notifications.
inline constexpr std::string_view notification_oid = "1.2.840.113556.1.4.528";

/// No continuation references to other naming contexts (MS-ADTS 3.1.1.3.4.1.8).
Control domain_scope();

/// Changes since `cookie` (empty: everything). `flags` as MS-ADTS 3.1.1.3.4.1.3 has them.
Control dir_sync(std::uint32_t flags, std::string_view cookie);
/// The search stays open and tells what changes (MS-ADTS 3.1.1.3.4.1.9).
Control change_notification();

/// The answer to `dir_sync`: whether more is to come, and from where.
struct DirSyncAnswer {
    bool more = false;
    std::string cookie;
};
/// Nothing when the value is not what MS-ADTS 3.1.1.3.4.1.3 says, or holds no cookie.
std::optional<DirSyncAnswer> dir_sync_answer(std::string_view value);

/// The cookie in the value of the answer to `paged_results`: empty after the last page. Nothing when the
/// value is not what RFC 2696 says.
std::optional<std::string> page_cookie(std::string_view value);

}  // namespace dirsync::ldap
