#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/admin_operations.hpp"
#include "daemon/http_server.hpp"
#include "daemon/operations.hpp"

namespace dirsync::daemon {

/// The part of the control API by which admins edit the built-in directory, permission sets and assignments
/// (docs/control-api.md).
class AdminApi {
public:
    explicit AdminApi(Operations& operations) : operations_(operations) {}

    /// Methods that it answers under this path: "POST", "PATCH, DELETE", ...; empty: none.
    static std::string_view methods_of(const std::vector<std::string>& segments);
    /// A request with one of these methods.
    sync::Task<Response> handle(Request request);

private:
    sync::Task<Response> write(Request request, admin::Edit edit);
    sync::Task<Response> shown(std::string kind, RowId id, unsigned status);
    sync::Task<Response> import(Request request);
    sync::Task<Response> list_assignments(Request request);
    sync::Task<Response> export_assignments();
    sync::Task<Response> list_permission_sets();

    Operations& operations_;
};

}  // namespace dirsync::daemon
