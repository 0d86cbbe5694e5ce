#pragma once

#include <string_view>

#include "http/http_server.hpp"

namespace dirsync::http {

/// Takes a request target in origin form (RFC 9112 3.2.1) apart into `path`, `segments` and `query`; `+`
/// stands for itself. False: it is not in origin form.
bool read_target(std::string_view target, Request& request);

}  // namespace dirsync::http
