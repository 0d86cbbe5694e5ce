#include "api/history_api.hpp"

#include <algorithm>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "api/asked.hpp"
#include "api/responses.hpp"

namespace dirsync::api {
namespace {

/// A client that went away keeps its connection for no longer.
constexpr std::chrono::seconds longest_wait{30};
/// For writes of which nobody is told.
constexpr std::chrono::milliseconds look_again{1000};

}  // namespace

std::string_view HistoryApi::methods_of(const std::vector<std::string>& segments) {
    const bool is_revert = segments.size() == 4 && segments[1] == "runs" && segments[3] == "revert";
    return is_revert ? "POST" : "";
}

Task<http::Response> HistoryApi::handle(http::Request request) {
    const auto body = body_of(request);
    if (!body) co_return problem(400, "bad request", "the body is no JSON object");
    const auto* dry_run = body->if_contains("dry_run");
    if (dry_run != nullptr && !dry_run->is_bool())
        co_return problem(400, "bad request", "'dry_run' is true or false");
    const bool is_dry = dry_run != nullptr && dry_run->get_bool();
    const auto report = co_await operations_.revert(request.segments[2], is_dry, asked_by(request));
    co_return report ? ok(json_of(*report, is_dry)) : failure(report.error());
}

Task<Result<sync::Rows>> HistoryApi::rows_within(sync::ViewQuery query, std::chrono::seconds longest) {
    const auto end = std::chrono::steady_clock::now() + std::min(longest, longest_wait);
    for (;;) {
        auto rows = co_await operations_.query(query);
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
        if (!rows || !rows->rows.empty() || left.count() <= 0) co_return rows;
        if (!co_await operations_.wait_for_write(std::min(left, look_again))) co_return rows;
    }
}

}  // namespace dirsync::api
