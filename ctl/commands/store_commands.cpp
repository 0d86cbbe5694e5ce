#include "ctl/commands/store_commands.hpp"

#include <fmt/format.h>

#include "ctl/text/format.hpp"

namespace dirsync::ctl {
namespace {

const std::vector<std::string> user_columns{"user_name", "display_name", "email", "status", "scope"};
const std::vector<std::string> group_columns{"display_name", "description", "scope"};

int list(const Arguments& arguments, const std::string& kind, const std::vector<std::string>& columns) {
    const std::string limit = arguments.limit < 0 ? "" : fmt::format("?limit={}", arguments.limit);
    return get(arguments, fmt::format("/v1/{}{}", kind, limit),
               [&](std::string_view json, Width width) { return list_text(json, columns, kind, width); });
}

int show(const Arguments& arguments, const std::string& kind) {
    return get(arguments, fmt::format("/v1/{}/{}", kind, percent_encoded(arguments.name)), object_text);
}

int members(Arguments& arguments) {
    const std::string target = fmt::format("/v1/groups/{}/members", percent_encoded(arguments.name));
    return get(arguments, target, [](std::string_view json, Width width) {
        return list_text(json, user_columns, "members", width);
    });
}

Parameter named(const std::string& help) { return {"name", "NAME", help, &Arguments::name, Need::required}; }

}  // namespace

std::vector<Command> store_commands() {
    return {
        {"errors",
         "Users and groups that are skipped, and why",
         {json_parameter, limit_parameter},
         [](Arguments& arguments) {
             return list(arguments, "errors", {"object_type", "name", "code", "message", "since"});
         }},
        {"explain",
         "Why somebody is in the store or not, and where each attribute comes from",
         {json_parameter, named("userName, group, sAMAccountName@domain, DOMAIN\\name, DN or GUID")},
         [](Arguments& arguments) {
             return get(arguments, "/v1/explain?name=" + percent_encoded(arguments.name), explain_text);
         }},
        {"users list",
         "All of them",
         {json_parameter, limit_parameter},
         [](Arguments& arguments) { return list(arguments, "users", user_columns); }},
        {"users show",
         "One of them",
         {json_parameter, named("Name or id")},
         [](Arguments& arguments) { return show(arguments, "users"); }},
        {"groups list",
         "All of them",
         {json_parameter, limit_parameter},
         [](Arguments& arguments) { return list(arguments, "groups", group_columns); }},
        {"groups show",
         "One of them",
         {json_parameter, named("Name or id")},
         [](Arguments& arguments) { return show(arguments, "groups"); }},
        {"groups members", "Who is in a group", {json_parameter, named("Name or id of the group")}, &members},
    };
}

}  // namespace dirsync::ctl
