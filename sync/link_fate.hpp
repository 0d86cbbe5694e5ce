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

/// What the directory says of a link from another side than the group's list of members (semantics 5.15);
/// what weighs most comes first.
enum class LinkFate : std::uint8_t {
    present,     ///< the member's own entry names the group
    absent,      ///< it does not, and the account may read what would name it: proof
    not_listed,  ///< it need not, and the permissions of the group let the account read the list, which lacks
                 ///< it: proof where the list changed
    unknown,     ///< nothing that the account may read tells
    hidden,      ///< nor is the member to be seen: no list shows it, whatever the account may read
};

}  // namespace dirsync::sync
