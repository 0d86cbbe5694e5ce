#pragma once

#include <array>
#include <functional>
#include <vector>

#include "sync/rows.hpp"

namespace dirsync::sync {

/// One row's wish to be written, and the names that go with it. Up to two names, each unique among the
/// names of its slot (userName and email; a group has one). Key 0 is no name.
struct NameClaim {
    Node node = no_node;
    ObjectGuid guid;
    bool is_stored = false;  ///< has a row, with `present` names
    std::array<NameKey, 2> present{};
    std::array<NameKey, 2> wanted{};
};

/// A claim that cannot be met: the row keeps what it has.
struct NameConflict {
    std::size_t claim = 0;  ///< index into the claims
    int slot = 0;
    Node owner = no_node;  ///< who has, or gets, the name
};

/// Owner of a name among rows that make no claim and stay; no_node: free.
using NameOwner = std::function<Node(int slot, NameKey key)>;

/// Judges all claims on the state they would lead to (semantics 3.5): swaps and chains succeed, a present
/// owner keeps its name, of several newcomers the smallest objectGUID gets it, and whoever fails keeps the
/// names it has now. Independent of the order of claims; judging the outcome again changes nothing. Sorted
/// by claim.
std::vector<NameConflict> name_conflicts(const std::vector<NameClaim>& claims, const NameOwner& owner);

}  // namespace dirsync::sync
