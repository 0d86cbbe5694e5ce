#include "ctl/commands/store_commands.hpp"

#include <fmt/format.h>

#include "ctl/text/format.hpp"

namespace dirsync::ctl {
namespace {

const std::vector<std::string> user_columns{"user_name", "display_name", "email", "status", "scope"};
const std::vector<std::string> group_columns{"display_name", "description", "scope"};

/// All pages of a list, for a person in the order of the first column.
int list(const Arguments& arguments, const std::string& target, std::string_view what,
         const std::vector<std::string>& columns) {
    const std::size_t most = arguments.limit < 0 ? SIZE_MAX : static_cast<std::size_t>(arguments.limit);
    const auto answer = call_list(arguments.socket, target, most);
    if (!answer) return fail(answer.error());
    const Format format = [&](std::string_view json, Width width) {
        return list_text(json, columns, what, width);
    };
    return print(arguments, *answer, format, 0);
}

int show(const Arguments& arguments, const std::string& kind) {
    return get(arguments, fmt::format("/v1/{}/{}", kind, percent_encoded(arguments.name)), object_text);
}

int members(Arguments& arguments) {
    const std::string target = fmt::format("/v1/groups/{}/members", percent_encoded(arguments.name));
    return list(arguments, target, "members", user_columns);
}

Parameter named(const std::string& help) { return {"name", "NAME", help, &Arguments::name, Need::required}; }

}  // namespace

std::vector<Command> store_commands() {
    return {
        {"errors",
         "Users and groups that are skipped, and why",
         {json_parameter, limit_parameter},
         [](Arguments& arguments) {
             return list(arguments, "/v1/errors", "errors",
                         {"object_type", "name", "code", "message", "since"});
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
         [](Arguments& arguments) { return list(arguments, "/v1/users", "users", user_columns); }},
        {"users show",
         "One of them",
         {json_parameter, named("Name or id")},
         [](Arguments& arguments) { return show(arguments, "users"); }},
        {"groups list",
         "All of them",
         {json_parameter, limit_parameter},
         [](Arguments& arguments) { return list(arguments, "/v1/groups", "groups", group_columns); }},
        {"groups show",
         "One of them",
         {json_parameter, named("Name or id")},
         [](Arguments& arguments) { return show(arguments, "groups"); }},
        {"groups members", "Who is in a group", {json_parameter, named("Name or id of the group")}, &members},
    };
}

}  // namespace dirsync::ctl
