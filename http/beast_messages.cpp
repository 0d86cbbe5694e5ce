#include "http/beast_messages.hpp"

#include <utility>

#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "core/exit_code.hpp"
#include "core/text.hpp"
#include "http/target.hpp"

namespace dirsync::http {
namespace {

namespace http = boost::beast::http;

template <class Body>
void set_head(http::response<Body>& answer, const Response& response, const Delivery& how) {
    answer.version(how.version);
    answer.result(response.status);
    answer.set(http::field::content_type, response.content_type);
    for (const auto& [name, value] : response.headers) answer.set(name, value);
    answer.keep_alive(how.keep_alive);
}

}  // namespace

std::optional<Request> request_of(http::request<http::string_body>&& message) {
    Request request;
    request.method = std::string(message.method_string());
    if (!read_target({message.target().data(), message.target().size()}, request)) return std::nullopt;
    for (const auto& field : message) request.headers[text::lower(field.name_string())] = field.value();
    request.body = std::move(message.body());
    return request;
}

Response refusal(unsigned status, const std::string& title) {
    const boost::json::object details{{"type", "about:blank"},
                                      {"title", title},
                                      {"status", status},
                                      {"detail", title},
                                      {"exit_code", status == 503 ? exit_unavailable : exit_usage}};
    Response response;
    response.status = status;
    response.content_type = "application/problem+json";
    response.body = boost::json::serialize(details);
    return response;
}

std::optional<Response> answer_to(const boost::system::error_code& error, std::uint64_t largest_body) {
    if (error == http::error::body_limit)
        return refusal(413, "the body is larger than " + std::to_string(largest_body >> 20) + " MiB");
    if (error == http::error::header_limit) return refusal(431, "the header is larger than 16 KiB");
    const bool nonsense = error.category() == http::make_error_code(http::error::bad_method).category() &&
                          error != http::error::end_of_stream && error != http::error::partial_message;
    if (nonsense) return refusal(400, "this is not HTTP");
    return std::nullopt;
}

http::response<http::string_body> message_of(Response response, const Delivery& how) {
    http::response<http::string_body> answer;
    set_head(answer, response, how);
    answer.body() = std::move(response.body);
    answer.prepare_payload();
    // The length stays: RFC 9110 9.3.2.
    if (how.without_body) answer.body().clear();
    return answer;
}

http::response<http::empty_body> head_of(const Response& response, const Delivery& how) {
    http::response<http::empty_body> answer;
    set_head(answer, response, how);
    answer.chunked(true);
    return answer;
}

}  // namespace dirsync::http
