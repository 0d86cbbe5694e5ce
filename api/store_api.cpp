#include <string>
#include <utility>
#include <vector>

#include <boost/json/serialize.hpp>

#include "api/record_json.hpp"
#include "api/responses.hpp"
#include "api/routes.hpp"
#include "model/holds.hpp"

// What is in the identity store.
namespace dirsync::api {
namespace {

/// The page that the parameters `limit` and `after` ask for; an error of theirs.
Result<sync::Page> page_of(const http::Request& request) {
    sync::Page page;
    auto limit = static_cast<std::int64_t>(page.limit);
    std::int64_t after = 0;
    for (const auto& [name, place] : {std::pair("limit", &limit), std::pair("after", &after)}) {
        if (!take_number(request, name, *place) || *place < 0)
            return Error(ErrorCode::refused, no_number(name));
    }
    page.limit = static_cast<std::size_t>(limit);
    page.from = static_cast<std::uint64_t>(after);
    return page;
}

/// A part of a list, with a link to the next one (RFC 8288).
template <class Item>
http::Response page_answer(const http::Request& request, const sync::Page& page,
                           const Result<sync::Listed<Item>>& listed) {
    if (!listed) return failure(listed.error());
    http::Response response = ok(boost::json::serialize(array_of(listed->rows)));
    if (listed->next != 0) {
        response.headers["Link"] = "<" + request.path + "?after=" + std::to_string(listed->next) +
                                   "&limit=" + std::to_string(page.limit) + ">; rel=\"next\"";
    }
    return response;
}

Task<http::Response> source(Operations& operations, http::Request) {
    boost::json::array one;
    one.push_back(object_of(operations.status().engine.source));
    co_return ok(boost::json::serialize(one));
}
Task<http::Response> errors(Operations& operations, http::Request request) {
    const auto page = page_of(request);
    if (!page) co_return bad_request(page.error().message());
    auto listed = co_await operations.rows().errors();
    if (listed && parameter(request, "limit") != nullptr && listed->size() > page->limit)
        listed->resize(page->limit);
    co_return answer_of(listed);
}
Task<http::Response> holds(Operations& operations, http::Request) {
    co_return answer_of(co_await operations.rows().held(""));
}

Task<http::Response> users(Operations& operations, http::Request request) {
    const auto page = page_of(request);
    if (!page) co_return bad_request(page.error().message());
    co_return page_answer(request, *page, co_await operations.rows().users(*page));
}
Task<http::Response> groups(Operations& operations, http::Request request) {
    const auto page = page_of(request);
    if (!page) co_return bad_request(page.error().message());
    co_return page_answer(request, *page, co_await operations.rows().groups(*page));
}

/// What waits under one id.
Task<http::Response> held(Operations& operations, http::Request request) {
    const std::string hold_id = request.named.at("id");
    const auto lines = co_await operations.rows().held(hold_id);
    if (lines && lines->empty()) co_return failure(sync::no_such_hold(hold_id));
    co_return answer_of(lines);
}

Error nobody_called(const char* kind, const std::string& name) {
    return Error(ErrorCode::not_found, std::string("no ") + kind + " is called " + quoted_peer_text(name) +
                                           "; 'dirsyncctl explain' says why somebody is missing");
}

Task<http::Response> user(Operations& operations, http::Request request) {
    const std::string name = request.named.at("name");
    const auto found = co_await operations.rows().user(name);
    if (!found) co_return failure(found.error());
    co_return *found ? ok(boost::json::serialize(object_of(**found))) : failure(nobody_called("user", name));
}
Task<http::Response> group(Operations& operations, http::Request request) {
    const std::string name = request.named.at("name");
    const auto found = co_await operations.rows().group(name);
    if (!found) co_return failure(found.error());
    co_return *found ? ok(boost::json::serialize(object_of(**found))) : failure(nobody_called("group", name));
}

Task<http::Response> members(Operations& operations, http::Request request) {
    const auto page = page_of(request);
    if (!page) co_return bad_request(page.error().message());
    const std::string name = request.named.at("name");
    const auto found = co_await operations.rows().group(name);
    if (!found) co_return failure(found.error());
    if (!*found) co_return failure(nobody_called("group", name));
    co_return page_answer(request, *page, co_await operations.rows().members((*found)->id, *page));
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
