#include "sync/planner/membership_drafts.hpp"

#include <algorithm>
#include <utility>

#include "sync/planner/removal_cause.hpp"

namespace dirsync::sync {

MembershipDrafts::MembershipDrafts(const PlanBasis& in, const Guards& guards, UndoneChanges& undone,
                                   const Plan& plan, const boost::unordered_flat_set<Node>& held_users,
                                   const boost::unordered_flat_set<Node>& held_groups)
    : in_(in),
      guards_(guards),
      undone_(undone),
      held_users_(held_users),
      held_groups_(held_groups),
      above_(in.mirror, in.view, in.settings.scope),
      proved_(in.mirror, in.letting_in(), in.settings.scope, {}, in.untold_links),
      frozen_(in) {
    const auto note = [this](Node node, Action action) {
        if (action == Action::create) created_.insert(node);
        if (action == Action::remove) removed_.insert(node);
    };
    for (const auto& change : plan.users) note(change.node, change.action);
    for (const auto& change : plan.groups) note(change.node, change.action);
}

bool MembershipDrafts::will_have_user(Node node) const {
    return created_.contains(node) || (in_.stored.has_user(node) && !removed_.contains(node));
}

bool MembershipDrafts::will_have_group(Node node) const {
    return created_.contains(node) || (in_.stored.has_group(node) && !removed_.contains(node));
}

/// Reached, and held from coming in: out of the scope its memberships are frozen (semantics 2.10, 4.4).
bool MembershipDrafts::is_kept_out(Node group) const {
    return held_groups_.contains(group) && in_.stored.out_since(group);
}

Result<void> MembershipDrafts::decide(std::span<const Node> users, IdentityStore& rows) {
    std::vector<Node> stored_users;
    for (const Node user : users) {
        if (in_.stored.has_user(user)) stored_users.push_back(user);
    }
    auto stored = rows.groups_of(stored_users);
    if (!stored) return stored.error();
    std::sort(stored->begin(), stored->end(), [](const Edge& a, const Edge& b) {
        return std::pair(a.member, a.group) < std::pair(b.member, b.group);
    });
    std::size_t next = 0;
    std::vector<Node> desired;
    std::vector<Node> proved;
    for (const Node user : users) {
        const std::size_t first = next;
        while (next < stored->size() && (*stored)[next].member == user) ++next;
        // A removed user's memberships go with the row; one whose removal is held keeps them (semantics 5.3).
        if (!will_have_user(user) || held_users_.contains(user)) continue;
        above_.of_user(user, desired);
        bool knows_proved = false;
        // A link that is kept without a proof adds no member (semantics 5.14).
        const auto is_proved = [&](Node group) {
            if (in_.untold_links.empty()) return true;
            if (!std::exchange(knows_proved, true)) proved_.of_user(user, proved);
            return std::binary_search(proved.begin(), proved.end(), group);
        };
        // A user who cannot be seen stays as they were: lists that show them prove nothing. Nor do lists that
        // name an account which they had before they moved, and the one that they have now is not known.
        const bool is_unread_mover = in_.unread_movers.contains(user);
        const bool is_unseen = is_unread_mover || (in_.mirror.exists(user) && in_.mirror.is_missing(user));
        std::size_t i = first;
        std::size_t j = 0;
        while (i < next || j < desired.size()) {
            if (j == desired.size() || (i < next && (*stored)[i].group < desired[j])) {
                const Node group = (*stored)[i++].group;
                // A group out of scope is frozen; one that is removed, or held from it, is not touched here.
                if (in_.view.is_reached(group) && !removed_.contains(group) &&
                    !held_groups_.contains(group)) {
                    const auto state = frozen_.of(group, user);
                    const bool is_frozen = state == FrozenMemberships::State::frozen ||
                                           (is_unread_mover && state == FrozenMemberships::State::none);
                    if (!is_frozen) removals_.push_back({group, user});
                    if (state == FrozenMemberships::State::lapsed) lapsed_.insert({group, user});
                }
            } else if (i == next || desired[j] < (*stored)[i].group) {
                if (!is_unseen && will_have_group(desired[j]) && !is_kept_out(desired[j]) &&
                    is_proved(desired[j]))
                    additions_.push_back({desired[j], user});
                ++j;
            } else {
                ++i;
                ++j;
            }
        }
    }
    return {};
}

Result<void> MembershipDrafts::empty_overdue(std::span<const Node> groups, IdentityStore& rows) {
    if (groups.empty()) return {};
    auto members = rows.members_of(groups);
    if (!members) return members.error();
    for (const Edge edge : *members) {
        if (!removed_.contains(edge.member) && !held_users_.contains(edge.member)) {
            removals_.push_back(edge);
            emptied_.insert(edge.group);
        }
    }
    return {};
}

void MembershipDrafts::hold_edits() {
    std::erase_if(additions_, [this](Edge edge) {
        const HeldObject object = object_of(edge);
        const bool is_held = is_kept_out_by_edit(in_, guards_, object);
        if (is_held) scope_edits_.push_back(object);
        return is_held;
    });
}

void MembershipDrafts::hold_reverted() {
    if (undone_.none()) return;
    std::erase_if(removals_,
                  [this](Edge edge) { return undone_.holds(Action::remove, object_of(edge), ""); });
    std::erase_if(additions_,
                  [this](Edge edge) { return undone_.holds(Action::create, object_of(edge), ""); });
    for (const auto& object : undone_.open_memberships()) {
        const Node group = in_.mirror.find(object.first);
        const Node user = in_.mirror.find(object.second);
        if (group == no_node || user == no_node) continue;
        // Where memberships are frozen, or their rows wait themselves, the directory asked for nothing.
        const bool frozen = !in_.view.is_reached(group) || held_users_.contains(user) ||
                            held_groups_.contains(group) ||
                            frozen_.of(group, user) == FrozenMemberships::State::frozen;
        if (frozen && will_have_user(user) && will_have_group(group)) undone_.leave(object);
    }
}

Result<void> MembershipDrafts::settle(Plan& plan, IdentityStore& rows) {
    std::sort(removals_.begin(), removals_.end());
    removals_.erase(std::unique(removals_.begin(), removals_.end()), removals_.end());
    hold_edits();
    hold_reverted();
    const auto& safety = in_.settings.safety;
    // An approval covers both guards: what one of them held does not wait for the other as well.
    std::vector<Edge> approved;
    std::erase_if(removals_, [&](Edge edge) {
        const HeldObject object = object_of(edge);
        const bool is_approved = guards_.approved(HoldClass::remove_members_of_group, object) ||
                                 guards_.approved(HoldClass::remove_memberships, object) ||
                                 guards_.approved(HoldClass::absent, object);
        if (is_approved) approved.push_back(edge);
        return is_approved;
    });
    boost::unordered_flat_set<HeldObject> held;
    for (std::size_t at = 0; at < removals_.size();) {
        std::size_t end = at;
        while (end < removals_.size() && removals_[end].group == removals_[at].group) ++end;
        const Node group = removals_[at].group;
        const ObjectGuid& guid = in_.mirror.guid(group);
        std::uint64_t population = 0;
        // The percentage only counts above ten objects: a group's size is not asked for a single removal.
        if (end - at + guards_.passed_before(HoldClass::remove_members_of_group, guid) > 10) {
            auto members = rows.members_of(std::span(&group, 1));
            if (!members) return members.error();
            population = members->size();
        }
        std::vector<HeldObject> objects;
        for (std::size_t i = at; i < end; ++i) objects.push_back(object_of(removals_[i]));
        if (auto hold = guards_.hold_of(HoldClass::remove_members_of_group, std::move(objects),
                                        safety.remove_members_per_group, population, guid)) {
            held.insert(hold->objects.begin(), hold->objects.end());
            plan.holds.push_back(std::move(*hold));
        }
        at = end;
    }
    std::erase_if(removals_, [&](Edge edge) { return held.contains(object_of(edge)); });

    std::vector<HeldObject> objects;
    for (const Edge edge : removals_) objects.push_back(object_of(edge));
    if (auto hold = guards_.hold_of(HoldClass::remove_memberships, std::move(objects),
                                    safety.remove_memberships, in_.stored_memberships)) {
        boost::unordered_flat_set<HeldObject> held_objects(hold->objects.begin(), hold->objects.end());
        std::erase_if(removals_, [&](Edge edge) { return held_objects.contains(object_of(edge)); });
        plan.holds.push_back(std::move(*hold));
    }

    removals_.insert(removals_.end(), approved.begin(), approved.end());
    std::sort(removals_.begin(), removals_.end());
    std::sort(additions_.begin(), additions_.end());
    additions_.erase(std::unique(additions_.begin(), additions_.end()), additions_.end());
    plan.memberships.reserve(removals_.size() + additions_.size());
    RemovalCause cause(in_.mirror, in_.view, in_.changed_links);
    for (const Edge edge : removals_) {
        const bool ran_out = emptied_.contains(edge.group) || lapsed_.contains(edge);
        const Reason reason = ran_out ? Reason::clock_ran_out : cause.of(edge.group, edge.member);
        plan.memberships.push_back({edge.group, edge.member, false, reason});
    }
    for (const Edge edge : additions_)
        plan.memberships.push_back({edge.group, edge.member, true, Reason::member_added});
    return {};
}

}  // namespace dirsync::sync
