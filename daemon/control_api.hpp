#pragma once

#include <optional>
#include <string>

#include "daemon/admin_api.hpp"
#include "daemon/http_server.hpp"
#include "daemon/operations.hpp"

namespace dirsync::daemon {

/// The control API: HTTP requests to operations and back (docs/control-api.md). Errors are RFC 9457 problem
/// details with the exit code that a command ends with.
class ControlApi {
public:
    explicit ControlApi(Operations& operations) : operations_(operations), admin_(operations) {}

    /// Everything, for the control socket.
    Task<Response> handle(Request request);
    /// /healthz, /readyz and /metrics only, for the TCP listener: they name no server and quote no error.
    Task<Response> handle_public(Request request);

private:
    Task<Response> status();
    Response for_monitoring(const Request& request, bool with_reason);
    Task<Response> list(std::string view, Request request, std::string order_by);
    Task<Response> runs_or_changes(std::string view, Request request);
    Task<Response> show(std::string view, std::string name);
    Task<Response> members(std::string group);
    Task<Response> held(std::string hold_id);
    Task<Response> get(Request request);
    Task<Response> post(Request request);
    Task<std::optional<sync::Rows>> named(std::string view, std::string name, Error& error);

    Operations& operations_;
    AdminApi admin_;
};

}  // namespace dirsync::daemon
