#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "api/operations.hpp"
#include "http/http_server.hpp"

namespace dirsync::api {

/// The part of the control API that takes runs back (docs/control-api.md).
class HistoryApi {
public:
    explicit HistoryApi(Operations& operations) : operations_(operations) {}

    /// Methods that it answers under this path; empty: none.
    static std::string_view methods_of(const std::vector<std::string>& segments);
    /// A request with one of these methods.
    Task<http::Response> handle(http::Request request);

    /// The rows of a query as soon as there are any, at the latest after `longest`, of which no more than
    /// half a minute counts.
    Task<Result<sync::Rows>> rows_within(sync::ViewQuery query, std::chrono::seconds longest);

private:
    Operations& operations_;
};

}  // namespace dirsync::api
