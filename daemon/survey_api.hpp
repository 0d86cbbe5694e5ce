#pragma once

#include "daemon/http_server.hpp"
#include "daemon/survey_operations.hpp"

namespace dirsync::daemon {

/// True for what lies below /v1/survey/ (docs/control-api.md).
bool is_survey_request(const Request& request) noexcept;

/// Answers such a request.
sync::Task<Response> handle_survey(SurveyOperations& operations, Request request);

}  // namespace dirsync::daemon
