#pragma once

#include <string_view>

#include "api/source_operations.hpp"
#include "http/http_server.hpp"

namespace dirsync::api {

/// True for what lies below /v1/source/ (docs/control-api.md).
bool is_source_request(const http::Request& request) noexcept;

/// Answers such a request.
Task<http::Response> handle_source(SourceOperations& operations, http::Request request);

}  // namespace dirsync::api
