#include "api/admin_json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "api/record_json.hpp"
#include "core/exit_code.hpp"

namespace dirsync::api {
namespace {

namespace json = boost::json;

json::object object_of(const sync::ListedAssignment& listed) {
    json::object object;
    object["assignment_id"] = to_text(listed.assignment.id);
    object["principal_type"] = text_of(listed.assignment.principal_type).data();
    object["principal_id"] = to_text(listed.assignment.principal);
    object["principal_name"] =
        listed.principal_name.empty() ? json::value(nullptr) : json::value(listed.principal_name);
    object["permission_set_id"] = to_text(listed.assignment.permission_set);
    object["permission_set"] = listed.permission_set_name;
    object["target"] = listed.assignment.target;
    object["dangling"] = listed.dangling ? 1 : 0;
    return object;
}

json::array texts_of(const std::vector<admin::Problem>& problems) {
    json::array array;
    for (const auto& problem : problems) array.emplace_back(admin::to_text(problem));
    return array;
}

}  // namespace

std::string json_of(const admin::Decision& decision, bool dry_run) {
    json::object object;
    object["created"] = decision.created;
    object["updated"] = decision.updated;
    object["removed"] = decision.removed;
    object["unchanged"] = decision.unchanged;
    object["problems"] = texts_of(decision.problems);
    object["unmatched"] = texts_of(decision.unmatched);
    object["dry_run"] = dry_run;
    if (dry_run) object["changes"] = array_of(decision.lines);
    object["exit_code"] = dry_run && !decision.lines.empty() ? exit_changes : 0;
    return json::serialize(object);
}

std::string json_of(const std::vector<sync::ListedAssignment>& assignments) {
    json::array array;
    for (const auto& listed : assignments) array.push_back(object_of(listed));
    return json::serialize(array);
}

std::string json_of(const std::vector<admin::EffectiveAssignment>& assignments) {
    json::array array;
    for (const auto& one : assignments) {
        json::object object = object_of(one.listed);
        object["path"] = json::array(one.path.begin(), one.path.end());
        array.push_back(std::move(object));
    }
    return json::serialize(array);
}

}  // namespace dirsync::api
