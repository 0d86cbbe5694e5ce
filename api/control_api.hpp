#pragma once

#include <optional>
#include <string>

#include "api/admin_api.hpp"
#include "api/operations.hpp"
#include "http/http_server.hpp"

namespace dirsync::api {

/// The control API: HTTP requests to operations and back (docs/control-api.md). Errors are RFC 9457 problem
/// details with the exit code that a command ends with.
class ControlApi {
public:
    explicit ControlApi(Operations& operations) : operations_(operations), admin_(operations) {}

    /// Everything, for the control socket.
    Task<http::Response> handle(http::Request request);
    /// /healthz, /readyz and /metrics only, for the TCP listener: they name no server and quote no error.
    Task<http::Response> handle_public(http::Request request);

private:
    Task<http::Response> status();
    http::Response for_monitoring(const http::Request& request, bool with_reason);
    Task<http::Response> list(std::string view, http::Request request, std::string order_by);
    Task<http::Response> runs_or_changes(std::string view, http::Request request);
    Task<http::Response> show(std::string view, std::string name);
    Task<http::Response> members(std::string group);
    Task<http::Response> held(std::string hold_id);
    Task<http::Response> get(http::Request request);
    Task<http::Response> post(http::Request request);
    Task<std::optional<sync::Rows>> named(std::string view, std::string name, Error& error);

    Operations& operations_;
    AdminApi admin_;
};

}  // namespace dirsync::api
