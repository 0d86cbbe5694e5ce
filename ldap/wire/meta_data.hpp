#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace dirsync::ldap::wire {

/// The attribute that says when each attribute of an object last changed; in lower case.
inline constexpr std::string_view meta_data_attribute = "replpropertymetadata";

/// isDeleted, as that attribute names it (ATTRTYP of MS-DRSR): with a prefix that is the same in every
/// domain.
inline constexpr std::uint32_t type_of_is_deleted = 0x00020030;

/// The USN at which the attribute `type` last changed on the domain controller that gave `meta_data`, the
/// stamps of MS-ADTS 3.1.1.1.9, each followed by the local USN. nullopt: it was never set, or `meta_data`
/// is nothing that can be read.
std::optional<std::uint64_t> usn_of_change(std::string_view meta_data, std::uint32_t type) noexcept;

/// The highest of those USNs: when anything that replicates last changed there. An object's uSNChanged may be
/// higher, since it counts what stays on one domain controller as well, such as logons.
std::optional<std::uint64_t> usn_of_newest_change(std::string_view meta_data) noexcept;

}  // namespace dirsync::ldap::wire
