#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include <boost/json/object.hpp>

#include "api/asked.hpp"
#include "api/responses.hpp"
#include "api/routes.hpp"

// Runs, their changes, and taking them back.
namespace dirsync::api {
namespace {

constexpr std::int64_t default_lines = 100;
/// A client that went away keeps its connection for no longer.
constexpr std::chrono::seconds longest_wait{30};
/// For writes of which nobody is told.
constexpr std::chrono::milliseconds look_again{1000};

/// The rows of a query as soon as there are any, at the latest after `longest`.
Task<Result<sync::Rows>> rows_within(Operations& operations, sync::ViewQuery query,
                                     std::chrono::seconds longest) {
    const auto end = std::chrono::steady_clock::now() + std::min(longest, longest_wait);
    for (;;) {
        auto rows = co_await operations.query(query);
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
        if (!rows || !rows->rows.empty() || left.count() <= 0) co_return rows;
        if (!co_await operations.wait_for_write(std::min(left, look_again))) co_return rows;
    }
}

http::Response oldest_first(Result<sync::Rows> rows) {
    if (!rows) return failure(rows.error());
    std::reverse(rows->rows.begin(), rows->rows.end());
    return ok(json_of(*rows));
}

Task<http::Response> runs(Operations& operations, http::Request request) {
    sync::ViewQuery query;
    query.view = "v1_runs";
    query.order_by = "-run_id";
    query.limit = default_lines;
    if (!take_number(request, "limit", query.limit)) co_return bad_number("limit");
    auto rows = co_await operations.query(std::move(query));
    co_return oldest_first(std::move(rows));
}

/// The latest ones, or all after a number.
Task<http::Response> changes(Operations& operations, http::Request request) {
    sync::ViewQuery query;
    query.view = "v1_changes";
    query.order_by = "-seq";
    query.limit = default_lines;
    if (!take_number(request, "limit", query.limit)) co_return bad_number("limit");
    if (parameter(request, "since") == nullptr) {
        auto rows = co_await operations.query(std::move(query));
        co_return oldest_first(std::move(rows));
    }
    std::int64_t since = 0;
    std::int64_t wait = 0;
    if (!take_number(request, "since", since)) co_return bad_number("since");
    if (!take_number(request, "wait", wait)) co_return bad_number("wait");
    query.after_seq = since;
    query.order_by = "seq";
    const std::chrono::seconds longest(std::max<std::int64_t>(wait, 0));
    const auto rows = co_await rows_within(operations, std::move(query), longest);
    co_return rows ? ok(json_of(*rows)) : failure(rows.error());
}

Task<http::Response> revert(Operations& operations, http::Request request) {
    const auto body = body_of(request);
    if (!body) co_return no_object();
    const auto is_dry = flag_in(*body, "dry_run");
    if (!is_dry) co_return bad_request("'dry_run' is true or false");
    const auto report = co_await operations.revert(request.named.at("run"), *is_dry, asked_by(request));
    co_return report ? ok(json_of(*report, *is_dry)) : failure(report.error());
}

constexpr Route<Operations> routes[] = {
    {"GET", "/v1/runs", runs},
    {"GET", "/v1/changes", changes},
    {"POST", "/v1/runs/{run}/revert", revert},
};

}  // namespace

void add_history_routes(http::Router& router, Operations& operations) {
    add_routes<Operations>(router, routes, operations);
}

}  // namespace dirsync::api
