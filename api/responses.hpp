#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/messages/json.hpp"
#include "api/messages/problem.hpp"
#include "core/error.hpp"
#include "http/http_server.hpp"

namespace dirsync::api {

/// Answers of the control API.
http::Response ok(std::string body);
template <messages::Described Message>
http::Response ok(const Message& message) {
    return ok(messages::text_of(message));
}
/// Problem details (RFC 9457).
http::Response problem(const messages::Problem& details);
/// A request that makes no sense: exit code 64.
http::Response problem(unsigned status, const std::string& title, const std::string& detail);
http::Response failure(const Error& error);
http::Response bad_request(const std::string& why);
http::Response bad_number(const std::string& name);
/// The sentence of `bad_number`.
std::string no_number(const std::string& name);

/// The refusal of a request with a parameter that is neither `reason` nor among `known`, which has blanks
/// between its words; nullopt: the request has none.
std::optional<http::Response> unknown_parameter(const http::Request& request, std::string_view known);
/// A parameter of the request; null if it is missing.
const std::string* parameter(const http::Request& request, const std::string& name);
/// Reads an integer parameter into `place`; without the parameter `place` stays as it is. False: the value is
/// not a number.
bool take_number(const http::Request& request, const std::string& name, std::int64_t& place);

}  // namespace dirsync::api
