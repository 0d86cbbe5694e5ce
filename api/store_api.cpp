#include <string>
#include <utility>
#include <vector>

#include "api/lists.hpp"
#include "api/names.hpp"
#include "api/responses.hpp"
#include "api/routes.hpp"
#include "model/holds.hpp"

// The rows of the identity store.
namespace dirsync::api {
namespace {

Task<http::Response> source(Operations& operations, http::Request) {
    const std::vector<sync::SourceRecord> one(1, operations.status().engine.source);
    co_return ok(messages::text_of(messages_of(one)));
}
Task<http::Response> errors(Operations& operations, http::Request request) {
    const auto page = page_of(request);
    if (!page) co_return bad_request(page.error().message());
    auto listed = co_await operations.rows().errors();
    if (listed && parameter(request, "limit") != nullptr && listed->size() > page->limit)
        listed->resize(page->limit);
    co_return list_answer(std::move(listed));
}
Task<http::Response> holds(Operations& operations, http::Request) {
    auto lines = co_await operations.rows().held("");
    co_return list_answer(std::move(lines));
}

Task<http::Response> users(Operations& operations, http::Request request) {
    return page_answer<sync::UserRecord>(
        std::move(request), [&operations](sync::Page page) { return operations.rows().users(page); });
}
Task<http::Response> groups(Operations& operations, http::Request request) {
    return page_answer<sync::GroupRecord>(
        std::move(request), [&operations](sync::Page page) { return operations.rows().groups(page); });
}

/// The objects of one hold.
Task<http::Response> held(Operations& operations, http::Request request) {
    const auto id = hold_called(operations.status().engine.holds, request.named.at("id"));
    if (!id) co_return failure(id.error());
    auto lines = co_await operations.rows().held(*id);
    if (lines && lines->empty()) co_return failure(sync::no_such_hold(*id));
    co_return list_answer(std::move(lines));
}

Error nobody_called(const char* kind, const std::string& name) {
    return Error(ErrorCode::not_found, std::string("no ") + kind + " is called " + quoted_peer_text(name) +
                                           "; 'dirsyncctl explain' says why somebody is missing");
}

Task<http::Response> user(Operations& operations, http::Request request) {
    const std::string name = request.named.at("name");
    const auto found = co_await operations.rows().user(name);
    if (!found) co_return failure(found.error());
    co_return *found ? ok(message_of(**found)) : failure(nobody_called("user", name));
}
Task<http::Response> group(Operations& operations, http::Request request) {
    const std::string name = request.named.at("name");
    const auto found = co_await operations.rows().group(name);
    if (!found) co_return failure(found.error());
    co_return *found ? ok(message_of(**found)) : failure(nobody_called("group", name));
}

Task<http::Response> members(Operations& operations, http::Request request) {
    const std::string name = request.named.at("name");
    const auto found = co_await operations.rows().group(name);
    if (!found) co_return failure(found.error());
    if (!*found) co_return failure(nobody_called("group", name));
    const RowId group = (*found)->id;
    ReadPage<sync::UserRecord> read = [&operations, group](sync::Page page) {
        return operations.rows().members(group, page);
    };
    auto answering = page_answer<sync::UserRecord>(std::move(request), std::move(read));
    co_return co_await std::move(answering);
}

/// The rows that have a name, else the rows that it may mean.
Task<http::Response> names(Operations& operations, http::Request request) {
    const auto* name = parameter(request, "name");
    if (name == nullptr || name->empty()) co_return bad_request("the parameter 'name' is missing");
    const auto* kind = parameter(request, "kind");
    if (kind != nullptr && *kind != "user" && *kind != "group")
        co_return bad_request("the parameter 'kind' must be user or group");
    const std::string wanted = kind == nullptr ? std::string() : *kind;
    auto found = co_await matches(operations.rows(), *name, wanted);
    co_return found ? ok(messages::text_of(*found)) : failure(found.error());
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
    {"GET", "/v1/names", names},
};

}  // namespace

void add_store_routes(http::Router& router, Operations& operations) {
    add_routes<Operations>(router, routes, operations);
}

}  // namespace dirsync::api
