#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "model/seams/admin_store.hpp"

namespace dirsync::admin {

/// Attributes of a user that an admin gives; one that is not given stays as it is.
struct UserFields {
    std::optional<std::string> user_name;
    std::optional<std::string> display_name;  ///< empty: the userName
    std::optional<std::string> given_name;
    std::optional<std::string> family_name;
    std::optional<std::string> middle_name;
    std::optional<std::string> email;
    std::optional<sync::Status> status;
};

/// ENABLED or DISABLED, in any case.
std::optional<sync::Status> parsed_status(std::string_view text);

struct GroupFields {
    std::optional<std::string> display_name;
    std::optional<std::string> description;
};

// What is called `name` or `user`, `group` is a name (userName, displayName, of a permission set its name),
// an id or an externalId, looked up in that order.

struct CreateUser {
    UserFields fields;
};
struct UpdateUser {
    std::string name;
    UserFields fields;
};
/// Creates the user of this userName, or updates it: a line of an import.
struct PutUser {
    UserFields fields;
};
/// Its memberships go with it, its assignments become dangling.
struct DeleteUser {
    std::string name;
};

struct CreateGroup {
    GroupFields fields;
};
struct UpdateGroup {
    std::string name;
    GroupFields fields;
};
/// Creates the group of this displayName, or updates it, and adds members; removes none.
struct PutGroup {
    GroupFields fields;
    std::vector<std::string> members;
};
struct DeleteGroup {
    std::string name;
};
struct SetMember {
    std::string group;
    std::string user;
    bool is_member = true;
};

struct CreatePermissionSet {
    std::string name;
    std::string description;
};
struct DeletePermissionSet {
    std::string name;
    bool with_assignments = false;  ///< else refused when there are any
};

/// Twice is once.
struct CreateAssignment {
    sync::PrincipalType type = sync::PrincipalType::user;
    std::string principal;
    std::string permission_set;
    std::string target;
};
struct DeleteAssignment {
    std::string id;
};
/// A line of an export: the principal is matched by externalId first, then by name. No match is reported, not
/// refused.
struct ImportAssignment {
    sync::PrincipalType type = sync::PrincipalType::user;
    std::string external_id;
    std::string principal;
    std::string permission_set;
    std::string target;
    bool was_dangling = false;            ///< matches nothing: its principal was gone when it was exported
    bool creates_permission_set = false;  ///< else a missing one is refused
};

/// A line of an import that is none, and why: refused with this.
struct Malformed {
    std::string message;
};

struct Edit {
    std::string place;  ///< `users.csv:7`, in front of what is said of it; empty: a command
    std::variant<CreateUser, UpdateUser, PutUser, DeleteUser, CreateGroup, UpdateGroup, PutGroup, DeleteGroup,
                 SetMember, CreatePermissionSet, DeletePermissionSet, CreateAssignment, DeleteAssignment,
                 ImportAssignment, Malformed>
        what;
};

/// True for edits of users, groups and memberships: only the built-in directory takes them.
bool is_of_the_directory(const Edit& edit) noexcept;

}  // namespace dirsync::admin
