#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "model/seams/identity_store.hpp"

namespace dirsync::sync {

struct PermissionSet {
    RowId id;
    std::string name;  ///< unique, compared as names are (semantics 3.5)
    std::string description;
    bool operator==(const PermissionSet&) const = default;
};

enum class PrincipalType : std::uint8_t { user, group };
/// "USER" or "GROUP".
std::string_view text_of(PrincipalType type) noexcept;

/// Who may do what where. Outlives its principal, and is dangling then (semantics 4.1). The three parts
/// behind the id are unique together.
struct Assignment {
    RowId id;
    PrincipalType principal_type = PrincipalType::user;
    RowId principal;
    RowId permission_set;
    std::string target;
    bool operator==(const Assignment&) const = default;
};

struct PermissionSetChange {
    Action action = Action::create;  ///< create or remove
    PermissionSet set;
    Reason reason = Reason::by_admin;
};

/// The names are for the journal.
struct AssignmentChange {
    Action action = Action::create;  ///< create or remove
    Assignment assignment;
    std::string principal_name;
    std::string permission_set_name;
    Reason reason = Reason::by_admin;
};

/// What an edit writes. Users and groups that it creates have nodes from `AdminFacts::next_node` on.
struct AdminPlan {
    Plan rows;
    std::vector<PermissionSetChange> permission_sets;
    std::vector<AssignmentChange> assignments;
    std::vector<std::pair<std::string, std::uint64_t>> counts;  ///< for the line of the run

    bool writes_nothing() const noexcept {
        return rows.writes_nothing() && permission_sets.empty() && assignments.empty();
    }
};

/// What an edit has to know of the store. Things that do not exist are no error.
struct AdminKeys {
    std::vector<NameKey> user_names;
    std::vector<NameKey> emails;
    std::vector<NameKey> group_names;
    std::vector<NameKey> permission_sets;
    std::vector<RowId> ids;                 ///< of users, groups, permission sets and assignments
    std::vector<std::string> external_ids;  ///< of users and groups, as they are spelt
    bool memberships = false;               ///< those of found users in found groups
    bool groups_of_users = false;           ///< the groups of found users are found as well
    bool assignments_of_principals = false;
    bool assignments_of_permission_sets = false;
};

/// Everything that was asked for, once each, and with every assignment its permission set and, unless it is
/// dangling, its principal.
struct AdminFacts {
    StateStamp state = 0;
    SourceRecord source;
    Node next_node = 0;
    std::vector<StoredUser> users;
    std::vector<StoredGroup> groups;
    std::vector<Edge> memberships;
    std::vector<PermissionSet> permission_sets;
    std::vector<Assignment> assignments;
};

/// An assignment as lists show it.
struct ListedAssignment {
    Assignment assignment;
    std::string principal_name;  ///< of a dangling one the last that the journal knows; empty: none
    std::string external_id;     ///< empty when the principal has none or is gone
    std::string permission_set_name;
    bool dangling = false;
};

/// What admins edit themselves: the users and groups of the built-in directory, permission sets and
/// assignments. A face of an IdentityStore, with its rules of calling.
class AdminStore {
public:
    virtual ~AdminStore() = default;

    virtual Result<AdminFacts> find(const AdminKeys& keys) = 0;

    /// Decides from the facts, inside the transaction that writes the outcome. Does not throw.
    using Decide = std::function<Result<AdminPlan>(const AdminFacts& facts)>;
    /// Writes what `decide` wants, its lines in the journal and `run` with the plan's counts; `run.ended` is
    /// the time of all its changes. Its error, or nothing to write: nothing is written, no run either.
    virtual Result<void> edit(const AdminKeys& keys, const Decide& decide, RunRecord run) = 0;

    /// All of them, by name of principal, permission set and target.
    virtual Result<std::vector<ListedAssignment>> assignments() = 0;
};

}  // namespace dirsync::sync
