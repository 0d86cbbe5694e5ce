#include "api/responses.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "api/problems.hpp"
#include "core/exit_code.hpp"

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

http::Response problem(const messages::Problem& details) {
    http::Response response;
    response.status = details.status;
    response.content_type = "application/problem+json";
    response.body = messages::text_of(details);
    return response;
}

http::Response problem(unsigned status, const std::string& title, const std::string& detail) {
    messages::Problem details;
    details.title = title;
    details.status = status;
    details.detail = detail;
    details.exit_code = exit_usage;
    return problem(details);
}

http::Response failure(const Error& error) { return problem(problem_of(error)); }

http::Response bad_request(const std::string& why) { return problem(400, "bad request", why); }

http::Response bad_number(const std::string& name) { return bad_request(no_number(name)); }

std::string no_number(const std::string& name) { return "the parameter '" + name + "' must be a number"; }

std::optional<http::Response> unknown_parameter(const http::Request& request, std::string_view known) {
    for (const auto& [name, value] : request.query) {
        bool is_known = name == "reason";
        std::string_view rest = known;
        while (!is_known && !rest.empty()) {
            const auto word = rest.substr(0, rest.find(' '));
            is_known = word == name;
            rest.remove_prefix(std::min(rest.size(), word.size() + 1));
        }
        if (!is_known) return bad_request("this request has no parameter " + quoted_peer_text(name));
    }
    return std::nullopt;
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
