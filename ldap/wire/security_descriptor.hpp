#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/sid.hpp"
#include "core/uuid.hpp"

namespace dirsync::ldap::wire {

/// Rights in the mask of an ACE (MS-ADTS 5.1.3.2).
namespace access_right {
inline constexpr std::uint32_t create_child = 0x1;
inline constexpr std::uint32_t delete_child = 0x2;
inline constexpr std::uint32_t list_contents = 0x4;
inline constexpr std::uint32_t read_property = 0x10;
inline constexpr std::uint32_t write_property = 0x20;
inline constexpr std::uint32_t control_access = 0x100;
}  // namespace access_right

/// One ACE that allows or denies something on the object itself.
struct AccessEntry {
    bool allows = false;
    std::uint32_t mask = 0;
    std::optional<ObjectGuid> object;  ///< the attribute or extended right that it is limited to
    Sid sid;
};

/// The entries of a self-relative security descriptor's DACL (MS-DTYP 2.4.6) that bear on the object itself,
/// in order; those that are only inherited, and kinds that neither allow nor deny, are passed over. What is
/// allowed on a condition counts as not said, what is denied on one counts as denied. nullopt: the bytes are
/// not such a descriptor. A missing DACL allows everything to everybody.
std::optional<std::vector<AccessEntry>> access_entries(std::string_view descriptor);

/// An attribute, and the property set that it belongs to (MS-ADTS 3.1.1.2.3.3).
struct ProtectedAttribute {
    ObjectGuid attribute;
    ObjectGuid property_set;
};

/// True when the token is given the right to read the attribute, by the first entry that speaks of it: one
/// that is not limited, or is limited to the attribute or to its property set (MS-ADTS 5.1.3.3).
bool may_read(std::span<const AccessEntry> entries, std::span<const Sid> token,
              const ProtectedAttribute& attribute);

/// True when the token (the account's own SID and those of its groups) is given every right of `mask`, by
/// the first entry that speaks of each (MS-ADTS 5.1.3.3). `object`: of this attribute or extended right;
/// without one only entries that are not limited to any count.
bool is_granted(std::span<const AccessEntry> entries, std::span<const Sid> token, std::uint32_t mask,
                const std::optional<ObjectGuid>& object);

}  // namespace dirsync::ldap::wire
