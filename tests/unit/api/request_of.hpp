#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "http/http_server.hpp"
#include "tests/support/await.hpp"

namespace dirsync::api {

/// A request as the HTTP server hands it on.
inline http::Request request_of(std::string method, std::vector<std::string> segments, std::string body = "",
                                std::map<std::string, std::string> query = {}) {
    http::Request request;
    request.method = std::move(method);
    for (const auto& segment : segments) request.path += "/" + segment;
    request.segments = std::move(segments);
    request.query = std::move(query);
    request.body = std::move(body);
    return request;
}

/// The whole body of an answer, with the pieces that it is sent in.
inline Result<std::string> whole_body(http::Response& response) {
    std::string body = response.body;
    while (response.more) {
        auto piece = testing::await(response.more->next());
        if (!piece) return piece.error();
        if (piece->empty()) break;
        body += *piece;
    }
    return body;
}

}  // namespace dirsync::api
