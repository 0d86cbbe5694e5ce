#pragma once

#include <vector>

#include "sync/planner/planner.hpp"
#include "sync/scope.hpp"

namespace dirsync::sync {

/// Memberships that cross into a domain which is no longer configured (semantics 5.17): by a user of such a
/// domain, or by a group of one between user and store group. They stay as the directory last told them until
/// the clock of that user or group has run out. Valid as long as the inputs.
class FrozenMemberships {
public:
    explicit FrozenMemberships(const PlanInputs& in);

    enum class State : std::uint8_t {
        none,    ///< crosses into no such domain, or ended before
        frozen,  ///< stays
        lapsed,  ///< a clock has run out: it ends
    };
    /// Of a stored membership that the directory does not ask for, in a group that is reached.
    State of(Node group, Node user);

private:
    static bool leads_to(GroupsAbove& above, Node user, Node group);

    const PlanInputs& in_;
    bool any_ = false;  // a domain that was read and is not configured
    GroupsAbove above_;
    GroupsAbove above_in_time_;  // by groups whose clock has not run out
};

}  // namespace dirsync::sync
