#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "api/json.hpp"
#include "core/error.hpp"
#include "http/http_server.hpp"

namespace dirsync::api {

/// Answers of the control API.
http::Response ok(std::string body);
/// Problem details (RFC 9457).
http::Response problem(const Problem& details);
/// A request that cannot be meant: exit code 64.
http::Response problem(unsigned status, const std::string& title, const std::string& detail);
http::Response failure(const Error& error);
http::Response bad_request(const std::string& why);
http::Response bad_number(const std::string& name);
/// The sentence of `bad_number`.
std::string no_number(const std::string& name);
/// The body is something else than a JSON object.
http::Response no_object();

/// The body as a JSON object; an empty body is an empty object. nullopt: the body is something else.
std::optional<boost::json::object> body_of(const http::Request& request);
/// A member that is true or false, false when it is not there; nullopt: it is something else.
std::optional<bool> flag_in(const boost::json::object& body, std::string_view name);
/// Null when the request has no such parameter.
const std::string* parameter(const http::Request& request, const std::string& name);
/// Reads an integer parameter into `place`; without the parameter `place` stays as it is. False: the value is
/// not a number.
bool take_number(const http::Request& request, const std::string& name, std::int64_t& place);

}  // namespace dirsync::api
