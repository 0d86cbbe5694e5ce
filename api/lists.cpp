#include "api/lists.hpp"

namespace dirsync::api {

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

void add_link(http::Response& response, const http::Request& request, std::size_t limit, std::uint64_t next) {
    if (next == 0) return;
    response.headers["Link"] = "<" + request.path + "?after=" + std::to_string(next) +
                               "&limit=" + std::to_string(limit) + ">; rel=\"next\"";
}

}  // namespace dirsync::api
