#pragma once

#include <compare>
#include <cstdint>
#include <string>

#include "core/uuid.hpp"

namespace dirsync::sync {

/// An attribute that the entry of an object lacks and had before.
struct LostAttribute {
    ObjectGuid object;
    std::string attribute;  ///< lDAPDisplayName
    auto operator<=>(const LostAttribute&) const = default;
};

/// What the permissions of an object say of the account that reads it.
enum class ReadRight : std::uint8_t {
    granted,  ///< it may read the attribute: what is not there is gone
    denied,   ///< it may not: what is not there is hidden
    unknown,  ///< they cannot be read
};

}  // namespace dirsync::sync
