#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/rows.hpp"

namespace dirsync::sync {

enum class Action : std::uint8_t { create, update, remove };

/// Why a row changes: constant words, shown in plans and kept in the journal.
enum class Reason : std::uint8_t {
    entered_scope,       ///< "in scope"
    changed,             ///< "changed in the directory"
    mapping_changed,     ///< "the mapping changed"
    disabled_in_source,  ///< "disabled in the directory"
    expired_in_source,   ///< "expired in the directory"
    enabled_in_source,   ///< "enabled in the directory"
    left_scope,          ///< "left the scope"
    back_in_scope,       ///< "back in scope"
    clock_ran_out,       ///< "out of scope for too long"
    deleted_in_source,   ///< "deleted in the directory"
    unproven_deletion,   ///< "absent from every read for too long"
    not_visible,         ///< "not visible in the directory: held"
    visible_again,       ///< "visible in the directory again"
    member_added,        ///< "member in the directory"
    member_removed,      ///< "no longer a member in the directory"
    paused_too_long,     ///< "paused for too long"
    by_admin,            ///< "by an admin"
    source_changed,      ///< "the identity source changed"
    restored,            ///< "restored from a snapshot"
    reverted,            ///< "a run was reverted"
    excluded_by_scope,   ///< "excluded by the scope"
    nested_group_gone,   ///< "a nested group was removed"
};
std::string_view text_of(Reason reason) noexcept;

struct UserChange {
    Action action = Action::create;
    Node node = no_node;
    RowId id;
    UserRow before;  ///< meaningful unless `create`
    UserRow after;   ///< meaningful unless `remove`
    Reason reason = Reason::changed;
};

/// What the guards of semantics 5.3 call a disabled and a renamed user.
inline bool disables(const UserChange& change) noexcept {
    return change.action == Action::update && change.before.status == Status::enabled &&
           change.after.status == Status::disabled;
}
/// Lets in: a user who was kept out may log in again (semantics 5.14).
inline bool enables(const UserChange& change) noexcept {
    return change.action == Action::update && change.before.status == Status::disabled &&
           change.after.status == Status::enabled;
}
inline bool renames(const UserChange& change) noexcept {
    return change.action == Action::update && change.before.user_name != change.after.user_name;
}

struct GroupChange {
    Action action = Action::create;
    Node node = no_node;
    RowId id;
    GroupRow before;
    GroupRow after;
    Reason reason = Reason::changed;
};

/// One membership of a store group. The names are those after the plan (for removals of a removed
/// user: before it), ready for the journal.
struct MembershipChange {
    Node group = no_node;
    Node user = no_node;
    bool add = true;
    Reason reason = Reason::member_added;
};

/// Code of what could not even be decoded.
inline constexpr std::string_view malformed_entry = "MalformedEntry";

/// A user or group that breaks a rule and is skipped (semantics 3.4). Replaces what the store lists for
/// the same object; `code` empty means: the object is fine now, drop its line.
struct EntityError {
    ObjectGuid external_id;
    std::string sid;
    bool is_group = false;
    std::string name;
    std::string code;  ///< ConflictError | MissingAttribute | InvalidValue | MalformedEntry
    std::string message;
    bool operator==(const EntityError&) const = default;
};

/// What a guard or a missing proof holds back. `absent` are objects that a complete read lacks and that
/// no look-up could prove deleted (5.2). Ids of holds derive from the numbers: new classes go to the end.
enum class HoldClass : std::uint8_t {
    absent,
    remove_users,
    disable_users,
    remove_groups,
    remove_memberships,
    rename_users,
    remove_members_of_group,
    reverted,         ///< an admin reverted this very change; any kind of object
    enable_users,     ///< 5.14
    clear_attribute,  ///< the same target emptied or changed on many (5.14)
    scope_edit,       ///< would leave the scope by an edit while an entry names nothing (2.10)
};
inline constexpr std::size_t hold_classes = static_cast<std::size_t>(HoldClass::scope_edit) + 1;

/// Whether each group, or each target, has a limit, a window and holds of its own; what it is stands first in
/// the held objects.
constexpr bool is_counted_apart(HoldClass hold) noexcept {
    return hold == HoldClass::remove_members_of_group || hold == HoldClass::clear_attribute;
}
std::string_view text_of(HoldClass hold) noexcept;

/// The objects of a hold, sorted: users or groups by `first`; memberships as (group, user); values of a
/// target as (`target_guid`, user or group).
using HeldObject = std::pair<ObjectGuid, ObjectGuid>;

struct Hold {
    std::string id;  ///< derived from class and objects alone: the same set, the same id (5.3)
    HoldClass hold = HoldClass::absent;
    std::vector<HeldObject> objects;
    std::string limit;                ///< "500 or 10%", or why there is none
    std::vector<std::string> sample;  ///< at most ten names
    Time since{};  ///< when the first of them was held; stays while the set grows or shrinks
};

/// Changes of a guarded class that went through in one run without an approval.
struct GuardCount {
    HoldClass hold = HoldClass::absent;
    ObjectGuid group;  ///< of a class that `is_counted_apart`: the group or the target; else nil
    Time at{};
    std::uint64_t count = 0;
    bool operator==(const GuardCount&) const = default;
};

/// What a run means for the guards of later ones (semantics 5.3). Applied in this order.
struct GuardTally {
    std::vector<std::pair<HoldClass, ObjectGuid>> restarted;  ///< an admin approved: nothing counts any more
    Time forget_until = Time::min();  ///< counts up to here concern no window any more
    std::vector<GuardCount> passed;
    Time forget_after = Time::max();  ///< counts behind this lie in the future: a clock was wrong
    bool changes_nothing() const noexcept { return restarted.empty() && passed.empty(); }
};

/// Objects that an admin approved for one class; covers these and no others (5.3).
struct Approval {
    std::string hold_id;
    HoldClass hold = HoldClass::absent;
    std::vector<HeldObject> objects;
    std::string actor = {};  ///< who gave it
    std::string note = {};   ///< and why
};

/// A change that an admin undid (semantics 5.10): it is held, not made again, as long as the directory asks
/// for it.
struct Reverted {
    HeldObject object;
    Action action = Action::remove;  ///< what was undone; of a membership: create or remove
    std::string undone;  ///< of an update: the columns with the values that must not come back, as JSON
    bool operator==(const Reverted&) const = default;
};

/// Everything the next commit writes to the identity store, and what it holds back. Values only.
/// Order of application that never trips: membership removals, group and user removals, updates (names
/// may swap: the store parks keys), creates, membership additions.
struct Plan {
    std::vector<UserChange> users;
    std::vector<GroupChange> groups;
    std::vector<MembershipChange> memberships;
    std::vector<EntityError> errors;  ///< only what differs from the store
    std::vector<Hold> holds;          ///< all that are in force after this plan

    bool writes_nothing() const noexcept {
        return users.empty() && groups.empty() && memberships.empty() && errors.empty();
    }
};

}  // namespace dirsync::sync
