#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/task.hpp"
#include "http/http_server.hpp"

namespace dirsync::http {

/// Finds the handler of a request by method and path. Filled once, then only read.
class Router {
public:
    using Handler = std::function<Task<Response>(Request)>;

    /// `pattern` is a path such as "/v1/groups/{name}/members": a part in braces stands for any segment that
    /// is not empty, which the handler finds under that name in `Request::named`.
    void add(std::string_view method, std::string_view pattern, Handler handler);

    struct Match {
        const Handler* handler = nullptr;  ///< null: no route fits; lives as long as the router
        std::string allow;                 ///< "GET, POST": the methods of the path; empty: no such path
    };
    /// Fills in `Request::named` for the handler. If several patterns fit, the first one added wins.
    Match match(Request& request) const;

private:
    struct Route {
        std::string method;
        std::vector<std::string> segments;
        Handler handler;
    };
    std::vector<Route> routes_;
};

}  // namespace dirsync::http
