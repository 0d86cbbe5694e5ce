#include "api/control_api.hpp"

#include <algorithm>
#include <utility>

#include "api/messages/cycles.hpp"
#include "api/metrics.hpp"
#include "api/responses.hpp"
#include "api/routes.hpp"
#include "core/exit_code.hpp"
#include "core/text.hpp"

namespace dirsync::api {
namespace {

constexpr std::size_t longest_reason = 1000;

http::Response no_such_path(const std::string& path) {
    return problem(404, "not found", "there is no " + quoted_peer_text(path));
}

http::Response wrong_method(const http::Request& request, const std::string& allowed) {
    http::Response response =
        problem(405, "method not allowed", quoted_peer_text(request.path) + " takes " + allowed + " only");
    response.headers["Allow"] = allowed;
    return response;
}

/// Names and ids in the store are UTF-8. Other bytes would find nothing, and an answer could not show them.
bool is_text(const http::Request& request) {
    return std::ranges::all_of(request.segments, text::is_valid_utf8) &&
           std::ranges::all_of(request.query, [](const auto& parameter) {
               return text::is_valid_utf8(parameter.first) && text::is_valid_utf8(parameter.second);
           });
}

}  // namespace

ControlApi::ControlApi(Operations& operations) : operations_(operations) {
    add_cycle_routes(router_, operations);
    add_store_routes(router_, operations);
    add_history_routes(router_, operations);
    add_source_routes(router_, operations);
    add_survey_routes(router_, operations.survey());
    add_admin_routes(router_, operations);
}

http::Response ControlApi::for_monitoring(const http::Request& request, bool with_reason) {
    const bool known =
        request.segments.size() == 1 && (request.segments[0] == "healthz" ||
                                         request.segments[0] == "readyz" || request.segments[0] == "metrics");
    if (!known) return no_such_path(request.path);
    if (request.method != "GET") return wrong_method(request, "GET");
    const std::string& name = request.segments[0];
    if (name == "healthz") return ok(messages::Health{"ok"});
    const StatusReport status = operations_.status();
    if (name == "metrics") {
        http::Response response;
        response.content_type = "text/plain; version=0.0.4";
        response.body = metrics_of(status);
        return response;
    }
    if (status.not_ready.empty()) return ok(messages::Health{"ready"});
    std::string why = "not ready: " + std::string(status.not_ready);
    if (with_reason && !status.not_ready_reason.empty()) why += ": " + status.not_ready_reason;
    messages::Problem details;
    details.title = "not ready";
    details.status = 503;
    details.detail = std::move(why);
    details.exit_code = exit_unavailable;
    return problem(details);
}

Task<http::Response> ControlApi::handle_public(http::Request request) {
    co_return for_monitoring(request, false);
}

Task<http::Response> ControlApi::handle(http::Request request) {
    if (!is_text(request)) co_return problem(400, "bad request", "path and parameters must be UTF-8");
    const auto* reason = parameter(request, "reason");
    if (reason != nullptr && reason->size() > longest_reason)
        co_return problem(400, "bad request", "'reason' may have 1000 bytes at most");
    const auto match = router_.match(request);
    if (match.handler != nullptr) co_return co_await (*match.handler)(std::move(request));
    if (!match.allow.empty()) co_return wrong_method(request, match.allow);
    co_return for_monitoring(request, true);
}

}  // namespace dirsync::api
