#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "api/asked.hpp"
#include "api/exports.hpp"
#include "api/lists.hpp"
#include "api/messages/edits.hpp"
#include "api/responses.hpp"
#include "api/routes.hpp"
#include "core/exit_code.hpp"
#include "core/text.hpp"

// Edits of the built-in directory, permission sets and assignments.
namespace dirsync::api {
namespace {

/// The value that an edit sets; null becomes the empty text. nullopt: the edit leaves the attribute alone.
std::optional<std::string> given(const messages::Attribute& attribute) {
    return attribute ? std::optional(attribute->value_or("")) : std::nullopt;
}

Result<std::string> required(const messages::Attribute& attribute, const std::string& name) {
    auto text = given(attribute);
    if (!text || text->empty()) return Error(ErrorCode::refused, "'" + name + "' is missing");
    return std::move(*text);
}

Result<admin::UserFields> fields_of(const messages::UserEdit& asked) {
    admin::UserFields fields;
    fields.user_name = given(asked.user_name);
    fields.display_name = given(asked.display_name);
    fields.given_name = given(asked.given_name);
    fields.family_name = given(asked.family_name);
    fields.middle_name = given(asked.middle_name);
    fields.email = given(asked.email);
    if (const auto status = given(asked.status)) {
        fields.status = admin::parsed_status(*status);
        if (!fields.status) return Error(ErrorCode::refused, "'status' must be ENABLED or DISABLED");
    }
    return fields;
}

admin::GroupFields fields_of(const messages::GroupEdit& asked) {
    return {given(asked.display_name), given(asked.description)};
}

Result<admin::CreatePermissionSet> edit_of(const messages::PermissionSetEdit& asked) {
    auto name = required(asked.name, "name");
    if (!name) return name.error();
    return admin::CreatePermissionSet{std::move(*name), given(asked.description).value_or("")};
}

Result<admin::CreateAssignment> edit_of(const messages::AssignmentEdit& asked) {
    admin::CreateAssignment edit;
    const auto user = given(asked.user);
    const auto group = given(asked.group);
    if (user.has_value() == group.has_value())
        return Error(ErrorCode::refused, "one of 'user' and 'group' must name the principal");
    auto permission_set = required(asked.permission_set, "permission_set");
    if (!permission_set) return permission_set.error();
    auto target = required(asked.target, "target");
    if (!target) return target.error();
    edit.type = user ? sync::PrincipalType::user : sync::PrincipalType::group;
    edit.principal = user ? *user : group.value_or("");
    edit.permission_set = std::move(*permission_set);
    edit.target = std::move(*target);
    return edit;
}

messages::ImportReport message_of(const admin::Decision& decision, bool dry_run) {
    messages::ImportReport message;
    message.created = decision.created;
    message.updated = decision.updated;
    message.removed = decision.removed;
    message.unchanged = decision.unchanged;
    for (const auto& problem : decision.problems) message.problems.push_back(admin::to_text(problem));
    for (const auto& problem : decision.unmatched) message.unmatched.push_back(admin::to_text(problem));
    message.dry_run = dry_run;
    if (dry_run) message.changes.value = messages_of(decision.lines);
    message.exit_code = dry_run && !decision.lines.empty() ? exit_changes : 0;
    return message;
}

/// The row that an edit was about, as it is now. A row that is gone leaves only `changed`.
struct RowAnswer {
    messages::Changed changed;

    std::string operator()(const std::monostate&) const { return messages::text_of(changed); }
    std::string operator()(const sync::UserRecord& row) const {
        return messages::text_of(messages::EditedUser{api::message_of(row), changed});
    }
    std::string operator()(const sync::GroupRecord& row) const {
        return messages::text_of(messages::EditedGroup{api::message_of(row), changed});
    }
    std::string operator()(const sync::PermissionSet& row) const {
        return messages::text_of(messages::EditedPermissionSet{api::message_of(row), changed});
    }
    std::string operator()(const sync::AssignmentRecord& row) const {
        return messages::text_of(messages::EditedAssignment{api::message_of(row), changed});
    }
};

/// A parameter that is `true` or `false`; false when it is not there.
bool flag(const http::Request& request, const std::string& name, std::string& fault) {
    const auto* text = parameter(request, name);
    if (text == nullptr || *text == "false") return false;
    if (*text != "true") fault = "the parameter '" + name + "' must be true or false";
    return true;
}

/// The format that the parameter names, else that of the file name, else that of the first character.
std::optional<admin::ImportFormat> format_of(const http::Request& request, const std::string& file) {
    using enum admin::ImportFormat;
    if (const auto* format = parameter(request, "format")) {
        if (*format == "csv") return csv;
        if (*format == "jsonl") return json_lines;
        return std::nullopt;
    }
    const std::string name = text::lower(file);
    if (name.ends_with(".csv")) return csv;
    for (const std::string_view ending : {".jsonl", ".ndjson", ".json"}) {
        if (name.ends_with(ending)) return json_lines;
    }
    const auto start = request.body.find_first_not_of(" \t\r\n");
    const bool is_json =
        start != std::string::npos && (request.body[start] == '{' || request.body[start] == '[');
    return is_json ? json_lines : csv;
}

EditOptions options_of(const http::Request& request) {
    EditOptions options;
    options.by = asked_by(request);
    return options;
}

/// One edit; answers with the row that it was about, as it is now.
Task<http::Response> write(Operations& operations, http::Request request, admin::Edit edit) {
    const auto edited = co_await operations.admin().edit_one(std::move(edit), options_of(request));
    if (!edited) co_return failure(edited.error());
    const RowAnswer answer{{edited->decision.unchanged == 0}};
    http::Response response = ok(std::visit(answer, edited->row));
    response.status = edited->decision.created > 0 ? 201 : 200;
    co_return response;
}

/// One deletion; answers with the id of the deleted row.
Task<http::Response> remove(Operations& operations, http::Request request, admin::Edit edit) {
    const auto edited = co_await operations.admin().edit_one(std::move(edit), options_of(request));
    if (!edited) co_return failure(edited.error());
    messages::Deleted answer;
    answer.deleted = to_text(edited->decision.objects.front());
    co_return ok(answer);
}

/// An edit from a body. `make` turns the message into the edit, or says what is wrong with it.
template <class Message, class Make>
Task<http::Response> write_body(Operations& operations, http::Request request, Make make) {
    const auto asked = messages::read_request<Message>(request.body);
    if (!asked) co_return bad_request(asked.error().message());
    auto what = make(*asked);
    if (!what) co_return bad_request(what.error().message());
    admin::Edit edit;
    edit.what = std::move(*what);
    co_return co_await write(operations, std::move(request), std::move(edit));
}

template <class Deletion>
Task<http::Response> remove_named(Operations& operations, http::Request request) {
    admin::Edit edit;
    edit.what = Deletion{request.named.at("name")};
    return remove(operations, std::move(request), std::move(edit));
}

Task<http::Response> create_user(Operations& operations, http::Request request) {
    const auto make = [](const messages::UserEdit& asked) -> Result<admin::CreateUser> {
        auto fields = fields_of(asked);
        if (!fields) return fields.error();
        return admin::CreateUser{std::move(*fields)};
    };
    return write_body<messages::UserEdit>(operations, std::move(request), make);
}

Task<http::Response> update_user(Operations& operations, http::Request request) {
    auto make = [name =
                     request.named.at("name")](const messages::UserEdit& asked) -> Result<admin::UpdateUser> {
        auto fields = fields_of(asked);
        if (!fields) return fields.error();
        return admin::UpdateUser{name, std::move(*fields)};
    };
    return write_body<messages::UserEdit>(operations, std::move(request), std::move(make));
}

Task<http::Response> create_group(Operations& operations, http::Request request) {
    const auto make = [](const messages::GroupEdit& asked) -> Result<admin::CreateGroup> {
        return admin::CreateGroup{fields_of(asked)};
    };
    return write_body<messages::GroupEdit>(operations, std::move(request), make);
}

Task<http::Response> update_group(Operations& operations, http::Request request) {
    auto make =
        [name = request.named.at("name")](const messages::GroupEdit& asked) -> Result<admin::UpdateGroup> {
        return admin::UpdateGroup{name, fields_of(asked)};
    };
    return write_body<messages::GroupEdit>(operations, std::move(request), std::move(make));
}

Task<http::Response> create_permission_set(Operations& operations, http::Request request) {
    const auto make = [](const messages::PermissionSetEdit& asked) { return edit_of(asked); };
    return write_body<messages::PermissionSetEdit>(operations, std::move(request), make);
}

Task<http::Response> create_assignment(Operations& operations, http::Request request) {
    const auto make = [](const messages::AssignmentEdit& asked) { return edit_of(asked); };
    return write_body<messages::AssignmentEdit>(operations, std::move(request), make);
}

Task<http::Response> delete_permission_set(Operations& operations, http::Request request) {
    std::string fault;
    const bool force = flag(request, "force", fault);
    if (!fault.empty()) co_return bad_request(fault);
    admin::Edit edit;
    edit.what = admin::DeletePermissionSet{request.named.at("name"), force};
    co_return co_await remove(operations, std::move(request), std::move(edit));
}

Task<http::Response> set_member(Operations& operations, http::Request request, bool is_member) {
    admin::Edit edit;
    edit.what = admin::SetMember{request.named.at("name"), request.named.at("member"), is_member};
    return write(operations, std::move(request), std::move(edit));
}

Task<http::Response> add_member(Operations& operations, http::Request request) {
    return set_member(operations, std::move(request), true);
}

Task<http::Response> remove_member(Operations& operations, http::Request request) {
    return set_member(operations, std::move(request), false);
}

/// What spreadsheets write as "Unicode text": UTF-16, by its byte order mark.
bool is_utf16(std::string_view body) { return body.starts_with("\xff\xfe") || body.starts_with("\xfe\xff"); }

Task<http::Response> import(Operations& operations, http::Request request, admin::ImportKind kind) {
    std::string fault;
    if (is_utf16(request.body)) co_return bad_request("the file is UTF-16: save it as UTF-8");
    admin::ImportOptions how;
    how.kind = kind;
    const auto* file = parameter(request, "file");
    how.file = file == nullptr || file->empty() ? "line" : *file;
    how.create_permission_sets = flag(request, "create_permission_sets", fault);
    EditOptions options = options_of(request);
    options.dry_run = flag(request, "dry_run", fault);
    options.skip_bad = flag(request, "skip_bad", fault);
    const auto format = format_of(request, how.file);
    if (!format) fault = "the parameter 'format' must be csv or jsonl";
    if (!fault.empty()) co_return bad_request(fault);
    how.format = *format;
    auto edits = admin::read_import(request.body, how);
    const auto decision = co_await operations.admin().edit(std::move(edits), options);
    co_return decision ? ok(message_of(*decision, options.dry_run)) : failure(decision.error());
}

Task<http::Response> import_users(Operations& operations, http::Request request) {
    return import(operations, std::move(request), admin::ImportKind::users);
}
Task<http::Response> import_groups(Operations& operations, http::Request request) {
    return import(operations, std::move(request), admin::ImportKind::groups);
}
Task<http::Response> import_assignments(Operations& operations, http::Request request) {
    return import(operations, std::move(request), admin::ImportKind::assignments);
}

Task<http::Response> list_assignments(Operations& operations, http::Request request) {
    if (const auto* user = parameter(request, "effective")) {
        if (user->empty()) co_return bad_request("the parameter 'effective' must name a user");
        auto found = co_await operations.admin().effective(*user);
        co_return list_answer(std::move(found));
    }
    auto found = co_await operations.admin().assignments();
    co_return list_answer(std::move(found));
}

Task<http::Response> export_assignments(Operations& operations, http::Request) {
    auto found = co_await operations.admin().assignments();
    if (!found) co_return failure(found.error());
    co_return export_answer(std::move(*found));
}

Task<http::Response> list_permission_sets(Operations& operations, http::Request) {
    auto found = co_await operations.rows().permission_sets();
    co_return list_answer(std::move(found));
}

constexpr std::string_view import_parameters = "file format create_permission_sets dry_run skip_bad";

constexpr Route<Operations> routes[] = {
    {"POST", "/v1/users", create_user},
    {"POST", "/v1/users/import", import_users, import_parameters},
    {"PATCH", "/v1/users/{name}", update_user},
    {"DELETE", "/v1/users/{name}", remove_named<admin::DeleteUser>},
    {"POST", "/v1/groups", create_group},
    {"POST", "/v1/groups/import", import_groups, import_parameters},
    {"PATCH", "/v1/groups/{name}", update_group},
    {"DELETE", "/v1/groups/{name}", remove_named<admin::DeleteGroup>},
    {"PUT", "/v1/groups/{name}/members/{member}", add_member},
    {"DELETE", "/v1/groups/{name}/members/{member}", remove_member},
    {"GET", "/v1/permission-sets", list_permission_sets},
    {"POST", "/v1/permission-sets", create_permission_set},
    {"DELETE", "/v1/permission-sets/{name}", delete_permission_set, "force"},
    {"GET", "/v1/assignments", list_assignments},
    {"POST", "/v1/assignments", create_assignment},
    {"GET", "/v1/assignments/export", export_assignments},
    {"POST", "/v1/assignments/import", import_assignments, import_parameters},
    {"DELETE", "/v1/assignments/{name}", remove_named<admin::DeleteAssignment>},
};

}  // namespace

void add_admin_routes(http::Router& router, Operations& operations) {
    add_routes<Operations>(router, routes, operations);
}

}  // namespace dirsync::api
