#pragma once

#include <functional>
#include <vector>

#include "model/rows.hpp"

namespace dirsync::sync {

/// One row's wish for a name that is unique among the names of its kind: userName, e-mail or displayName of a
/// group. Key 0 means no name.
struct NameClaim {
    Node node = no_node;
    ObjectGuid guid;
    bool is_enabled = true;
    NameKey present = 0;  ///< 0 as well for a row that is new
    NameKey wanted = 0;
};

/// A claim that cannot be met: the row keeps what it has.
struct NameConflict {
    std::size_t claim = 0;  ///< index into the claims
    Node owner = no_node;   ///< the row that has, or gets, the name
};

/// Owner of a name among rows that make no claim and stay; no_node: free.
using NameOwner = std::function<Node(NameKey key)>;

/// Judges all claims on the state they would lead to (semantics 3.5): swaps and chains succeed, a present
/// owner keeps its name, of several newcomers an enabled one gets it, then the one with the smallest
/// objectGUID, and a row whose claim fails keeps the name it has now. Independent of the order of claims;
/// judging the outcome again changes nothing. Sorted by claim.
std::vector<NameConflict> name_conflicts(const std::vector<NameClaim>& claims, const NameOwner& owner);

}  // namespace dirsync::sync
