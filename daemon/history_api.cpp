#include "daemon/history_api.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "daemon/responses.hpp"

namespace dirsync::daemon {

std::string_view HistoryApi::methods_of(const std::vector<std::string>& segments) {
    const bool is_revert = segments.size() == 4 && segments[1] == "runs" && segments[3] == "revert";
    return is_revert ? "POST" : "";
}

Task<Response> HistoryApi::handle(Request request) {
    const auto body = body_of(request);
    if (!body) co_return problem(400, "bad request", "the body is no JSON object");
    const auto* dry_run = body->if_contains("dry_run");
    if (dry_run != nullptr && !dry_run->is_bool())
        co_return problem(400, "bad request", "'dry_run' is true or false");
    const bool is_dry = dry_run != nullptr && dry_run->get_bool();
    const auto report = co_await operations_.revert(request.segments[2], is_dry);
    co_return report ? ok(json_of(*report, is_dry)) : failure(report.error());
}

}  // namespace dirsync::daemon
