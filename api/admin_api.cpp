#include <algorithm>
#include <array>
#include <optional>

#include <boost/json/serialize.hpp>

#include "api/admin_json.hpp"
#include "api/asked.hpp"
#include "api/json.hpp"
#include "api/record_json.hpp"
#include "api/responses.hpp"
#include "api/routes.hpp"
#include "core/text.hpp"

// Edits of the built-in directory, permission sets and assignments.
namespace dirsync::api {
namespace {

namespace json = boost::json;

/// Takes the members of a request one by one and notes the first that is wrong.
class Body {
public:
    explicit Body(json::object object) : object_(std::move(object)) {}

    /// A text member; null is the empty text, nullopt: it is not there.
    std::optional<std::string> text(std::string_view name) {
        auto* found = object_.if_contains({name.data(), name.size()});
        if (found == nullptr) return std::nullopt;
        std::optional<std::string> text;
        if (found->is_null()) text.emplace();
        if (found->is_string()) text.emplace(found->get_string());
        if (!text) fail("'" + std::string(name) + "' is a text");
        object_.erase({name.data(), name.size()});
        return text;
    }
    std::string required(std::string_view name) {
        auto found = text(name);
        if (!found || found->empty()) fail("'" + std::string(name) + "' is missing");
        return found.value_or("");
    }
    void fail(std::string why) {
        if (fault_.empty()) fault_ = std::move(why);
    }
    /// What is wrong; a member that nobody took is. Empty: nothing.
    std::string fault() const {
        if (!fault_.empty() || object_.empty()) return fault_;
        const auto& name = object_.begin()->key();
        return quoted_peer_text({name.data(), name.size()}) + " is no member of this request";
    }

private:
    json::object object_;
    std::string fault_;
};

admin::UserFields user_fields(Body& body) {
    admin::UserFields fields;
    fields.user_name = body.text("user_name");
    fields.display_name = body.text("display_name");
    fields.given_name = body.text("given_name");
    fields.family_name = body.text("family_name");
    fields.middle_name = body.text("middle_name");
    fields.email = body.text("email");
    if (const auto status = body.text("status")) {
        fields.status = admin::parsed_status(*status);
        if (!fields.status) body.fail("'status' is ENABLED or DISABLED");
    }
    return fields;
}

admin::GroupFields group_fields(Body& body) {
    admin::GroupFields fields;
    fields.display_name = body.text("display_name");
    fields.description = body.text("description");
    return fields;
}

admin::CreateAssignment assignment_of(Body& body) {
    admin::CreateAssignment edit;
    const auto user = body.text("user");
    const auto group = body.text("group");
    if (user.has_value() == group.has_value()) body.fail("one of 'user' and 'group' names the principal");
    edit.type = user ? sync::PrincipalType::user : sync::PrincipalType::group;
    edit.principal = user ? *user : group.value_or("");
    edit.permission_set = body.required("permission_set");
    edit.target = body.required("target");
    return edit;
}

/// A parameter that is `true` or `false`; false when it is not there.
bool flag(const http::Request& request, const std::string& name, std::string& fault) {
    const auto* text = parameter(request, name);
    if (text == nullptr || *text == "false") return false;
    if (*text != "true") fault = "the parameter '" + name + "' is true or false";
    return true;
}

/// By its parameter, else by the name of the file, else by what it begins with.
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
    json::object row = object_of(edited->row);
    row["changed"] = edited->decision.unchanged == 0;
    http::Response response = ok(json::serialize(row));
    response.status = edited->decision.created > 0 ? 201 : 200;
    co_return response;
}

/// One deletion; answers with the id of what is gone.
Task<http::Response> remove(Operations& operations, http::Request request, admin::Edit edit) {
    const auto edited = co_await operations.admin().edit_one(std::move(edit), options_of(request));
    if (!edited) co_return failure(edited.error());
    json::object deleted;
    deleted["deleted"] = to_text(edited->decision.objects.front());
    co_return ok(json::serialize(deleted));
}

/// An edit that a body makes, by `make`.
template <class Make>
Task<http::Response> write_body(Operations& operations, http::Request request, Make make) {
    auto object = body_of(request);
    if (!object) co_return no_object();
    Body body(std::move(*object));
    admin::Edit edit;
    edit.what = make(body);
    if (const std::string fault = body.fault(); !fault.empty()) co_return bad_request(fault);
    co_return co_await write(operations, std::move(request), std::move(edit));
}

template <class Deletion>
Task<http::Response> remove_named(Operations& operations, http::Request request) {
    admin::Edit edit;
    edit.what = Deletion{request.named.at("name")};
    return remove(operations, std::move(request), std::move(edit));
}

Task<http::Response> create_user(Operations& operations, http::Request request) {
    const auto make = [](Body& body) { return admin::CreateUser{user_fields(body)}; };
    return write_body(operations, std::move(request), make);
}

Task<http::Response> update_user(Operations& operations, http::Request request) {
    auto make = [name = request.named.at("name")](Body& body) {
        return admin::UpdateUser{name, user_fields(body)};
    };
    return write_body(operations, std::move(request), std::move(make));
}

Task<http::Response> create_group(Operations& operations, http::Request request) {
    const auto make = [](Body& body) { return admin::CreateGroup{group_fields(body)}; };
    return write_body(operations, std::move(request), make);
}

Task<http::Response> update_group(Operations& operations, http::Request request) {
    auto make = [name = request.named.at("name")](Body& body) {
        return admin::UpdateGroup{name, group_fields(body)};
    };
    return write_body(operations, std::move(request), std::move(make));
}

Task<http::Response> create_permission_set(Operations& operations, http::Request request) {
    const auto make = [](Body& body) {
        auto name = body.required("name");
        return admin::CreatePermissionSet{std::move(name), body.text("description").value_or("")};
    };
    return write_body(operations, std::move(request), make);
}

Task<http::Response> create_assignment(Operations& operations, http::Request request) {
    return write_body(operations, std::move(request), assignment_of);
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

Task<http::Response> import(Operations& operations, http::Request request, admin::ImportKind kind) {
    std::string fault;
    admin::ImportOptions how;
    how.kind = kind;
    const auto* file = parameter(request, "file");
    how.file = file == nullptr || file->empty() ? "line" : *file;
    how.create_permission_sets = flag(request, "create_permission_sets", fault);
    EditOptions options = options_of(request);
    options.dry_run = flag(request, "dry_run", fault);
    options.skip_bad = flag(request, "skip_bad", fault);
    const auto format = format_of(request, how.file);
    if (!format) fault = "the parameter 'format' is csv or jsonl";
    if (!fault.empty()) co_return bad_request(fault);
    how.format = *format;
    auto edits = admin::read_import(request.body, how);
    const auto decision = co_await operations.admin().edit(std::move(edits), options);
    co_return decision ? ok(json_of(*decision, options.dry_run)) : failure(decision.error());
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
        if (user->empty()) co_return bad_request("the parameter 'effective' names a user");
        const auto found = co_await operations.admin().effective(*user);
        co_return found ? ok(json_of(*found)) : failure(found.error());
    }
    const auto found = co_await operations.admin().assignments();
    co_return found ? ok(json_of(*found)) : failure(found.error());
}

Task<http::Response> export_assignments(Operations& operations, http::Request) {
    const auto found = co_await operations.admin().assignments();
    if (!found) co_return failure(found.error());
    http::Response response = ok(admin::export_text(*found));
    response.content_type = "application/x-ndjson";
    co_return response;
}

Task<http::Response> list_permission_sets(Operations& operations, http::Request) {
    co_return answer_of(co_await operations.rows().permission_sets());
}

constexpr Route<Operations> routes[] = {
    {"POST", "/v1/users", create_user},
    {"POST", "/v1/users/import", import_users},
    {"PATCH", "/v1/users/{name}", update_user},
    {"DELETE", "/v1/users/{name}", remove_named<admin::DeleteUser>},
    {"POST", "/v1/groups", create_group},
    {"POST", "/v1/groups/import", import_groups},
    {"PATCH", "/v1/groups/{name}", update_group},
    {"DELETE", "/v1/groups/{name}", remove_named<admin::DeleteGroup>},
    {"PUT", "/v1/groups/{name}/members/{member}", add_member},
    {"DELETE", "/v1/groups/{name}/members/{member}", remove_member},
    {"GET", "/v1/permission-sets", list_permission_sets},
    {"POST", "/v1/permission-sets", create_permission_set},
    {"DELETE", "/v1/permission-sets/{name}", delete_permission_set},
    {"GET", "/v1/assignments", list_assignments},
    {"POST", "/v1/assignments", create_assignment},
    {"GET", "/v1/assignments/export", export_assignments},
    {"POST", "/v1/assignments/import", import_assignments},
    {"DELETE", "/v1/assignments/{name}", remove_named<admin::DeleteAssignment>},
};

}  // namespace

void add_admin_routes(http::Router& router, Operations& operations) {
    add_routes<Operations>(router, routes, operations);
}

}  // namespace dirsync::api
