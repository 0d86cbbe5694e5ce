#pragma once

#include "http/http_server.hpp"
#include "survey/survey_operations.hpp"

namespace dirsync::api {

/// True for what lies below /v1/survey/ (docs/control-api.md).
bool is_survey_request(const http::Request& request) noexcept;

/// Answers such a request.
Task<http::Response> handle_survey(survey::SurveyOperations& operations, http::Request request);

}  // namespace dirsync::api
