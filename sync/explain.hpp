#pragma once

#include <string>
#include <vector>

#include "sync/resolved_scope.hpp"
#include "sync/scope.hpp"

namespace dirsync::sync {

/// One way in which an object comes into the scope: the entry of the scope, and the groups from it down
/// to the object, object not included. A direct rule has no path.
struct WayIn {
    std::string rule;
    std::vector<Node> path;
    bool by_primary_group = false;  ///< the last step is a primaryGroupID, not a listed membership
};

struct WhyInScope {
    bool in_scope = false;
    std::vector<WayIn> ways;
    std::string excluded_by;  ///< the entry that keeps it out; empty: none
};

/// Every scope entry that brings the object in, with the shortest chain of groups for each, and what keeps
/// it out. `attributes`: those of the object, for telling which filter matched. `domain`: its DNS name.
WhyInScope why_in_scope(const Mirror& mirror, const ScopeView& view, const ScopeSettings& scope,
                        const ResolvedScope& resolved, Node object, const AttributesView& attributes,
                        std::string_view domain);

}  // namespace dirsync::sync
