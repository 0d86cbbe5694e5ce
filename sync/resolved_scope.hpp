#pragma once

#include <span>
#include <string>
#include <vector>

#include "model/settings.hpp"
#include "sync/mirror.hpp"
#include "sync/name_resolver.hpp"

namespace dirsync::sync {

class StoredIndex;

/// The names of a scope, each with the object that it stands for.
struct ResolvedScope {
    /// To be kept, by key. A name that never meant anything has none; one that lost its object has the nil
    /// GUID.
    std::vector<Pin> pins;
    /// For each of `listed_names`; no_node: nothing.
    std::vector<Node> nodes;
    /// Objects that took the name of an exclusion whose own object is hidden; sorted.
    std::vector<Node> also_excluded;
    /// Names that mean nothing, or something else than before (2.7, 2.8).
    std::vector<std::string> warnings;
    /// Keys of entries that were to bring objects in and never named any (2.10).
    std::vector<std::string> unnamed;
    /// Keys of entries that were to keep objects out and never named any (2.10).
    std::vector<std::string> unexcluded;
};

/// A pin holds while its object exists, visible or not; only when the object is gone from the mirror, which
/// takes proof, may the name mean what was found now (semantics 2.8). The object of an exclusion that cannot
/// be seen may have been deleted and made anew: an object without a row in the store that is found under the
/// name is kept out as well, by a pin of its own, until it is deleted or the entry goes.
ResolvedScope resolved(const ScopeSettings& scope, std::span<const Pin> pins,
                       std::span<const ObjectGuid> found, const Mirror& mirror, const StoredIndex& stored);

}  // namespace dirsync::sync
