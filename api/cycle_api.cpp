#include <optional>
#include <string>
#include <utility>

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "api/asked.hpp"
#include "api/responses.hpp"
#include "api/routes.hpp"

// What the daemon does, and what it is told to do.
namespace dirsync::api {
namespace {

/// The id of the last run. Not while a cycle runs: a long commit keeps the store to itself, and status has to
/// answer then as well.
Task<std::optional<std::string>> last_run_id(Operations& operations, const StatusReport& status) {
    if (!status.engine.last_run || status.engine.cycle_running) co_return std::nullopt;
    const auto runs = co_await operations.rows().runs(1);
    const bool is_it = runs && !runs->empty() && runs->front().run.started == status.engine.last_run->started;
    co_return is_it ? std::optional(to_text(runs->front().id)) : std::nullopt;
}

Task<http::Response> status(Operations& operations, http::Request) {
    const StatusReport status = operations.status();
    const auto run_id = co_await last_run_id(operations, status);
    co_return ok(json_of(status, run_id));
}

Task<http::Response> plan(Operations& operations, http::Request) {
    const auto report = co_await operations.plan(std::nullopt);
    co_return report ? ok(json_of(*report, true)) : failure(report.error());
}

Task<http::Response> plan_of_draft(Operations& operations, http::Request request) {
    const auto body = body_of(request);
    if (!body) co_return no_object();
    const auto* text = body->if_contains("config");
    if (text == nullptr || !text->is_string() || text->get_string().empty())
        co_return bad_request("'config' is the text of a configuration");
    const auto report = co_await operations.plan(std::string(text->get_string()));
    co_return report ? ok(json_of(*report, true)) : failure(report.error());
}

Task<http::Response> sync_now(Operations& operations, http::Request request) {
    const auto body = body_of(request);
    if (!body) co_return no_object();
    const auto full = flag_in(*body, "full");
    if (!full) co_return bad_request("'full' is true or false");
    const auto report = co_await operations.sync(*full, asked_by(request));
    co_return ok(json_of(report, false));
}

Task<http::Response> explain(Operations& operations, http::Request request) {
    const std::string* whom = parameter(request, "name");
    if (whom == nullptr || whom->empty()) co_return bad_request("the parameter 'name' is missing");
    const auto explanation = co_await operations.explain(*whom);
    co_return explanation ? ok(json_of(*explanation)) : failure(explanation.error());
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

Task<http::Response> approve(Operations& operations, http::Request request) {
    const auto body = body_of(request);
    if (!body) co_return no_object();
    auto only = names_of(*body, "only");
    // An empty list is nobody, and whoever leaves it out means everybody.
    const bool names_somebody = only && (!body->contains("only") || !only->empty()) &&
                                std::ranges::none_of(*only, &std::string::empty);
    if (!names_somebody) co_return bad_request("'only' is a list of names, of one at least");
    const auto hold =
        co_await operations.approve(request.named.at("id"), std::move(*only), asked_by(request));
    co_return hold ? ok(json_of(*hold)) : failure(hold.error());
}

Task<http::Response> pause(Operations& operations, http::Request request) {
    if (!body_of(request)) co_return no_object();
    const auto paused = co_await operations.pause(asked_by(request));
    co_return paused ? ok("{}") : failure(paused.error());
}

Task<http::Response> resume(Operations& operations, http::Request request) {
    if (!body_of(request)) co_return no_object();
    const auto resumed = co_await operations.resume(asked_by(request));
    co_return resumed ? ok("{}") : failure(resumed.error());
}

Task<http::Response> reload(Operations& operations, http::Request request) {
    if (!body_of(request)) co_return no_object();
    const auto reloaded = co_await operations.reload(asked_by(request));
    if (!reloaded) co_return failure(reloaded.error());
    boost::json::array settings(reloaded->begin(), reloaded->end());
    boost::json::object answered;
    answered["needs_restart"] = std::move(settings);
    // What was read may name another source, and then nothing else of it takes effect (semantics 1.4).
    if (const auto pending = operations.status().engine.pending) answered["pending"] = object_of(*pending);
    co_return ok(boost::json::serialize(answered));
}

constexpr Route<Operations> routes[] = {
    {"GET", "/v1/status", status},       {"GET", "/v1/plan", plan},
    {"POST", "/v1/plan", plan_of_draft}, {"POST", "/v1/sync", sync_now},
    {"GET", "/v1/explain", explain},     {"POST", "/v1/holds/{id}/approve", approve},
    {"POST", "/v1/pause", pause},        {"POST", "/v1/resume", resume},
    {"POST", "/v1/reload", reload},
};

}  // namespace

void add_cycle_routes(http::Router& router, Operations& operations) {
    add_routes<Operations>(router, routes, operations);
}

}  // namespace dirsync::api
