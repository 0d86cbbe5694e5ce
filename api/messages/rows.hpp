#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe/class.hpp>
#include <boost/json/value.hpp>

#include "api/messages/json.hpp"

// Rows of the store, with the columns of their views in their order (docs/contract.md). Ids, times and words
// are strings, as the views have them.
namespace dirsync::messages {

struct User {
    std::string user_id;
    std::string user_name;
    std::string display_name;
    std::string given_name;
    std::string family_name;
    std::string middle_name;
    std::string email;
    std::string status;  ///< ENABLED | DISABLED
    std::string external_id;
    std::string sid;
    Named<std::string> attributes;
    std::string scope;  ///< in | out | held
    std::optional<std::string> out_since;
    std::string created_at;
    std::string updated_at;
    std::int64_t revision = 0;
};
BOOST_DESCRIBE_STRUCT(User, (),
                      (user_id, user_name, display_name, given_name, family_name, middle_name, email, status,
                       external_id, sid, attributes, scope, out_since, created_at, updated_at, revision))

struct Group {
    std::string group_id;
    std::string display_name;
    std::string description;
    std::string external_id;
    Named<std::string> attributes;
    std::string scope;
    std::optional<std::string> out_since;
    std::string created_at;
    std::string updated_at;
    std::int64_t revision = 0;
};
BOOST_DESCRIBE_STRUCT(Group, (),
                      (group_id, display_name, description, external_id, attributes, scope, out_since,
                       created_at, updated_at, revision))

struct PermissionSet {
    std::string permission_set_id;
    std::string name;
    std::string description;
};
BOOST_DESCRIBE_STRUCT(PermissionSet, (), (permission_set_id, name, description))

struct Assignment {
    std::string assignment_id;
    std::string principal_type;  ///< USER | GROUP
    std::string principal_id;
    std::string permission_set_id;
    std::string target;
    std::int64_t dangling = 0;  ///< 1: the principal is gone
};
BOOST_DESCRIBE_STRUCT(Assignment, (),
                      (assignment_id, principal_type, principal_id, permission_set_id, target, dangling))

/// An assignment with the names behind its ids.
struct ListedAssignment {
    std::string assignment_id;
    std::string principal_type;
    std::string principal_id;
    std::optional<std::string> principal_name;  ///< null when the principal is gone and its name is unknown
    std::string permission_set_id;
    std::string permission_set;
    std::string target;
    std::int64_t dangling = 0;
    /// Names from the principal down to the user; only where what a user has was asked for.
    Given<std::vector<std::string>> path;
};
BOOST_DESCRIBE_STRUCT(ListedAssignment, (),
                      (assignment_id, principal_type, principal_id, principal_name, permission_set_id,
                       permission_set, target, dangling, path))

struct Run {
    std::optional<std::string> run_id;  ///< null in the status while the id is not known
    std::optional<std::string> started_at;
    std::optional<std::string> ended_at;
    std::string kind;
    std::string trigger;
    std::string outcome;
    Named<std::uint64_t> counts;
    std::optional<std::string> error;
    std::optional<std::string> actor;
    std::optional<std::string> note;
    std::optional<std::string> hold_id;
};
BOOST_DESCRIBE_STRUCT(Run, (),
                      (run_id, started_at, ended_at, kind, trigger, outcome, counts, error, actor, note,
                       hold_id))

/// One change, of the journal or of a plan.
struct Change {
    std::string action;
    std::string object_type;
    std::string object_id;
    std::string name;
    boost::json::value before;  ///< an object of columns; null for what did not exist
    boost::json::value after;
    std::string reason;
};
BOOST_DESCRIBE_STRUCT(Change, (), (action, object_type, object_id, name, before, after, reason))

/// Where a change stands in the journal.
struct JournalPlace {
    std::uint64_t seq = 0;
    std::string run_id;
    std::string at;
};
BOOST_DESCRIBE_STRUCT(JournalPlace, (), (seq, run_id, at))

struct JournalLine : JournalPlace, Change {};
BOOST_DESCRIBE_STRUCT(JournalLine, (JournalPlace, Change), ())

/// One object that a hold keeps as it is.
struct HeldObject {
    std::string hold_id;
    std::string class_;
    std::string object_type;
    std::string object_id;
    std::string name;
    std::string since;
    std::string reason;
};
BOOST_DESCRIBE_STRUCT(HeldObject, (), (hold_id, class_, object_type, object_id, name, since, reason))

struct EntityError {
    std::string external_id;
    std::string sid;
    std::string object_type;
    std::string name;
    std::string code;
    std::string message;
    std::string since;
};
BOOST_DESCRIBE_STRUCT(EntityError, (), (external_id, sid, object_type, name, code, message, since))

struct Source {
    std::string type;
    std::string identity;  ///< the label
    std::string store_id;
    std::string since;
    std::string state;  ///< active | change_pending
};
BOOST_DESCRIBE_STRUCT(Source, (), (type, identity, store_id, since, state))

/// A row that a name means, or may mean.
struct NameMatch {
    std::string object_type;  ///< USER | GROUP
    std::string object_id;
    std::string external_id;
    std::string name;
    std::string display_name;
    std::string email;
};
BOOST_DESCRIBE_STRUCT(NameMatch, (), (object_type, object_id, external_id, name, display_name, email))

}  // namespace dirsync::messages
