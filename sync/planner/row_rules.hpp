#pragma once

#include <optional>
#include <span>
#include <vector>

#include "sync/planner/plan_basis.hpp"
#include "sync/row_traits.hpp"

namespace dirsync::sync {

/// Whether the object is not visible, or not readable, which is not out of the scope: no clock starts or runs
/// out on it (semantics 5.2). Users of a domain that is not read any more have left (1.2). A user who is seen
/// in another domain has not, even when the entry there cannot be read.
bool is_unread(const PlanBasis& in, const std::optional<MirrorRow>& entry);

/// The rules by which rows of users are planned.
struct UserRules : UserTraits {
    using Stored = StoredUser;
    using Desired = DesiredUser;
    static constexpr HoldClass remove_class = HoldClass::remove_users;

    static bool is_stored(const StoredIndex& stored, Node node) { return stored.has_user(node); }
    static Result<std::vector<Stored>> read(IdentityStore& rows, std::span<const Node> nodes) {
        return rows.users(nodes);
    }
    /// A link without a proof brings in no user whom the store does not have, and an account that a user had
    /// before a move brings nobody in whose present one cannot be read (semantics 5.14).
    static bool is_in(const PlanBasis& in, Node node) {
        const bool is_new = !in.stored.has_user(node);
        const bool is_out = is_new || in.stored.scope(node) == ScopeState::out;
        if (is_out && in.unread_movers.contains(node)) return false;
        return is_new ? in.letting_in().is_user_in(in.mirror, node, in.untold_links)
                      : in.view.is_user_in(in.mirror, node);
    }
    static DesiredUser desired(const PlanBasis& in, const MirrorRow& entry,
                               const AttributesView& attributes) {
        const Node node = entry.node;
        const auto stored = in.stored.has_user(node) ? std::optional(in.stored.status(node)) : std::nullopt;
        return in.mapper.user(entry, attributes, status_in_source(entry, in.clock, stored));
    }
    static std::optional<Row> out(const PlanBasis& in, const Row& stored,
                                  const std::optional<MirrorRow>& entry);
    static Row kept(const Row& stored, const Row& desired) { return kept_with_status(stored, desired); }
    /// Takes out of a change what it loses because another row has the name; false when nothing is left.
    static bool give_up(Change& draft, int slot);
    /// What is left of it, as the end of a sentence.
    static const char* cost_of(const Change& draft, int slot);
    static Reason reason_of_update(const PlanBasis& in, const Row& before, const Row& after,
                                   const std::optional<MirrorRow>& entry, bool is_fresh);
    static std::vector<Change>& changes(Plan& plan) { return plan.users; }
    static const GuardLimit& remove_limit(const SafetySettings& safety) { return safety.remove_users; }
    /// A removal that is held holds no disabling (semantics 5.3): when a user was to go because a clock ran
    /// out, the change becomes what the other clock asks for. False when that is nothing.
    static bool stays_disabled(const PlanBasis& in, Change& change);
    static std::uint64_t population(const StoredIndex& stored) { return stored.users(); }
    static std::vector<Node> all(const StoredIndex& stored) { return stored.all_users(); }
    static const std::vector<TargetMapping>& mapping(const Mapping& mapping) { return mapping.user; }
    /// The row of a user who would leave the scope and is held: as it was, but for the status, which the
    /// entry decides.
    static Row stays(const PlanBasis& in, const Row& stored, const std::optional<MirrorRow>& entry);
    /// Out of the scope as far as anybody can see, whatever the time is.
    static bool has_left(const PlanBasis& in, const std::optional<MirrorRow>& entry);
    /// Whether a newcomer may log in depends on which clock is right (semantics 5.13).
    static bool waits_for_time(const PlanBasis& in, const MirrorRow& entry);
};

/// The rules by which rows of groups are planned.
struct GroupRules : GroupTraits {
    using Stored = StoredGroup;
    using Desired = DesiredGroup;
    static constexpr HoldClass remove_class = HoldClass::remove_groups;

    static bool is_stored(const StoredIndex& stored, Node node) { return stored.has_group(node); }
    static Result<std::vector<Stored>> read(IdentityStore& rows, std::span<const Node> nodes) {
        return rows.groups(nodes);
    }
    static bool is_in(const PlanBasis& in, Node node) {
        const ScopeView& view = in.stored.has_group(node) ? in.view : in.letting_in();
        return view.is_reached(node) && in.mirror.exists(node) && !in.mirror.is_deleted(node);
    }
    static DesiredGroup desired(const PlanBasis& in, const MirrorRow& entry,
                                const AttributesView& attributes) {
        return in.mapper.group(entry, attributes);
    }
    static std::optional<Row> out(const PlanBasis& in, const Row& stored,
                                  const std::optional<MirrorRow>& entry);
    static Row kept(const Row& stored, const Row& desired);
    static bool give_up(Change& draft, int slot);
    static const char* cost_of(const Change& draft, int slot);
    static Reason reason_of_update(const PlanBasis& in, const Row& before, const Row& after,
                                   const std::optional<MirrorRow>& entry, bool is_fresh);
    static std::vector<Change>& changes(Plan& plan) { return plan.groups; }
    static const GuardLimit& remove_limit(const SafetySettings& safety) { return safety.remove_groups; }
    static bool stays_disabled(const PlanBasis&, const Change&) { return false; }
    static std::uint64_t population(const StoredIndex& stored) { return stored.groups(); }
    static std::vector<Node> all(const StoredIndex& stored) { return stored.all_groups(); }
    static const std::vector<TargetMapping>& mapping(const Mapping& mapping) { return mapping.group; }
    static Row stays(const PlanBasis&, const Row& stored, const std::optional<MirrorRow>&) { return stored; }
    static bool has_left(const PlanBasis& in, const std::optional<MirrorRow>& entry);
    static bool waits_for_time(const PlanBasis&, const MirrorRow&) { return false; }
};

}  // namespace dirsync::sync
