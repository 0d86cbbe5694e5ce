#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/admin_operations.hpp"
#include "api/operations.hpp"
#include "http/http_server.hpp"

namespace dirsync::api {

/// The part of the control API by which admins edit the built-in directory, permission sets and assignments
/// (docs/control-api.md).
class AdminApi {
public:
    explicit AdminApi(Operations& operations) : operations_(operations) {}

    /// Methods that it answers under this path: "POST", "PATCH, DELETE", ...; empty: none.
    static std::string_view methods_of(const std::vector<std::string>& segments);
    /// A request with one of these methods.
    Task<http::Response> handle(http::Request request);

private:
    Task<http::Response> write(http::Request request, admin::Edit edit);
    Task<http::Response> shown(std::string kind, RowId id, unsigned status);
    Task<http::Response> import(http::Request request);
    Task<http::Response> list_assignments(http::Request request);
    Task<http::Response> export_assignments();
    Task<http::Response> list_permission_sets();

    Operations& operations_;
};

}  // namespace dirsync::api
