#pragma once

#include <string_view>

#include "api/messages/problem.hpp"
#include "core/error.hpp"

namespace dirsync::api {

/// The problem details of an error, with its HTTP status and exit code.
messages::Problem problem_of(const Error& error);

/// The area of a failure in one word: directory, credentials, configuration, store, hold, internal.
std::string_view area_of(ErrorCode code) noexcept;

}  // namespace dirsync::api
