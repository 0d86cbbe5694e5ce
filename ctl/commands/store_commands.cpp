#include "ctl/commands/store_commands.hpp"

#include <fmt/format.h>

#include "api/messages/rows.hpp"
#include "ctl/names.hpp"
#include "ctl/text/format.hpp"
#include "ctl/text/table_text.hpp"

namespace dirsync::ctl {
namespace {

/// More rows than a store can have: the whole list comes as one answer.
constexpr long long no_limit = 1LL << 32;

using messages::EntityError;
using messages::Group;
using messages::User;

const std::vector<Column<User>>& user_columns() {
    static const auto all =
        columns<User>(&User::user_name, &User::display_name, &User::email, &User::status, &User::scope);
    return all;
}

std::string with_limit(const std::string& target, const Arguments& arguments) {
    return fmt::format("{}?limit={}", target, arguments.limit < 0 ? no_limit : arguments.limit);
}

/// The rows of a list, for a person in the order of the first column.
template <class Message>
int list(const Arguments& arguments, const std::string& target, std::string_view what,
         const std::vector<Column<Message>>& shown_columns) {
    const Format format = [&](std::string_view json, Width width) {
        return list_text(json, shown_columns, what, width);
    };
    return get(arguments, with_limit(target, arguments), format);
}

int list_errors(Arguments& arguments) {
    return list(arguments, "/v1/errors", "errors",
                columns<EntityError>(&EntityError::object_type, &EntityError::name, &EntityError::code,
                                     &EntityError::message, &EntityError::since));
}

int list_groups(Arguments& arguments) {
    return list(arguments, "/v1/groups", "groups",
                columns<Group>(&Group::display_name, &Group::description, &Group::scope));
}

/// `kind`: `user` or `group`.
int show(const Arguments& arguments, const std::string& kind) {
    int code = 0;
    const auto path = [&kind](const std::string& name) {
        return fmt::format("/v1/{}s/{}", kind, percent_encoded(name));
    };
    const auto answer = answer_about(arguments, arguments.name, kind, path, code);
    return answer ? print(arguments, *answer, object_text, 0) : code;
}

int explain(Arguments& arguments) {
    int code = 0;
    const auto target = [](const std::string& name) { return "/v1/explain?name=" + percent_encoded(name); };
    const auto answer = answer_about(arguments, arguments.name, "", target, code);
    return answer ? print(arguments, *answer, explain_text, 0) : code;
}

int members(Arguments& arguments) {
    int code = 0;
    const auto target = [&arguments](const std::string& name) {
        return with_limit(fmt::format("/v1/groups/{}/members", percent_encoded(name)), arguments);
    };
    const auto answer = answer_about(arguments, arguments.name, "group", target, code);
    if (!answer) return code;
    const Format format = [](std::string_view json, Width width) {
        return list_text(json, user_columns(), "members", width);
    };
    return print(arguments, *answer, format, 0);
}

Parameter named(const std::string& help) { return {"name", "NAME", help, &Arguments::name, Need::required}; }

}  // namespace

std::vector<Command> store_commands() {
    return {
        {"errors",
         "The users and groups that are skipped, and why",
         {json_parameter, limit_parameter},
         &list_errors},
        {"explain",
         "Why a user or group is in the store or not, and where each attribute comes from",
         {json_parameter,
          named("Name, sAMAccountName@domain, DOMAIN\\name, DN or GUID; for what is in the store also "
                "e-mail or displayName")},
         &explain},
        {"users list",
         "List all users",
         {json_parameter, limit_parameter},
         [](Arguments& arguments) { return list(arguments, "/v1/users", "users", user_columns()); }},
        {"users show",
         "Show one user",
         {json_parameter, named("Name, with or without its domain, e-mail, displayName or id")},
         [](Arguments& arguments) { return show(arguments, "user"); }},
        {"groups list", "List all groups", {json_parameter, limit_parameter}, &list_groups},
        {"groups show",
         "Show one group",
         {json_parameter, named("Name, with or without its domain, or id")},
         [](Arguments& arguments) { return show(arguments, "group"); }},
        {"groups members",
         "List the members of a group",
         {json_parameter, named("Name or id of the group")},
         &members},
    };
}

}  // namespace dirsync::ctl
