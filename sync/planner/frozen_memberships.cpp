#include "sync/planner/frozen_memberships.hpp"

#include <algorithm>

namespace dirsync::sync {
namespace {

bool has_run_out(const PlanInputs& in, Node node) {
    const bool has_row = in.stored.has_user(node) || in.stored.has_group(node);
    return has_row && is_overdue(in.stored.out_since(node), in.settings.lifecycle, in.clock);
}

}  // namespace

FrozenMemberships::FrozenMemberships(const PlanInputs& in)
    : in_(in),
      above_(in.mirror, in.view, in.settings.scope, [](Node) { return true; }),
      above_in_time_(in.mirror, in.view, in.settings.scope,
                     [&in](Node group) { return !has_run_out(in, group); }) {
    const auto& active = in.view.active_domains();
    any_ = std::find(active.begin(), active.end(), false) != active.end();
}

bool FrozenMemberships::leads_to(GroupsAbove& above, Node user, Node group) {
    std::vector<Node> groups;
    above.of_user(user, groups);
    return std::binary_search(groups.begin(), groups.end(), group);
}

FrozenMemberships::State FrozenMemberships::of(Node group, Node user) {
    if (!any_ || !in_.mirror.exists(user) || !leads_to(above_, user, group)) return State::none;
    const bool in_time = !has_run_out(in_, user) && leads_to(above_in_time_, user, group);
    return in_time ? State::frozen : State::lapsed;
}

}  // namespace dirsync::sync
