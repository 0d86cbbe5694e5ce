#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include "sync/planner/frozen_memberships.hpp"
#include "sync/planner/guard.hpp"
#include "sync/planner/planner.hpp"
#include "sync/planner/put_back.hpp"
#include "sync/planner/undone_changes.hpp"
#include "sync/planner/unique_names.hpp"
#include "sync/planner/unknown_attributes.hpp"

// The steps of `planned`, for planner*.cpp only.
namespace dirsync::sync {

/// Packed attributes of objects, from what the read just brought or else from disk.
class MirrorTexts {
public:
    MirrorTexts(const MirrorDelta& fresh, IdentityStore& rows);
    /// For each node in order; views that hold until the next call.
    Result<std::vector<std::string_view>> attributes_of(std::span<const Node> nodes);
    bool is_fresh(Node node) const { return fresh_.contains(node); }
    /// Those on disk that are not what was written, of all calls until now.
    bool is_damaged(Node node) const { return damaged_.contains(node); }
    const boost::unordered_flat_set<Node>& damaged() const noexcept { return damaged_; }

private:
    IdentityStore& rows_;
    boost::unordered_flat_map<Node, std::string_view> fresh_;
    std::vector<IdentityStore::MirrorText> read_;
    boost::unordered_flat_set<Node> damaged_;
};

/// What differs between users and groups, for RowDrafts.
struct UserTraits {
    using Row = UserRow;
    using Change = UserChange;
    using Stored = StoredUser;
    static constexpr bool is_group = false;
    static constexpr HoldClass remove_class = HoldClass::remove_users;
    static constexpr int slots = 2;  ///< names that are unique
    static constexpr std::array<std::string_view, 2> slot_names{"userName", "email"};

    static bool is_stored(const StoredIndex& stored, Node node) { return stored.has_user(node); }
    static Result<std::vector<Stored>> read(IdentityStore& rows, std::span<const Node> nodes) {
        return rows.users(nodes);
    }
    /// What nothing proves brings nobody in whom the store does not have, and an account of before brings in
    /// nobody whose present one cannot be read (semantics 5.14).
    static bool is_in(const PlanInputs& in, Node node) {
        const bool is_new = !in.stored.has_user(node);
        const bool is_out = is_new || in.stored.scope(node) == ScopeState::out;
        if (is_out && in.unread_movers.contains(node)) return false;
        return is_new ? in.letting_in().is_user_in(in.mirror, node, in.untold_links)
                      : in.view.is_user_in(in.mirror, node);
    }
    static DesiredUser desired(const PlanInputs& in, const MirrorRow& entry,
                               const AttributesView& attributes) {
        const Node node = entry.node;
        const auto stored = in.stored.has_user(node) ? std::optional(in.stored.status(node)) : std::nullopt;
        return in.mapper.user(entry, attributes, status_in_source(entry, in.clock, stored));
    }
    static std::optional<Row> out(const PlanInputs& in, const Row& stored,
                                  const std::optional<MirrorRow>& entry);
    static std::array<NameKey, 2> keys(const Row& row) {
        return {name_key(row.user_name), name_key(row.email)};
    }
    static Node owner(const StoredIndex& stored, int slot, NameKey key) {
        return slot == 0 ? stored.owner_of_user_name(key) : stored.owner_of_email(key);
    }
    static const std::string& name(const Row& row) { return row.user_name; }
    static const std::string& contested(const Row& row, int slot) {
        return slot == 0 ? row.user_name : row.email;
    }
    static Row kept(const Row& stored, const Row& desired) { return kept_with_status(stored, desired); }
    /// Takes out of a change what a name costs that belongs to somebody else; false when nothing is left.
    static bool give_up(Change& draft, int slot);
    /// What is left of it, as the end of a sentence.
    static const char* cost_of(const Change& draft, int slot);
    static Reason reason_of_update(const PlanInputs& in, const Row& before, const Row& after,
                                   const std::optional<MirrorRow>& entry, bool is_fresh);
    static std::vector<Change>& changes(Plan& plan) { return plan.users; }
    static const GuardLimit& remove_limit(const SafetySettings& safety) { return safety.remove_users; }
    /// A removal that is held holds no disabling (semantics 5.3): of a user who was to go because a clock ran
    /// out, the change becomes what the other clock asks for. False when that is nothing.
    static bool stays_disabled(const PlanInputs& in, Change& change);
    static std::uint64_t population(const StoredIndex& stored) { return stored.users(); }
    static std::vector<Node> all(const StoredIndex& stored) { return stored.all_users(); }
    static const std::vector<TargetMapping>& mapping(const Mapping& mapping) { return mapping.user; }
    /// Who would leave the scope and is held: as they were, but for what the entry says of their status.
    static Row stays(const PlanInputs& in, const Row& stored, const std::optional<MirrorRow>& entry);
    /// Out of the scope as far as anybody can see, whatever the time is.
    static bool has_left(const PlanInputs& in, const std::optional<MirrorRow>& entry);
    /// Whether a newcomer may log in depends on which clock is right (semantics 5.13).
    static bool waits_for_time(const PlanInputs& in, const MirrorRow& entry);
};

struct GroupTraits {
    using Row = GroupRow;
    using Change = GroupChange;
    using Stored = StoredGroup;
    static constexpr bool is_group = true;
    static constexpr HoldClass remove_class = HoldClass::remove_groups;
    static constexpr int slots = 1;
    static constexpr std::array<std::string_view, 2> slot_names{"displayName", ""};

    static bool is_stored(const StoredIndex& stored, Node node) { return stored.has_group(node); }
    static Result<std::vector<Stored>> read(IdentityStore& rows, std::span<const Node> nodes) {
        return rows.groups(nodes);
    }
    static bool is_in(const PlanInputs& in, Node node) {
        const ScopeView& view = in.stored.has_group(node) ? in.view : in.letting_in();
        return view.is_reached(node) && in.mirror.exists(node) && !in.mirror.is_deleted(node);
    }
    static DesiredGroup desired(const PlanInputs& in, const MirrorRow& entry,
                                const AttributesView& attributes) {
        return in.mapper.group(entry, attributes);
    }
    static std::optional<Row> out(const PlanInputs& in, const Row& stored,
                                  const std::optional<MirrorRow>& entry);
    static std::array<NameKey, 2> keys(const Row& row) { return {name_key(row.display_name), 0}; }
    static Node owner(const StoredIndex& stored, int slot, NameKey key) {
        return slot == 0 ? stored.owner_of_group_name(key) : no_node;
    }
    static const std::string& name(const Row& row) { return row.display_name; }
    static const std::string& contested(const Row& row, int) { return row.display_name; }
    static Row kept(const Row& stored, const Row& desired);
    static bool give_up(Change& draft, int slot);
    static const char* cost_of(const Change& draft, int slot);
    static Reason reason_of_update(const PlanInputs& in, const Row& before, const Row& after,
                                   const std::optional<MirrorRow>& entry, bool is_fresh);
    static std::vector<Change>& changes(Plan& plan) { return plan.groups; }
    static const GuardLimit& remove_limit(const SafetySettings& safety) { return safety.remove_groups; }
    static bool stays_disabled(const PlanInputs&, const Change&) { return false; }
    static std::uint64_t population(const StoredIndex& stored) { return stored.groups(); }
    static std::vector<Node> all(const StoredIndex& stored) { return stored.all_groups(); }
    static const std::vector<TargetMapping>& mapping(const Mapping& mapping) { return mapping.group; }
    static Row stays(const PlanInputs&, const Row& stored, const std::optional<MirrorRow>&) { return stored; }
    static bool has_left(const PlanInputs& in, const std::optional<MirrorRow>& entry);
    static bool waits_for_time(const PlanInputs&, const MirrorRow&) { return false; }
};

/// Rows of one kind on their way into the plan: first decided one by one, then settled together, since
/// guards and names can only be judged on all of them.
template <class Traits>
class RowDrafts {
public:
    using Row = typename Traits::Row;
    using Change = typename Traits::Change;

    RowDrafts(const PlanInputs& in, const Guards& guards, UndoneChanges& undone)
        : in_(in),
          guards_(guards),
          undone_(undone),
          unmappable_(targets_that_name(Traits::mapping(in.settings.mapping), in.unknown_attributes)) {}

    /// `nodes` sorted. Fails when rows cannot be read.
    Result<void> decide(std::span<const Node> nodes, MirrorTexts& texts, IdentityStore& rows);
    /// Guards, then names; appends what goes through to the plan, and what does not to `errors` and its
    /// holds.
    Result<void> settle(Plan& plan, std::vector<EntityError>& errors, IdentityStore& rows);

    /// Objects that would be removed, or leave the scope, but are held: their memberships stay.
    const boost::unordered_flat_set<Node>& held_removals() const noexcept { return held_removals_; }
    /// Of these, those that an edit of the scope would let leave (semantics 2.10).
    const std::vector<HeldObject>& scope_edits() const noexcept { return scope_edits_; }
    /// Users whose status is only put back to what it had been: no guard counts them.
    const GuidSet& put_back() const noexcept { return put_back_; }
    /// Groups out of scope whose clock has run out.
    const std::vector<Node>& overdue() const noexcept { return overdue_; }
    /// After `settle`: whether a stored row of the node stays.
    bool keeps_row(Node node) const {
        return Traits::is_stored(in_.stored, node) && !removed_.contains(node);
    }

private:
    void decide_one(Node node, const std::optional<MirrorRow>& entry, bool is_in, std::string_view attributes,
                    bool is_fresh, const Row* stored, RowId id);
    void keep_given_up();
    void guard_removals(Plan& plan);
    void guard_updates(Plan& plan);
    Result<void> guard_targets(Plan& plan, IdentityStore& rows);
    bool is_suspect(const std::string& name) const;
    void keep_unmappable(const Row& stored, Row& wanted) const;
    bool is_held_by_edit(const Row& stored, bool leaves) const;
    Result<void> judge_names(int slot, std::vector<EntityError>& errors, IdentityStore& rows);
    Reason reason_of_deletion(const std::optional<MirrorRow>& entry) const;
    bool is_held_by_revert(Change& change, const std::optional<MirrorRow>& entry, bool whole);

    const PlanInputs& in_;
    const Guards& guards_;
    UndoneChanges& undone_;
    std::vector<Change> drafts_;
    std::vector<EntityError> errors_;
    boost::unordered_flat_set<Node> held_removals_;
    std::vector<HeldObject> scope_edits_;
    boost::unordered_flat_set<Node> removed_;
    std::vector<Node> overdue_;
    std::vector<std::string> unmappable_;  ///< targets that keep what the store has
    GuidSet put_back_;                     ///< users whose status is only put back
};

bool is_kept_out_by_edit(const PlanInputs& in, const Guards& guards, const HeldObject& object);

using UserDrafts = RowDrafts<UserTraits>;
using GroupDrafts = RowDrafts<GroupTraits>;

/// Memberships of the subject's users, compared with the stored ones.
class MembershipDrafts {
public:
    MembershipDrafts(const PlanInputs& in, const Guards& guards, UndoneChanges& undone, const Plan& plan,
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

    const PlanInputs& in_;
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
