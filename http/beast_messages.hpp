#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/system/error_code.hpp>

#include "http/http_server.hpp"

// Conversions between our requests and responses and those of Boost.Beast.
namespace dirsync::http {

/// How a request wants to be answered.
struct Delivery {
    unsigned version = 11;
    bool keep_alive = false;
    bool without_body = false;  ///< of a HEAD request
};

/// nullopt: its target cannot be understood.
std::optional<Request> request_of(boost::beast::http::request<boost::beast::http::string_body>&& message);

/// A refusal of the server itself, as RFC 9457 problem details.
Response refusal(unsigned status, const std::string& title);
/// The answer to a request that could not be read; nullopt: the peer has gone.
std::optional<Response> answer_to(const boost::system::error_code& error, std::uint64_t largest_body);

boost::beast::http::response<boost::beast::http::string_body> message_of(Response response,
                                                                         const Delivery& how);
/// The header of an answer whose body comes in chunks.
boost::beast::http::response<boost::beast::http::empty_body> head_of(const Response& response,
                                                                     const Delivery& how);

}  // namespace dirsync::http
