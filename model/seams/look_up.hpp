#pragma once

#include <compare>
#include <cstdint>
#include <string>

#include "core/uuid.hpp"

// What a directory is asked beside its entries, and what it may answer.
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
