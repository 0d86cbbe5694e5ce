#include "api/control_api.hpp"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string_view>

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "api/asked.hpp"
#include "api/history_api.hpp"
#include "api/responses.hpp"
#include "api/source_api.hpp"
#include "api/survey_api.hpp"
#include "core/text.hpp"
#include "model/holds.hpp"

namespace dirsync::api {
namespace {

constexpr std::int64_t default_lines = 100;
constexpr std::size_t longest_reason = 1000;

template <class T>
http::Response answer(const Result<T>& result) {
    return result ? ok(json_of(*result)) : failure(result.error());
}

http::Response done(const Result<void>& result) { return result ? ok("{}") : failure(result.error()); }

http::Response no_such_path(const std::string& path) {
    return problem(404, "not found", "there is no " + quoted_peer_text(path));
}

/// Names and ids in the store are UTF-8: nothing can be found under other bytes, and no answer could show
/// them.
bool is_text(const http::Request& request) {
    return std::ranges::all_of(request.segments, text::is_valid_utf8) &&
           std::ranges::all_of(request.query, [](const auto& parameter) {
               return text::is_valid_utf8(parameter.first) && text::is_valid_utf8(parameter.second);
           });
}

/// A text column of a row; empty when it is none.
std::string text_at(const sync::Rows& rows, std::size_t row, std::string_view column) {
    const auto found = std::find(rows.columns.begin(), rows.columns.end(), column);
    if (found == rows.columns.end()) return {};
    const auto& value = rows.rows[row][static_cast<std::size_t>(found - rows.columns.begin())];
    const auto* text = std::get_if<std::string>(&value);
    return text == nullptr ? std::string() : *text;
}

/// Methods of the resource under /v1/; empty: there is none.
std::string_view methods_of(const std::vector<std::string>& segments) {
    if (segments.size() < 2 || segments[0] != "v1") return "";
    const std::string& name = segments[1];
    const auto is_one_of = [&name](std::initializer_list<std::string_view> names) {
        return std::find(names.begin(), names.end(), name) != names.end();
    };
    if (segments.size() == 2) {
        if (name == "plan") return "GET, POST";
        if (is_one_of(
                {"status", "explain", "source", "errors", "holds", "runs", "changes", "users", "groups"}))
            return "GET";
        if (is_one_of({"sync", "pause", "resume", "reload"})) return "POST";
        return "";
    }
    if (segments[2].empty()) return "";
    if (segments.size() == 3 && is_one_of({"users", "groups", "holds"})) return "GET";
    if (segments.size() == 4 && name == "groups" && segments[3] == "members") return "GET";
    if (segments.size() == 4 && name == "holds" && segments[3] == "approve") return "POST";
    return HistoryApi::methods_of(segments);
}

/// A list of texts that may be left out; nullopt: it is something else.
std::optional<std::vector<std::string>> names_of(const boost::json::object& body, std::string_view key) {
    std::vector<std::string> names;
    const auto* value = body.if_contains(key);
    if (value == nullptr) return names;
    if (!value->is_array()) return std::nullopt;
    for (const auto& element : value->get_array()) {
        if (!element.is_string()) return std::nullopt;
        names.emplace_back(element.get_string());
    }
    return names;
}

http::Response wrong_method(const http::Request& request, std::string_view allowed) {
    http::Response response =
        problem(405, "method not allowed",
                "what " + quoted_peer_text(request.path) + " takes is " + std::string(allowed));
    response.allow = allowed;
    return response;
}

/// True when `method` is among `methods`, which are separated by ", ".
bool lists(std::string_view methods, std::string_view method) {
    for (std::size_t at = 0; at < methods.size();) {
        const std::size_t end = std::min(methods.find(", ", at), methods.size());
        if (methods.substr(at, end - at) == method) return true;
        at = end + 2;
    }
    return false;
}

}  // namespace

http::Response ControlApi::for_monitoring(const http::Request& request, bool with_reason) {
    const bool known =
        request.segments.size() == 1 && (request.segments[0] == "healthz" ||
                                         request.segments[0] == "readyz" || request.segments[0] == "metrics");
    if (!known) return no_such_path(request.path);
    if (request.method != "GET") return wrong_method(request, "GET");
    const std::string& name = request.segments[0];
    if (name == "healthz") return ok("{\"status\":\"ok\"}");
    const StatusReport status = operations_.status();
    if (name == "metrics") {
        http::Response response;
        response.content_type = "text/plain; version=0.0.4";
        response.body = metrics_of(status);
        return response;
    }
    if (status.not_ready.empty()) return ok("{\"status\":\"ready\"}");
    std::string why = "not ready: " + std::string(status.not_ready);
    if (with_reason && !status.engine.last_error.empty()) why += ": " + status.engine.last_error;
    return problem(Problem{503, "not ready", why, 75});
}

Task<http::Response> ControlApi::handle_public(http::Request request) {
    co_return for_monitoring(request, false);
}

Task<http::Response> ControlApi::handle(http::Request request) {
    if (!is_text(request)) co_return problem(400, "bad request", "path and parameters are UTF-8 text");
    const auto* reason = parameter(request, "reason");
    if (reason != nullptr && reason->size() > longest_reason)
        co_return problem(400, "bad request", "'reason' is a sentence, of at most 1000 bytes");
    if (is_source_request(request)) co_return co_await handle_source(operations_, std::move(request));
    if (is_survey_request(request))
        co_return co_await handle_survey(operations_.survey(), std::move(request));
    const std::string_view for_admins = AdminApi::methods_of(request.segments);
    if (lists(for_admins, request.method)) co_return co_await admin_.handle(std::move(request));
    std::string allowed(methods_of(request.segments));
    if (allowed.empty() && for_admins.empty()) co_return for_monitoring(request, true);
    if (!lists(allowed, request.method)) {
        if (!allowed.empty() && !for_admins.empty()) allowed += ", ";
        co_return wrong_method(request, allowed + std::string(for_admins));
    }
    if (request.method == "POST") co_return co_await post(std::move(request));
    co_return co_await get(std::move(request));
}

Task<http::Response> ControlApi::get(http::Request request) {
    const std::string name = request.segments[1];
    if (request.segments.size() == 4) co_return co_await members(request.segments[2]);
    if (request.segments.size() == 3 && name == "holds") co_return co_await held(request.segments[2]);
    if (request.segments.size() == 3) co_return co_await show("v1_" + name, request.segments[2]);
    if (name == "status") co_return co_await status();
    if (name == "plan") {
        const auto report = co_await operations_.plan(std::nullopt);
        co_return report ? ok(json_of(*report, true)) : failure(report.error());
    }
    if (name == "explain") {
        const std::string* whom = parameter(request, "name");
        if (whom == nullptr || whom->empty())
            co_return problem(400, "bad request", "the parameter 'name' is missing");
        const auto explanation = co_await operations_.explain(*whom);
        co_return answer(explanation);
    }
    if (name == "source") co_return co_await list("v1_identity_source", std::move(request), "");
    if (name == "errors") co_return co_await list("v1_entity_errors", std::move(request), "name");
    if (name == "holds") co_return co_await list("v1_holds", std::move(request), "hold_id");
    if (name == "users") co_return co_await list("v1_users", std::move(request), "user_name");
    if (name == "groups") co_return co_await list("v1_groups", std::move(request), "display_name");
    co_return co_await runs_or_changes("v1_" + name, std::move(request));
}

Task<http::Response> ControlApi::status() {
    const StatusReport status = operations_.status();
    std::optional<std::string> run_id;
    // Not while a cycle runs: a long commit keeps the store to itself, and status has to answer then as well.
    if (status.engine.last_run && !status.engine.cycle_running) {
        sync::ViewQuery query;
        query.view = "v1_runs";
        query.order_by = "-run_id";
        query.limit = 1;
        const auto rows = co_await operations_.query(std::move(query));
        if (rows && !rows->rows.empty() &&
            text_at(*rows, 0, "started_at") == to_text(status.engine.last_run->started)) {
            run_id = text_at(*rows, 0, "run_id");
        }
    }
    co_return ok(json_of(status, run_id));
}

Task<http::Response> ControlApi::post(http::Request request) {
    const auto body = body_of(request);
    if (!body) co_return problem(400, "bad request", "the body is no JSON object");
    const std::string name = request.segments[1];
    if (name == "holds") {
        auto only = names_of(*body, "only");
        // An empty list is nobody, and whoever leaves it out means everybody.
        const bool names_somebody = only && (!body->contains("only") || !only->empty()) &&
                                    std::ranges::none_of(*only, &std::string::empty);
        if (!names_somebody)
            co_return problem(400, "bad request", "'only' is a list of names, of one at least");
        const auto hold =
            co_await operations_.approve(request.segments[2], std::move(*only), asked_by(request));
        co_return answer(hold);
    }
    if (name == "runs") {
        HistoryApi history(operations_);
        co_return co_await history.handle(std::move(request));
    }
    if (name == "sync") {
        const auto* full = body->if_contains("full");
        if (full != nullptr && !full->is_bool())
            co_return problem(400, "bad request", "'full' is true or false");
        const auto report = co_await operations_.sync(full != nullptr && full->get_bool(), asked_by(request));
        co_return ok(json_of(report, false));
    }
    if (name == "plan") {
        const auto* text = body->if_contains("config");
        if (text == nullptr || !text->is_string() || text->get_string().empty()) {
            co_return problem(400, "bad request", "'config' is the text of a configuration");
        }
        const auto report = co_await operations_.plan(std::string(text->get_string()));
        co_return report ? ok(json_of(*report, true)) : failure(report.error());
    }
    if (name == "pause") {
        const auto result = co_await operations_.pause(asked_by(request));
        co_return done(result);
    }
    if (name == "resume") {
        const auto result = co_await operations_.resume(asked_by(request));
        co_return done(result);
    }
    const auto reloaded = co_await operations_.reload(asked_by(request));
    if (!reloaded) co_return failure(reloaded.error());
    boost::json::array settings(reloaded->begin(), reloaded->end());
    boost::json::object answered;
    answered["needs_restart"] = std::move(settings);
    co_return ok(boost::json::serialize(answered));
}

Task<http::Response> ControlApi::list(std::string view, http::Request request, std::string order_by) {
    sync::ViewQuery query;
    query.view = std::move(view);
    query.order_by = std::move(order_by);
    if (!take_number(request, "limit", query.limit)) co_return bad_number("limit");
    if (!take_number(request, "offset", query.offset)) co_return bad_number("offset");
    const auto rows = co_await operations_.query(std::move(query));
    co_return answer(rows);
}

Task<http::Response> ControlApi::runs_or_changes(std::string view, http::Request request) {
    sync::ViewQuery query;
    const bool changes = view == "v1_changes";
    query.view = std::move(view);
    query.limit = default_lines;
    std::int64_t wait = 0;
    if (!take_number(request, "limit", query.limit)) co_return bad_number("limit");
    if (changes && parameter(request, "since") != nullptr) {
        std::int64_t since = 0;
        if (!take_number(request, "since", since)) co_return bad_number("since");
        query.after_seq = since;
        query.order_by = "seq";
        if (!take_number(request, "wait", wait)) co_return bad_number("wait");
    } else {
        // The latest ones, oldest first.
        query.order_by = changes ? "-seq" : "-run_id";
    }
    HistoryApi history(operations_);
    auto rows = co_await history.rows_within(query, std::chrono::seconds(std::max<std::int64_t>(wait, 0)));
    if (rows && query.order_by.starts_with('-')) std::reverse(rows->rows.begin(), rows->rows.end());
    co_return answer(rows);
}

/// What waits under one id.
Task<http::Response> ControlApi::held(std::string hold_id) {
    sync::ViewQuery query;
    query.view = "v1_holds";
    query.order_by = "name";
    query.equals.emplace_back("hold_id", hold_id);
    const auto rows = co_await operations_.query(std::move(query));
    if (rows && rows->rows.empty()) co_return failure(sync::no_such_hold(hold_id));
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
                                            quoted_peer_text(name) +
                                            "; 'dirsyncctl explain' says why somebody is missing");
    co_return std::nullopt;
}

Task<http::Response> ControlApi::show(std::string view, std::string name) {
    Error error;
    const auto rows = co_await named(std::move(view), std::move(name), error);
    co_return rows ? ok(first_json_of(*rows)) : failure(error);
}

Task<http::Response> ControlApi::members(std::string group) {
    Error error;
    const auto found = co_await named("v1_groups", std::move(group), error);
    if (!found) co_return failure(error);
    sync::ViewQuery memberships;
    memberships.view = "v1_memberships";
    memberships.equals.emplace_back("group_id", text_at(*found, 0, "group_id"));
    const auto edges = co_await operations_.query(std::move(memberships));
    if (!edges) co_return failure(edges.error());
    sync::Rows members;
    for (std::size_t i = 0; i < edges->rows.size(); ++i) {
        sync::ViewQuery query;
        query.view = "v1_users";
        query.equals.emplace_back("user_id", text_at(*edges, i, "user_id"));
        auto user = co_await operations_.query(std::move(query));
        if (!user) co_return failure(user.error());
        members.columns = user->columns;
        for (auto& row : user->rows) members.rows.push_back(std::move(row));
    }
    const auto by_name = std::find(members.columns.begin(), members.columns.end(), "user_name");
    if (by_name != members.columns.end()) {
        const auto at = static_cast<std::size_t>(by_name - members.columns.begin());
        std::sort(members.rows.begin(), members.rows.end(),
                  [at](const auto& left, const auto& right) { return left[at] < right[at]; });
    }
    co_return ok(json_of(members));
}

}  // namespace dirsync::api
