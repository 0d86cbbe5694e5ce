#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "api/responses.hpp"
#include "api/routes.hpp"
#include "core/uuid.hpp"
#include "model/holds.hpp"

// What is in the identity store.
namespace dirsync::api {
namespace {

Task<http::Response> list(Operations& operations, http::Request request, std::string view,
                          std::string order) {
    sync::ViewQuery query;
    query.view = std::move(view);
    query.order_by = std::move(order);
    if (!take_number(request, "limit", query.limit)) co_return bad_number("limit");
    if (!take_number(request, "offset", query.offset)) co_return bad_number("offset");
    const auto rows = co_await operations.query(std::move(query));
    co_return rows ? ok(json_of(*rows)) : failure(rows.error());
}

Task<http::Response> source(Operations& operations, http::Request request) {
    return list(operations, std::move(request), "v1_identity_source", "");
}
Task<http::Response> errors(Operations& operations, http::Request request) {
    return list(operations, std::move(request), "v1_entity_errors", "name");
}
Task<http::Response> holds(Operations& operations, http::Request request) {
    return list(operations, std::move(request), "v1_holds", "hold_id");
}
Task<http::Response> users(Operations& operations, http::Request request) {
    return list(operations, std::move(request), "v1_users", "user_name");
}
Task<http::Response> groups(Operations& operations, http::Request request) {
    return list(operations, std::move(request), "v1_groups", "display_name");
}

/// What waits under one id.
Task<http::Response> held(Operations& operations, http::Request request) {
    const std::string hold_id = request.named.at("id");
    sync::ViewQuery query;
    query.view = "v1_holds";
    query.order_by = "name";
    query.equals.emplace_back("hold_id", hold_id);
    const auto rows = co_await operations.query(std::move(query));
    if (!rows) co_return failure(rows.error());
    co_return rows->rows.empty() ? failure(sync::no_such_hold(hold_id)) : ok(json_of(*rows));
}

struct Kind {
    const char* word;
    const char* view;
    const char* name;
    const char* id;
};
constexpr Kind of_users{"user", "v1_users", "user_name", "user_id"};
constexpr Kind of_groups{"group", "v1_groups", "display_name", "group_id"};

/// The one row with that name or id. not_found.
Task<Result<sync::Rows>> named(Operations& operations, const Kind& kind, std::string name) {
    std::vector<std::string> columns{kind.name};
    if (parse_uuid(name)) {
        columns.emplace_back(kind.id);
        columns.emplace_back("external_id");
    }
    for (const auto& column : columns) {
        sync::ViewQuery query;
        query.view = kind.view;
        query.equals.emplace_back(column, name);
        auto rows = co_await operations.query(std::move(query));
        if (!rows || !rows->rows.empty()) co_return rows;
    }
    co_return Error(ErrorCode::not_found, std::string("no ") + kind.word + " is called " +
                                              quoted_peer_text(name) +
                                              "; 'dirsyncctl explain' says why somebody is missing");
}

Task<http::Response> show(Operations& operations, const Kind& kind, http::Request request) {
    const auto rows = co_await named(operations, kind, request.named.at("name"));
    co_return rows ? ok(first_json_of(*rows)) : failure(rows.error());
}

Task<http::Response> user(Operations& operations, http::Request request) {
    return show(operations, of_users, std::move(request));
}
Task<http::Response> group(Operations& operations, http::Request request) {
    return show(operations, of_groups, std::move(request));
}

Task<http::Response> members(Operations& operations, http::Request request) {
    const auto found = co_await named(operations, of_groups, request.named.at("name"));
    if (!found) co_return failure(found.error());
    sync::ViewQuery memberships;
    memberships.view = "v1_memberships";
    memberships.equals.emplace_back("group_id", text_at(*found, 0, "group_id"));
    const auto edges = co_await operations.query(std::move(memberships));
    if (!edges) co_return failure(edges.error());
    sync::Rows members;
    for (std::size_t i = 0; i < edges->rows.size(); ++i) {
        sync::ViewQuery query;
        query.view = "v1_users";
        query.equals.emplace_back("user_id", text_at(*edges, i, "user_id"));
        auto user = co_await operations.query(std::move(query));
        if (!user) co_return failure(user.error());
        members.columns = user->columns;
        for (auto& row : user->rows) members.rows.push_back(std::move(row));
    }
    const auto by_name = std::find(members.columns.begin(), members.columns.end(), "user_name");
    if (by_name != members.columns.end()) {
        const auto at = static_cast<std::size_t>(by_name - members.columns.begin());
        std::sort(members.rows.begin(), members.rows.end(),
                  [at](const auto& left, const auto& right) { return left[at] < right[at]; });
    }
    co_return ok(json_of(members));
}

constexpr Route<Operations> routes[] = {
    {"GET", "/v1/source", source},
    {"GET", "/v1/errors", errors},
    {"GET", "/v1/holds", holds},
    {"GET", "/v1/holds/{id}", held},
    {"GET", "/v1/users", users},
    {"GET", "/v1/users/{name}", user},
    {"GET", "/v1/groups", groups},
    {"GET", "/v1/groups/{name}", group},
    {"GET", "/v1/groups/{name}/members", members},
};

}  // namespace

void add_store_routes(http::Router& router, Operations& operations) {
    add_routes<Operations>(router, routes, operations);
}

}  // namespace dirsync::api
