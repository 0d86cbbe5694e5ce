#pragma once

#include <string_view>

#include "daemon/http_server.hpp"
#include "daemon/source_operations.hpp"

namespace dirsync::daemon {

/// True for what lies below /v1/source/ (docs/control-api.md).
bool is_source_request(const Request& request) noexcept;

/// Answers such a request.
sync::Task<Response> handle_source(SourceOperations& operations, Request request);

}  // namespace dirsync::daemon
