#include "daemon/control_api.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "daemon/json.hpp"

namespace dirsync::daemon {
namespace {

constexpr std::int64_t default_lines = 100;

Response ok(std::string body) {
    Response response;
    response.body = std::move(body);
    return response;
}

Response problem(const Problem& details) {
    Response response;
    response.status = details.status;
    response.content_type = "application/problem+json";
    response.body = json_of(details);
    return response;
}

Response problem(unsigned status, const std::string& title, const std::string& detail) {
    return problem(Problem{status, title, detail, 64});
}

Response failure(const Error& error) { return problem(problem_of(error)); }

template <class T>
Response answer(const Result<T>& result) {
    return result ? ok(json_of(*result)) : failure(result.error());
}

Response done(const Result<void>& result) { return result ? ok("{}") : failure(result.error()); }

Response no_such_path(const std::string& path) {
    return problem(404, "not found", "there is no " + quoted_peer_text(path));
}

std::optional<std::int64_t> number(const std::string& text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

/// The body as a JSON object; an empty one is an empty object. nullopt: it is none.
std::optional<boost::json::object> body_of(const Request& request) {
    if (request.body.empty()) return boost::json::object();
    boost::system::error_code error;
    const auto value = boost::json::parse(request.body, error);
    if (error || !value.is_object()) return std::nullopt;
    return value.get_object();
}

const std::string* parameter(const Request& request, const std::string& name) {
    const auto found = request.query.find(name);
    return found == request.query.end() ? nullptr : &found->second;
}

/// The rest of `path` behind `prefix`, when there is one.
std::optional<std::string> behind(const std::string& path, std::string_view prefix) {
    if (!path.starts_with(prefix) || path.size() == prefix.size()) return std::nullopt;
    return path.substr(prefix.size());
}

}  // namespace

Task<Response> ControlApi::handle_public(Request request) {
    if (request.method != "GET") co_return problem(405, "method not allowed", request.method);
    const StatusReport status = operations_.status();
    if (request.path == "/healthz") co_return ok("{\"status\":\"ok\"}");
    if (request.path == "/readyz") {
        if (status.engine.last_error.empty() && status.last_success) co_return ok("{\"status\":\"ready\"}");
        const std::string why =
            status.engine.last_error.empty() ? "no cycle has succeeded since the start" : status.engine.last_error;
        co_return problem(503, "not ready", why);
    }
    if (request.path == "/metrics") {
        Response response;
        response.content_type = "text/plain; version=0.0.4";
        response.body = metrics_of(status);
        co_return response;
    }
    co_return no_such_path(request.path);
}

Task<Response> ControlApi::handle(Request request) {
    const std::string path = request.path;
    if (request.method == "POST") co_return co_await post(std::move(request));
    if (request.method != "GET") co_return problem(405, "method not allowed", request.method);
    if (path == "/v1/status") co_return ok(json_of(operations_.status()));
    if (path == "/v1/plan") {
        const auto report = co_await operations_.plan(std::nullopt);
        co_return report ? ok(json_of(*report, true)) : failure(report.error());
    }
    if (path == "/v1/explain") {
        const std::string* name = parameter(request, "name");
        if (name == nullptr || name->empty()) co_return problem(400, "bad request", "the parameter 'name' is missing");
        const auto explanation = co_await operations_.explain(*name);
        co_return answer(explanation);
    }
    if (path == "/v1/source") co_return co_await list("v1_identity_source", std::move(request), "");
    if (path == "/v1/errors") co_return co_await list("v1_entity_errors", std::move(request), "name");
    if (path == "/v1/runs") co_return co_await runs_or_changes("v1_runs", std::move(request));
    if (path == "/v1/changes") co_return co_await runs_or_changes("v1_changes", std::move(request));
    if (path == "/v1/users") co_return co_await list("v1_users", std::move(request), "user_name");
    if (path == "/v1/groups") co_return co_await list("v1_groups", std::move(request), "display_name");
    if (const auto name = behind(path, "/v1/users/")) co_return co_await show("v1_users", *name);
    if (const auto name = behind(path, "/v1/groups/")) {
        if (name->ends_with("/members")) co_return co_await members(name->substr(0, name->size() - 8));
        co_return co_await show("v1_groups", *name);
    }
    co_return co_await handle_public(std::move(request));
}

Task<Response> ControlApi::post(Request request) {
    const auto body = body_of(request);
    if (!body) co_return problem(400, "bad request", "the body is no JSON object");
    if (request.path == "/v1/sync") {
        const auto* full = body->if_contains("full");
        if (full != nullptr && !full->is_bool()) co_return problem(400, "bad request", "'full' is true or false");
        const auto report = co_await operations_.sync(full != nullptr && full->get_bool());
        co_return ok(json_of(report, false));
    }
    if (request.path == "/v1/plan") co_return co_await plan_with(std::move(request));
    if (request.path == "/v1/pause") {
        const auto result = co_await operations_.pause();
        co_return done(result);
    }
    if (request.path == "/v1/resume") {
        const auto result = co_await operations_.resume();
        co_return done(result);
    }
    if (request.path == "/v1/reload") {
        const auto result = co_await operations_.reload();
        co_return done(result);
    }
    if (const auto rest = behind(request.path, "/v1/holds/"); rest && rest->ends_with("/approve")) {
        const auto hold = co_await operations_.approve(rest->substr(0, rest->size() - 8));
        co_return answer(hold);
    }
    co_return no_such_path(request.path);
}

Task<Response> ControlApi::plan_with(Request request) {
    const auto body = body_of(request);
    const auto* path = body->if_contains("config");
    if (path == nullptr || !path->is_string()) co_return problem(400, "bad request", "'config' is the path of a file");
    const auto report = co_await operations_.plan(std::string(path->get_string()));
    co_return report ? ok(json_of(*report, true)) : failure(report.error());
}

Task<Response> ControlApi::list(std::string view, Request request, std::string order_by) {
    sync::ViewQuery query;
    query.view = std::move(view);
    query.order_by = std::move(order_by);
    if (const auto* limit = parameter(request, "limit")) query.limit = number(*limit).value_or(default_lines);
    if (const auto* offset = parameter(request, "offset")) query.offset = number(*offset).value_or(0);
    const auto rows = co_await operations_.query(std::move(query));
    co_return answer(rows);
}

Task<Response> ControlApi::runs_or_changes(std::string view, Request request) {
    sync::ViewQuery query;
    const bool changes = view == "v1_changes";
    query.view = std::move(view);
    query.limit = default_lines;
    if (const auto* limit = parameter(request, "limit")) query.limit = number(*limit).value_or(default_lines);
    const auto* since = parameter(request, "since");
    if (changes && since != nullptr) {
        const auto seq = number(*since);
        if (!seq) co_return problem(400, "bad request", "'since' is a sequence number");
        query.after_seq = *seq;
        query.order_by = "seq";
    } else {
        // The latest ones, oldest first.
        query.order_by = changes ? "-seq" : "-started_at";
    }
    auto rows = co_await operations_.query(query);
    if (rows && query.order_by.starts_with('-')) std::reverse(rows->rows.begin(), rows->rows.end());
    co_return answer(rows);
}

Task<std::optional<sync::Rows>> ControlApi::named(std::string view, std::string name, Error& error) {
    const bool users = view == "v1_users";
    std::vector<std::string> columns;
    columns.emplace_back(users ? "user_name" : "display_name");
    if (parse_uuid(name)) {
        columns.emplace_back(users ? "user_id" : "group_id");
        columns.emplace_back("external_id");
    }
    for (const auto& column : columns) {
        sync::ViewQuery query;
        query.view = view;
        query.equals.emplace_back(column, name);
        auto rows = co_await operations_.query(std::move(query));
        if (!rows) {
            error = rows.error();
            co_return std::nullopt;
        }
        if (!rows->rows.empty()) co_return std::move(*rows);
    }
    error = Error(ErrorCode::not_found, std::string("no ") + (users ? "user" : "group") + " is called " +
                                            quoted_peer_text(name) + "; 'dirsyncctl explain' says why somebody is missing");
    co_return std::nullopt;
}

Task<Response> ControlApi::show(std::string view, std::string name) {
    Error error;
    const auto rows = co_await named(std::move(view), std::move(name), error);
    co_return rows ? ok(first_json_of(*rows)) : failure(error);
}

Task<Response> ControlApi::members(std::string group) {
    Error error;
    const auto found = co_await named("v1_groups", std::move(group), error);
    if (!found) co_return failure(error);
    sync::ViewQuery memberships;
    memberships.view = "v1_memberships";
    memberships.equals.emplace_back("group_id", std::get<std::string>(found->rows[0][0]));
    const auto edges = co_await operations_.query(std::move(memberships));
    if (!edges) co_return failure(edges.error());
    sync::Rows members;
    for (const auto& edge : edges->rows) {
        sync::ViewQuery query;
        query.view = "v1_users";
        query.equals.emplace_back("user_id", std::get<std::string>(edge[1]));
        auto user = co_await operations_.query(std::move(query));
        if (!user) co_return failure(user.error());
        members.columns = user->columns;
        for (auto& row : user->rows) members.rows.push_back(std::move(row));
    }
    co_return ok(json_of(members));
}

}  // namespace dirsync::daemon
