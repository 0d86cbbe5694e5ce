#pragma once

#include "api/operations.hpp"
#include "core/task.hpp"
#include "http/router.hpp"

namespace dirsync::api {

/// The control API: HTTP requests to operations and back (docs/control-api.md). Errors are RFC 9457 problem
/// details with the exit code of the command. The routes are in the other files of api/.
class ControlApi {
public:
    explicit ControlApi(Operations& operations);

    /// Everything, for the control socket.
    Task<http::Response> handle(http::Request request);
    /// /healthz, /readyz and /metrics only, for the TCP listener: answers name no server and quote no error.
    Task<http::Response> handle_public(http::Request request);

private:
    http::Response for_monitoring(const http::Request& request, bool with_reason);

    Operations& operations_;
    http::Router router_;
};

}  // namespace dirsync::api
