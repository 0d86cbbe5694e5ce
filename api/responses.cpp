#include "api/responses.hpp"

#include <algorithm>
#include <charconv>
#include <variant>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace dirsync::api {
namespace {

std::optional<std::int64_t> number(const std::string& text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

}  // namespace

http::Response ok(std::string body) {
    http::Response response;
    response.body = std::move(body);
    return response;
}

http::Response problem(const Problem& details) {
    http::Response response;
    response.status = details.status;
    response.content_type = "application/problem+json";
    response.body = json_of(details);
    return response;
}

http::Response problem(unsigned status, const std::string& title, const std::string& detail) {
    return problem(Problem{status, title, detail, 64});
}

http::Response failure(const Error& error) { return problem(problem_of(error)); }

http::Response bad_request(const std::string& why) { return problem(400, "bad request", why); }

http::Response bad_number(const std::string& name) { return bad_request(no_number(name)); }

std::string no_number(const std::string& name) { return "the parameter '" + name + "' is no number"; }

http::Response no_object() { return bad_request("the body is no JSON object"); }

std::optional<boost::json::object> body_of(const http::Request& request) {
    if (request.body.empty()) return boost::json::object();
    boost::system::error_code error;
    const auto value = boost::json::parse(request.body, error);
    if (error || !value.is_object()) return std::nullopt;
    return value.get_object();
}

std::optional<bool> flag_in(const boost::json::object& body, std::string_view name) {
    const auto* value = body.if_contains(name);
    if (value == nullptr) return false;
    return value->is_bool() ? std::optional(value->get_bool()) : std::nullopt;
}

const std::string* parameter(const http::Request& request, const std::string& name) {
    const auto found = request.query.find(name);
    return found == request.query.end() ? nullptr : &found->second;
}

bool take_number(const http::Request& request, const std::string& name, std::int64_t& place) {
    const auto* text = parameter(request, name);
    if (text == nullptr) return true;
    const auto value = number(*text);
    if (value) place = *value;
    return value.has_value();
}

}  // namespace dirsync::api
