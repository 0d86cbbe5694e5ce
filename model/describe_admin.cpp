#include "model/describe_admin.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace dirsync::sync {
namespace {

namespace json = boost::json;

template <class Change>
ChangeLine line_of(const Change& change, ObjectType object_type, const RowId& id, std::string name,
                   const json::object& object) {
    ChangeLine line;
    line.action = change.action == Action::create ? LineAction::create : LineAction::remove;
    line.object_type = object_type;
    line.object_id = to_text(id);
    line.name = std::move(name);
    line.reason = text_of(change.reason);
    (change.action == Action::create ? line.after : line.before) = json::serialize(object);
    return line;
}

}  // namespace

std::string_view text_of(PrincipalType type) noexcept {
    return type == PrincipalType::user ? "USER" : "GROUP";
}

ChangeLine described(const PermissionSetChange& change) {
    json::object object;
    object["name"] = change.set.name;
    if (!change.set.description.empty()) object["description"] = change.set.description;
    return line_of(change, ObjectType::permission_set, change.set.id, change.set.name, object);
}

ChangeLine described(const AssignmentChange& change) {
    const Assignment& assignment = change.assignment;
    const std::string principal =
        change.principal_name.empty() ? to_text(assignment.principal) : change.principal_name;
    json::object object;
    object["principal_type"] = text_of(assignment.principal_type).data();
    object["principal_id"] = to_text(assignment.principal);
    object["principal_name"] = principal;
    object["permission_set_id"] = to_text(assignment.permission_set);
    object["permission_set_name"] = change.permission_set_name;
    object["target"] = assignment.target;
    return line_of(change, ObjectType::assignment, assignment.id,
                   principal + ": " + change.permission_set_name + " on " + assignment.target, object);
}

}  // namespace dirsync::sync
