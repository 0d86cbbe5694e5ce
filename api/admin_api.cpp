#include "api/admin_api.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "api/admin_json.hpp"
#include "api/asked.hpp"
#include "api/json.hpp"
#include "api/responses.hpp"
#include "core/text.hpp"

namespace dirsync::api {
namespace {

namespace json = boost::json;

http::Response bad_request(const std::string& why) { return problem(400, "bad request", why); }

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

/// An object of JSON text with one member more.
std::string with_member(const std::string& object_text, const char* name, bool value) {
    auto object = json::parse(object_text);
    object.as_object()[name] = value;
    return json::serialize(object);
}

}  // namespace

std::string_view AdminApi::methods_of(const std::vector<std::string>& segments) {
    if (segments.size() < 2 || segments[0] != "v1") return "";
    const std::string& kind = segments[1];
    const bool is_directory = kind == "users" || kind == "groups";
    if (segments.size() == 2) {
        if (is_directory) return "POST";
        if (kind == "permission-sets" || kind == "assignments") return "GET, POST";
        return "";
    }
    const std::string& name = segments[2];
    if (name.empty()) return "";
    if (segments.size() == 3) {
        if (is_directory) return name == "import" ? "POST, PATCH, DELETE" : "PATCH, DELETE";
        if (kind == "permission-sets") return "DELETE";
        if (kind == "assignments") return name == "import" ? "POST" : name == "export" ? "GET" : "DELETE";
        return "";
    }
    const bool is_member =
        segments.size() == 5 && kind == "groups" && segments[3] == "members" && !segments[4].empty();
    return is_member ? "PUT, DELETE" : "";
}

Task<http::Response> AdminApi::handle(http::Request request) {
    const std::string kind = request.segments[1];
    const std::string name = request.segments.size() > 2 ? request.segments[2] : std::string();
    if (request.method == "GET") {
        if (kind == "permission-sets") co_return co_await list_permission_sets();
        if (name == "export") co_return co_await export_assignments();
        co_return co_await list_assignments(std::move(request));
    }
    if (request.method == "POST" && name == "import") co_return co_await import(std::move(request));

    admin::Edit edit;
    const bool users = kind == "users";
    if (request.segments.size() == 5) {
        edit.what = admin::SetMember{name, request.segments[4], request.method == "PUT"};
    } else if (request.method == "DELETE") {
        std::string fault;
        const bool force = flag(request, "force", fault);
        if (!fault.empty()) co_return bad_request(fault);
        if (users) edit.what = admin::DeleteUser{name};
        if (kind == "groups") edit.what = admin::DeleteGroup{name};
        if (kind == "permission-sets") edit.what = admin::DeletePermissionSet{name, force};
        if (kind == "assignments") edit.what = admin::DeleteAssignment{name};
    } else {
        auto object = body_of(request);
        if (!object) co_return bad_request("the body is no JSON object");
        Body body(std::move(*object));
        const bool creates = request.method == "POST";
        if (users && creates) edit.what = admin::CreateUser{user_fields(body)};
        if (users && !creates) edit.what = admin::UpdateUser{name, user_fields(body)};
        if (kind == "groups" && creates) edit.what = admin::CreateGroup{group_fields(body)};
        if (kind == "groups" && !creates) edit.what = admin::UpdateGroup{name, group_fields(body)};
        if (kind == "permission-sets") {
            admin::CreatePermissionSet set{body.required("name"), body.text("description").value_or("")};
            edit.what = std::move(set);
        }
        if (kind == "assignments") edit.what = assignment_of(body);
        if (const std::string fault = body.fault(); !fault.empty()) co_return bad_request(fault);
    }
    co_return co_await write(std::move(request), std::move(edit));
}

/// One edit; answers with the row that it was about, as it is now.
Task<http::Response> AdminApi::write(http::Request request, admin::Edit edit) {
    std::vector<admin::Edit> edits;
    edits.push_back(std::move(edit));
    EditOptions options;
    options.by = asked_by(request);
    const auto decision = co_await operations_.admin().edit(std::move(edits), options);
    if (!decision) co_return failure(decision.error());
    const bool is_member = request.segments.size() == 5;
    const RowId id = decision->objects[0];
    if (request.method == "DELETE" && !is_member) {
        json::object deleted;
        deleted["deleted"] = to_text(id);
        co_return ok(json::serialize(deleted));
    }
    const unsigned status = decision->created > 0 ? 201 : 200;
    auto row = co_await shown(request.segments[1], id, status);
    if (row.status < 300) row.body = with_member(row.body, "changed", decision->unchanged == 0);
    co_return row;
}

Task<http::Response> AdminApi::shown(std::string kind, RowId id, unsigned status) {
    sync::ViewQuery query;
    query.view = kind == "permission-sets" ? "v1_permission_sets" : "v1_" + kind;
    std::string column = kind == "permission-sets" ? "permission_set" : kind.substr(0, kind.size() - 1);
    query.equals.emplace_back(column + "_id", to_text(id));
    const auto rows = co_await operations_.query(std::move(query));
    if (!rows) co_return failure(rows.error());
    // Gone again between the edit and the question.
    if (rows->rows.empty()) co_return ok("{}");
    http::Response response = ok(first_json_of(*rows));
    response.status = status;
    co_return response;
}

Task<http::Response> AdminApi::import(http::Request request) {
    std::string fault;
    admin::ImportOptions how;
    const std::string& kind = request.segments[1];
    how.kind = kind == "users"    ? admin::ImportKind::users
               : kind == "groups" ? admin::ImportKind::groups
                                  : admin::ImportKind::assignments;
    const auto* file = parameter(request, "file");
    how.file = file == nullptr || file->empty() ? "line" : *file;
    how.create_permission_sets = flag(request, "create_permission_sets", fault);
    EditOptions options;
    options.by = asked_by(request);
    options.dry_run = flag(request, "dry_run", fault);
    options.skip_bad = flag(request, "skip_bad", fault);
    const auto format = format_of(request, how.file);
    if (!format) fault = "the parameter 'format' is csv or jsonl";
    if (!fault.empty()) co_return bad_request(fault);
    how.format = *format;
    auto edits = admin::read_import(request.body, how);
    const auto decision = co_await operations_.admin().edit(std::move(edits), options);
    co_return decision ? ok(json_of(*decision, options.dry_run)) : failure(decision.error());
}

Task<http::Response> AdminApi::list_assignments(http::Request request) {
    if (const auto* user = parameter(request, "effective")) {
        if (user->empty()) co_return bad_request("the parameter 'effective' names a user");
        const auto found = co_await operations_.admin().effective(*user);
        co_return found ? ok(json_of(*found)) : failure(found.error());
    }
    const auto found = co_await operations_.admin().assignments();
    co_return found ? ok(json_of(*found)) : failure(found.error());
}

Task<http::Response> AdminApi::export_assignments() {
    const auto found = co_await operations_.admin().assignments();
    if (!found) co_return failure(found.error());
    http::Response response = ok(admin::export_text(*found));
    response.content_type = "application/x-ndjson";
    co_return response;
}

Task<http::Response> AdminApi::list_permission_sets() {
    sync::ViewQuery query;
    query.view = "v1_permission_sets";
    query.order_by = "name";
    const auto rows = co_await operations_.query(std::move(query));
    co_return rows ? ok(json_of(*rows)) : failure(rows.error());
}

}  // namespace dirsync::api
