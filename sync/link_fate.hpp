#pragma once

#include <compare>
#include <cstdint>

#include "core/uuid.hpp"

namespace dirsync::sync {

/// A direct membership, as the directory knows it.
struct Link {
    ObjectGuid group;
    ObjectGuid member;
    auto operator<=>(const Link&) const = default;
};

/// What the directory says of a link from another side than the group's list of members (semantics 5.15).
enum class LinkFate : std::uint8_t {
    present,  ///< the member's own entry names the group
    absent,   ///< it does not, and the account may read what would name it: proof
    unknown,  ///< nothing that the account may read tells
};

}  // namespace dirsync::sync
