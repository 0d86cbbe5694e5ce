#pragma once

#include <string>

#include "api/operations.hpp"

namespace dirsync::api {

/// What `/metrics` answers, in the text format of Prometheus.
std::string metrics_of(const StatusReport& status);

}  // namespace dirsync::api
