#pragma once

#include <optional>
#include <string>

#include <boost/json/object.hpp>

#include "core/error.hpp"
#include "daemon/http_server.hpp"
#include "daemon/json.hpp"

namespace dirsync::daemon {

/// What the handlers of the control API answer with, and what they find in a request.

Response ok(std::string body);
Response problem(const Problem& details);
/// Exit code 64: the request is wrong.
Response problem(unsigned status, const std::string& title, const std::string& detail);
Response failure(const Error& error);

/// The body as a JSON object; an empty one is an empty object. nullopt: it is none.
std::optional<boost::json::object> body_of(const Request& request);
/// A parameter of the query; null: it is not there.
const std::string* parameter(const Request& request, const std::string& name);

}  // namespace dirsync::daemon
