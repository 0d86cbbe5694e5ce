#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe/class.hpp>

#include "api/messages/json.hpp"
#include "api/messages/rows.hpp"

// What admins edit: users and groups of the built-in directory, permission sets, assignments.
namespace dirsync::messages {

/// A member that is left out stays as it is; null clears it.
using Attribute = Given<std::optional<std::string>>;

struct UserEdit {
    Attribute user_name;
    Attribute email;
    Attribute display_name;
    Attribute given_name;
    Attribute family_name;
    Attribute middle_name;
    Attribute status;
};
BOOST_DESCRIBE_STRUCT(UserEdit, (),
                      (user_name, email, display_name, given_name, family_name, middle_name, status))

struct GroupEdit {
    Attribute display_name;
    Attribute description;
};
BOOST_DESCRIBE_STRUCT(GroupEdit, (), (display_name, description))

struct PermissionSetEdit {
    Attribute name;
    Attribute description;
};
BOOST_DESCRIBE_STRUCT(PermissionSetEdit, (), (name, description))

/// One of `user` and `group` names the principal.
struct AssignmentEdit {
    Attribute user;
    Attribute group;
    Attribute permission_set;
    Attribute target;
};
BOOST_DESCRIBE_STRUCT(AssignmentEdit, (), (user, group, permission_set, target))

/// What an edit was about, as it is now. `changed` is false when it was so already.
struct Changed {
    bool changed = true;
};
BOOST_DESCRIBE_STRUCT(Changed, (), (changed))
struct EditedUser : User, Changed {};
BOOST_DESCRIBE_STRUCT(EditedUser, (User, Changed), ())
struct EditedGroup : Group, Changed {};
BOOST_DESCRIBE_STRUCT(EditedGroup, (Group, Changed), ())
struct EditedPermissionSet : PermissionSet, Changed {};
BOOST_DESCRIBE_STRUCT(EditedPermissionSet, (PermissionSet, Changed), ())
struct EditedAssignment : Assignment, Changed {};
BOOST_DESCRIBE_STRUCT(EditedAssignment, (Assignment, Changed), ())

struct Deleted {
    std::string deleted;  ///< id
};
BOOST_DESCRIBE_STRUCT(Deleted, (), (deleted))

struct ImportReport {
    std::uint64_t created = 0;
    std::uint64_t updated = 0;
    std::uint64_t removed = 0;
    std::uint64_t unchanged = 0;
    std::vector<std::string> problems;   ///< `users.csv:7: userName is empty`
    std::vector<std::string> unmatched;  ///< likewise
    bool dry_run = false;
    Given<std::vector<Change>> changes;  ///< of a dry run
    int exit_code = 0;
};
BOOST_DESCRIBE_STRUCT(ImportReport, (),
                      (created, updated, removed, unchanged, problems, unmatched, dry_run, changes,
                       exit_code))

}  // namespace dirsync::messages
