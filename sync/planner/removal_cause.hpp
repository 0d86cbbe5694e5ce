#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "model/plan.hpp"
#include "sync/mirror.hpp"
#include "sync/scope.hpp"

namespace dirsync::sync {

/// Tells why a user is no longer a member of a group of the store (semantics 5.12). Keeps what it found for
/// one user for the next group. Valid as long as its mirror and view.
class RemovalCause {
public:
    /// `changed`: links that the read behind this plan added or ended. Mirror and view outlive it.
    RemovalCause(const Mirror& mirror, const ScopeView& view, std::span<const Edge> changed);

    /// `excluded_by_scope` or `left_scope` where the directory still leads from the user to the group;
    /// `nested_group_gone` where a group between them was deleted or taken out; else `member_removed`,
    /// also when the change was read by an earlier cycle and held since.
    Reason of(Node group, Node user);

private:
    using Groups = std::vector<Node>;
    enum class Moment : std::uint8_t {
        now,
        before,  ///< with the links between groups, and those of deleted groups, that the read ended
    };
    bool is_live(Node group) const;
    const Groups& above(Node object, Moment moment);
    bool leads_to(Node object, Node group, Moment moment);
    bool passes_excluded_group(Node user, Node group);

    const Mirror& mirror_;
    const ScopeView& view_;
    boost::unordered_flat_map<Node, Groups> lost_;  // by member
    std::array<boost::unordered_flat_map<Node, Groups>, 2> above_;
};

}  // namespace dirsync::sync
