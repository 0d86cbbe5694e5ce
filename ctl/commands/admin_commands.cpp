#include "ctl/commands/admin_commands.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "api/messages/edits.hpp"
#include "ctl/commands/export_file.hpp"
#include "ctl/names.hpp"
#include "ctl/terminal.hpp"
#include "ctl/text/admin_format.hpp"
#include "ctl/text/format.hpp"
#include "ctl/text/table_text.hpp"

namespace dirsync::ctl {
namespace {

messages::Attribute given(const std::optional<std::string>& value) {
    messages::Attribute attribute;
    if (value) attribute.value = value;
    return attribute;
}

messages::UserEdit user_edit(const Arguments& arguments) {
    messages::UserEdit edit;
    edit.user_name = given(arguments.user_name);
    edit.email = given(arguments.email);
    edit.display_name = given(arguments.display_name);
    edit.given_name = given(arguments.given_name);
    edit.family_name = given(arguments.family_name);
    edit.middle_name = given(arguments.middle_name);
    return edit;
}

messages::GroupEdit group_edit(const Arguments& arguments) {
    return {given(arguments.display_name), given(arguments.description)};
}

std::string path_of(std::string_view kind, const std::string& name) {
    return fmt::format("/v1/{}/{}", kind, percent_encoded(name));
}

/// Sends an edit; the answer is an `Edited`.
template <class Edited>
int edit(const Arguments& arguments, std::string_view method, const std::string& target,
         const std::string& body, std::string_view verb) {
    return send(arguments, method, target, body, [&](std::string_view answer, Width width) {
        return edited_text<Edited>(answer, verb, width);
    });
}

/// Asks on a terminal, unless --yes is given; a script is not asked.
int remove(const Arguments& arguments, const std::string& path, std::string_view kind) {
    const bool asks = !arguments.yes && Terminal::is_there();
    if (asks && !says_yes(fmt::format("Delete {} {}?", kind, safe_output(arguments.name, false))))
        return complain("nothing was deleted", exit_waits);
    return send(arguments, "DELETE", path, "", [&](std::string_view answer, Width width) {
        return deleted_text(answer, kind, arguments.name, width);
    });
}

template <class Edited, class Message>
int update(const Arguments& arguments, const std::string& path, const Message& message,
           std::string_view kind) {
    const std::string body = messages::text_of(message);
    if (body == messages::text_of(Message())) {
        return complain(fmt::format("no change was given: see 'dirsyncctl help {} update'", kind),
                        exit_usage);
    }
    return edit<Edited>(arguments, "PATCH", path, body, "updated");
}

int set_status(const Arguments& arguments, const std::string& status, std::string_view verb) {
    messages::UserEdit message;
    message.status = given(status);
    return edit<messages::EditedUser>(arguments, "PATCH", path_of("users", arguments.name),
                                      messages::text_of(message), verb);
}

int set_member(const Arguments& arguments, bool is_member) {
    const std::string path =
        path_of("groups", arguments.name) + "/members/" + percent_encoded(arguments.member);
    const std::string done = fmt::format("{} {}", safe_output(arguments.member, false),
                                         is_member ? "is now a member" : "is no longer a member");
    return edit<messages::EditedGroup>(arguments, is_member ? "PUT" : "DELETE", path, "", done);
}

/// All there is to read; nullopt with errno: it cannot be read. Not a stream: those throw for a folder.
std::optional<std::string> content_of(std::FILE* file) {
    std::string text;
    std::array<char, 65536> buffer;
    while (const std::size_t size = std::fread(buffer.data(), 1, buffer.size(), file))
        text.append(buffer.data(), size);
    return std::ferror(file) != 0 ? std::nullopt : std::optional(std::move(text));
}

std::optional<std::string> content_of(const std::string& path) {
    if (path == "-") return content_of(stdin);
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"), &std::fclose);
    return file ? content_of(file.get()) : std::nullopt;
}

int import(const Arguments& arguments, std::string_view kind) {
    const auto text = content_of(arguments.file);
    if (!text)
        return complain(fmt::format("cannot read {}: {}", arguments.file, std::strerror(errno)), exit_usage);
    std::string target = fmt::format("/v1/{}/import?file={}", kind,
                                     arguments.file == "-" ? "stdin" : percent_encoded(arguments.file));
    if (!arguments.format.empty()) target += "&format=" + arguments.format;
    if (arguments.dry_run) target += "&dry_run=true";
    if (arguments.skip_bad) target += "&skip_bad=true";
    if (arguments.create_permission_sets) target += "&create_permission_sets=true";
    const auto answer = call(arguments.socket, "POST", target, *text);
    if (!answer) return fail(answer.error());
    if (answer->ok()) std::fputs(left_out_text(answer->body).c_str(), stderr);
    return print(arguments, *answer, import_text, exit_code_of(answer->body, 0));
}

int export_assignments(Arguments& arguments) {
    const auto answer = call(arguments.socket, "GET", "/v1/assignments/export");
    return answer ? write_export(arguments, *answer) : fail(answer.error());
}

/// The id of the user or group that a principal's name means. If it means none, the name itself, so that the
/// daemon refuses it.
Result<std::optional<std::string>> principal(const Arguments& arguments,
                                             const std::optional<std::string>& name, std::string_view kind) {
    if (!name || name->empty()) return name;
    const auto match = meant(arguments.socket, *name, kind);
    if (!match) return match.error();
    return *match ? std::optional((*match)->object_id) : name;
}

int create_assignment(Arguments& arguments) {
    const auto user = principal(arguments, arguments.user, "user");
    const auto group = user ? principal(arguments, arguments.group, "group") : user;
    if (!group) {
        const Error& why = group.error();
        return why.code() == ErrorCode::refused ? complain(why.message(), exit_usage) : fail(why);
    }
    messages::AssignmentEdit message;
    message.user = given(*user);
    message.group = given(*group);
    message.permission_set = given(arguments.permission_set);
    message.target = given(arguments.target);
    return edit<messages::EditedAssignment>(arguments, "POST", "/v1/assignments", messages::text_of(message),
                                            "created");
}

/// The assignments of a user. The first line says when the user is disabled: applications must not honour the
/// assignments then.
int list_effective(const Arguments& arguments, const std::string& name) {
    int code = 0;
    const auto path = [](const std::string& user) { return path_of("users", user); };
    const auto found = answer_about(arguments, name, "user", path, code);
    if (!found) return code;
    const auto user = found->ok() ? messages::read_answer<messages::User>(found->body) : std::nullopt;
    if (!user) return print(arguments, *found, object_text, 0);
    const Format format = [&user](std::string_view answer, Width width) {
        return effective_text(answer, *user, width);
    };
    return get(arguments, "/v1/assignments?effective=" + percent_encoded(user->user_id), format);
}

int list_assignments(Arguments& arguments) {
    if (arguments.effective) return list_effective(arguments, *arguments.effective);
    return get(arguments, "/v1/assignments", assignments_text);
}

int list_permission_sets(Arguments& arguments) {
    return get(arguments, "/v1/permission-sets", [](std::string_view answer, Width width) {
        using messages::PermissionSet;
        const auto shown_columns = columns<PermissionSet>(&PermissionSet::name, &PermissionSet::description,
                                                          &PermissionSet::permission_set_id);
        return list_text(answer, shown_columns, "permission sets", width);
    });
}

Parameter named(const char* name, const char* value, const char* help) {
    return {name, value, help, &Arguments::name, Need::required};
}

Parameter described(const char* help) { return {"--description", "D", help, &Arguments::description}; }

std::vector<Parameter> with_user_attributes(std::vector<Parameter> parameters) {
    const Parameter attributes[] = {
        {"--email", "E", "E-mail address", &Arguments::email},
        {"--display-name", "D", "Name to show; default: the userName", &Arguments::display_name},
        {"--given-name", "G", "Given name", &Arguments::given_name},
        {"--family-name", "F", "Family name", &Arguments::family_name},
        {"--middle-name", "M", "Middle name", &Arguments::middle_name},
    };
    parameters.insert(parameters.end(), std::begin(attributes), std::end(attributes));
    return parameters;
}

std::vector<Parameter> import_parameters() {
    return {
        json_parameter,
        {"file", "FILE", "File to read; - reads standard input", &Arguments::file, Need::required},
        {"--format",
         "FORMAT",
         "csv or jsonl; default: according to the name of the file",
         &Arguments::format,
         Need::none,
         {"csv", "jsonl"}},
        {"--dry-run", "", "Show what would be written; write nothing", &Arguments::dry_run},
        {"--skip-bad", "", "Write the good lines even if others are bad", &Arguments::skip_bad},
    };
}

std::vector<Command> user_commands() {
    const Parameter user = named("user", "USER", "userName or id");
    return {
        {"user create", "Create a user",
         with_user_attributes(
             {json_parameter, named("username", "USERNAME", "userName: unique, no white space")}),
         [](Arguments& arguments) {
             arguments.user_name = arguments.name;
             return edit<messages::EditedUser>(arguments, "POST", "/v1/users",
                                               messages::text_of(user_edit(arguments)), "created");
         }},
        {"user update", "Change a user; an empty value clears an attribute",
         with_user_attributes(
             {json_parameter,
              user,
              {"--user-name", "USERNAME", "New userName; the id stays", &Arguments::user_name}}),
         [](Arguments& arguments) {
             return update<messages::EditedUser>(arguments, path_of("users", arguments.name),
                                                 user_edit(arguments), "user");
         }},
        {"user delete",
         "Delete a user and their memberships; assignments stay, dangling",
         {json_parameter, user, yes_parameter},
         [](Arguments& arguments) { return remove(arguments, path_of("users", arguments.name), "user"); }},
        {"user enable",
         "Enable a user",
         {json_parameter, user},
         [](Arguments& arguments) { return set_status(arguments, "ENABLED", "enabled"); }},
        {"user disable",
         "Disable a user",
         {json_parameter, user},
         [](Arguments& arguments) { return set_status(arguments, "DISABLED", "disabled"); }},
        {"user import", "Create and update users from CSV or JSON Lines", import_parameters(),
         [](Arguments& arguments) { return import(arguments, "users"); }},
    };
}

std::vector<Command> group_commands() {
    const Parameter group = named("group", "GROUP", "Name or id of the group");
    const Parameter user{"username", "USERNAME", "userName or id of the user", &Arguments::member,
                         Need::required};
    return {
        {"group create",
         "Create a group",
         {json_parameter, named("name", "NAME", "Name of the group: unique"), described("What it is for")},
         [](Arguments& arguments) {
             arguments.display_name = arguments.name;
             return edit<messages::EditedGroup>(arguments, "POST", "/v1/groups",
                                                messages::text_of(group_edit(arguments)), "created");
         }},
        {"group update",
         "Change a group; an empty value clears an attribute",
         {json_parameter,
          group,
          {"--name", "NAME", "New name; the id stays", &Arguments::display_name},
          described("What it is for")},
         [](Arguments& arguments) {
             return update<messages::EditedGroup>(arguments, path_of("groups", arguments.name),
                                                  group_edit(arguments), "group");
         }},
        {"group delete",
         "Delete a group and its memberships; assignments stay, dangling",
         {json_parameter, group, yes_parameter},
         [](Arguments& arguments) { return remove(arguments, path_of("groups", arguments.name), "group"); }},
        {"group add-member",
         "Make a user a member",
         {json_parameter, group, user},
         [](Arguments& arguments) { return set_member(arguments, true); }},
        {"group remove-member",
         "End a membership",
         {json_parameter, group, user},
         [](Arguments& arguments) { return set_member(arguments, false); }},
        {"group import", "Create and update groups, and add members, from CSV or JSON Lines",
         import_parameters(), [](Arguments& arguments) { return import(arguments, "groups"); }},
    };
}

std::vector<Command> permission_set_commands() {
    return {
        {"permission-set create",
         "Create a permission set",
         {json_parameter, named("name", "NAME", "Name: unique"), described("What it permits")},
         [](Arguments& arguments) {
             const messages::PermissionSetEdit message{given(arguments.name), given(arguments.description)};
             return edit<messages::EditedPermissionSet>(arguments, "POST", "/v1/permission-sets",
                                                        messages::text_of(message), "created");
         }},
        {"permission-set list", "List all permission sets", {json_parameter}, &list_permission_sets},
        {"permission-set delete",
         "Delete a permission set",
         {json_parameter,
          named("name", "NAME", "Name or id"),
          yes_parameter,
          {"--force", "", "Delete its assignments as well", &Arguments::force}},
         [](Arguments& arguments) {
             const std::string path =
                 path_of("permission-sets", arguments.name) + (arguments.force ? "?force=true" : "");
             return remove(arguments, path, "permission set");
         }},
    };
}

std::vector<Command> assignment_commands() {
    auto importing = import_parameters();
    importing.push_back({"--create-permission-sets", "", "Create missing permission sets that the file names",
                         &Arguments::create_permission_sets});
    return {
        {"assignment create",
         "Give a permission set to a user or group",
         {json_parameter,
          {"--user", "U", "Name, with or without its domain, e-mail, displayName or id", &Arguments::user,
           Need::one_of},
          {"--group", "G", "Name of a group, with or without its domain, or id", &Arguments::group,
           Need::one_of},
          {"--permission-set", "P", "Name or id", &Arguments::permission_set, Need::required},
          {"--target", "T", "What it is for: an account, an application", &Arguments::target,
           Need::required}},
         &create_assignment},
        {"assignment list",
         "List all assignments, also those whose user or group is gone",
         {json_parameter,
          {"--effective", "USER", "Only what this user has, directly and through groups",
           &Arguments::effective}},
         &list_assignments},
        {"assignment delete",
         "Take an assignment away",
         {json_parameter, named("id", "ID", "Id of the assignment, from 'assignment list'"), yes_parameter},
         [](Arguments& arguments) {
             return remove(arguments, path_of("assignments", arguments.name), "assignment");
         }},
        {"assignment export",
         "Write all assignments as JSON Lines",
         {export_file_parameter(), export_force_parameter()},
         &export_assignments},
        {"assignment import",
         "Create the assignments of an export, matching users and groups by externalId, then by name",
         std::move(importing), [](Arguments& arguments) { return import(arguments, "assignments"); }},
    };
}

}  // namespace

std::vector<Command> admin_commands() {
    std::vector<Command> all;
    for (auto part : {user_commands(), group_commands(), permission_set_commands(), assignment_commands()})
        std::move(part.begin(), part.end(), std::back_inserter(all));
    return all;
}

}  // namespace dirsync::ctl
