#pragma once

#include <span>
#include <vector>

#include <boost/unordered/unordered_flat_set.hpp>

#include "sync/planner/frozen_memberships.hpp"
#include "sync/planner/guard.hpp"
#include "sync/planner/plan_basis.hpp"
#include "sync/planner/undone_changes.hpp"

namespace dirsync::sync {

/// Memberships of the subject's users, compared with the stored ones.
class MembershipDrafts {
public:
    MembershipDrafts(const PlanBasis& in, const Guards& guards, UndoneChanges& undone, const Plan& plan,
                     const boost::unordered_flat_set<Node>& held_users,
                     const boost::unordered_flat_set<Node>& held_groups);

    /// `users` sorted.
    Result<void> decide(std::span<const Node> users, IdentityStore& rows);
    /// Groups that left the scope long ago lose all members.
    Result<void> empty_overdue(std::span<const Node> groups, IdentityStore& rows);
    /// Guards the removals and puts the rest into the plan.
    Result<void> settle(Plan& plan, IdentityStore& rows);

    /// After `settle`: memberships that an edit of the scope would add (semantics 2.10).
    const std::vector<HeldObject>& scope_edits() const noexcept { return scope_edits_; }

private:
    void hold_edits();
    void hold_reverted();
    bool will_have_user(Node node) const;
    bool will_have_group(Node node) const;
    bool is_kept_out(Node group) const;
    HeldObject object_of(Edge edge) const {
        return {in_.mirror.guid(edge.group), in_.mirror.guid(edge.member)};
    }

    const PlanBasis& in_;
    const Guards& guards_;
    UndoneChanges& undone_;
    const boost::unordered_flat_set<Node>& held_users_;
    const boost::unordered_flat_set<Node>& held_groups_;
    boost::unordered_flat_set<Node> created_;
    boost::unordered_flat_set<Node> removed_;
    GroupsAbove above_;
    GroupsAbove proved_;  ///< without links that nothing proves
    FrozenMemberships frozen_;
    boost::unordered_flat_set<Edge> lapsed_;  ///< were frozen
    std::vector<Edge> additions_;
    std::vector<Edge> removals_;
    boost::unordered_flat_set<Node> emptied_;
    std::vector<HeldObject> scope_edits_;
};

}  // namespace dirsync::sync
