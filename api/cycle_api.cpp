#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "api/asked.hpp"
#include "api/messages/cycles.hpp"
#include "api/names.hpp"
#include "api/report_messages.hpp"
#include "api/responses.hpp"
#include "api/routes.hpp"

// Cycles: what the daemon does now, and commands that make it do something.
namespace dirsync::api {
namespace {

/// The id of the last run. Not looked up while a cycle runs: a long commit blocks the store, and status must
/// answer even then.
Task<std::optional<std::string>> last_run_id(Operations& operations, const StatusReport& status) {
    if (!status.engine.last_run || status.engine.cycle_running) co_return std::nullopt;
    const auto runs = co_await operations.rows().runs(1);
    const bool is_it = runs && !runs->empty() && runs->front().run.started == status.engine.last_run->started;
    co_return is_it ? std::optional(to_text(runs->front().id)) : std::nullopt;
}

Task<http::Response> status(Operations& operations, http::Request) {
    const StatusReport status = operations.status();
    const auto run_id = co_await last_run_id(operations, status);
    co_return ok(message_of(status, run_id));
}

Task<http::Response> plan(Operations& operations, http::Request) {
    const auto report = co_await operations.plan(std::nullopt);
    co_return report ? ok(message_of(*report, true)) : failure(report.error());
}

Task<http::Response> plan_of_draft(Operations& operations, http::Request request) {
    auto asked = messages::read_request<messages::PlanRequest>(request.body);
    if (!asked) co_return bad_request(asked.error().message());
    if (asked->config.empty()) co_return bad_request("'config' must be the text of a configuration");
    const auto report = co_await operations.plan(std::move(asked->config));
    co_return report ? ok(message_of(*report, true)) : failure(report.error());
}

Task<http::Response> sync_now(Operations& operations, http::Request request) {
    const auto asked = messages::read_request<messages::SyncRequest>(request.body);
    if (!asked) co_return bad_request(asked.error().message());
    const auto report = co_await operations.sync(asked->full.value.value_or(false), asked_by(request));
    co_return ok(message_of(report, false));
}

Task<http::Response> explain(Operations& operations, http::Request request) {
    const std::string* whom = parameter(request, "name");
    if (whom == nullptr || whom->empty()) co_return bad_request("the parameter 'name' is missing");
    const auto explanation = co_await operations.explain(*whom);
    co_return explanation ? ok(message_of(*explanation)) : failure(explanation.error());
}

Task<http::Response> approve(Operations& operations, http::Request request) {
    auto asked = messages::read_request<messages::ApproveRequest>(request.body);
    if (!asked) co_return bad_request(asked.error().message());
    auto only = asked->only.value.value_or(std::vector<std::string>());
    // An empty list would approve nothing. To approve all of the hold, leave the list out.
    const bool names_somebody = !asked->only || !only.empty();
    if (!names_somebody || std::ranges::any_of(only, &std::string::empty))
        co_return bad_request("'only' must be a list of at least one name");
    const bool wait = asked->wait.value.value_or(false);
    auto id = hold_called(operations.status().engine.holds, request.named.at("id"));
    if (!id) co_return failure(id.error());
    const auto approved =
        co_await operations.approve(std::move(*id), std::move(only), wait, asked_by(request));
    if (!approved) co_return failure(approved.error());
    co_return approved->report ? ok(message_of(*approved->report, false)) : ok(message_of(approved->hold));
}

/// The body of a request that takes no members.
Result<messages::Done> nothing_in(const http::Request& request) {
    return messages::read_request<messages::Done>(request.body);
}

Task<http::Response> pause(Operations& operations, http::Request request) {
    if (const auto body = nothing_in(request); !body) co_return bad_request(body.error().message());
    const auto paused = co_await operations.pause(asked_by(request));
    co_return paused ? ok(messages::Done()) : failure(paused.error());
}

Task<http::Response> resume(Operations& operations, http::Request request) {
    if (const auto body = nothing_in(request); !body) co_return bad_request(body.error().message());
    const auto resumed = co_await operations.resume(asked_by(request));
    co_return resumed ? ok(messages::Done()) : failure(resumed.error());
}

Task<http::Response> reload(Operations& operations, http::Request request) {
    if (const auto body = nothing_in(request); !body) co_return bad_request(body.error().message());
    auto reloaded = co_await operations.reload(asked_by(request));
    if (!reloaded) co_return failure(reloaded.error());
    messages::Reloaded answer;
    answer.needs_restart = std::move(*reloaded);
    // What was read may name another source, and then nothing else of it takes effect (semantics 1.4).
    const auto engine = operations.status().engine;
    if (engine.pending) answer.pending.value = message_of(*engine.pending);
    if (engine.config_refused) answer.settings_refused.value = true;
    co_return ok(answer);
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
