#pragma once

#include <optional>
#include <string>

#include <boost/json/object.hpp>

#include "core/error.hpp"
#include "daemon/http_server.hpp"
#include "daemon/json.hpp"

namespace dirsync::daemon {

/// Answers of the control API.
Response ok(std::string body);
/// Problem details (RFC 9457).
Response problem(const Problem& details);
/// A request that cannot be meant: exit code 64.
Response problem(unsigned status, const std::string& title, const std::string& detail);
Response failure(const Error& error);
Response bad_number(const std::string& name);

/// The body as a JSON object; an empty one is an empty object. nullopt: it is none.
std::optional<boost::json::object> body_of(const Request& request);
/// Null when the request has no such parameter.
const std::string* parameter(const Request& request, const std::string& name);
/// An integer parameter into `place`, which stays as it is without one; false: it is no number.
bool take_number(const Request& request, const std::string& name, std::int64_t& place);

}  // namespace dirsync::daemon
