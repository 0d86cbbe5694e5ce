#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include <boost/json/object.hpp>

#include "api/asked.hpp"
#include "api/record_json.hpp"
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

/// Lines of the journal as soon as there are any, at the latest after `longest`.
Task<Result<std::vector<sync::JournalLine>>> changes_within(Operations& operations, std::uint64_t since,
                                                            std::size_t limit, std::chrono::seconds longest) {
    const auto end = std::chrono::steady_clock::now() + std::min(longest, longest_wait);
    for (;;) {
        auto lines = co_await operations.rows().changes_after(since, limit);
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
        if (!lines || !lines->empty() || left.count() <= 0) co_return lines;
        if (!co_await operations.wait_for_write(std::min(left, look_again))) co_return lines;
    }
}

/// -1 means all.
std::size_t limit_of(std::int64_t limit) { return limit < 0 ? SIZE_MAX : static_cast<std::size_t>(limit); }

Task<http::Response> runs(Operations& operations, http::Request request) {
    std::int64_t limit = default_lines;
    if (!take_number(request, "limit", limit)) co_return bad_number("limit");
    co_return answer_of(co_await operations.rows().runs(limit_of(limit)));
}

/// The latest ones, or all after a number.
Task<http::Response> changes(Operations& operations, http::Request request) {
    std::int64_t limit = default_lines;
    if (!take_number(request, "limit", limit)) co_return bad_number("limit");
    if (parameter(request, "since") == nullptr)
        co_return answer_of(co_await operations.rows().latest_changes(limit_of(limit)));
    std::int64_t since = 0;
    std::int64_t wait = 0;
    if (!take_number(request, "since", since)) co_return bad_number("since");
    if (!take_number(request, "wait", wait)) co_return bad_number("wait");
    const std::chrono::seconds longest(std::max<std::int64_t>(wait, 0));
    const auto from = static_cast<std::uint64_t>(std::max<std::int64_t>(since, 0));
    co_return answer_of(co_await changes_within(operations, from, limit_of(limit), longest));
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
