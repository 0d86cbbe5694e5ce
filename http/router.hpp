#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/task.hpp"
#include "http/http_server.hpp"

namespace dirsync::http {

/// Which handler answers a request: a table of methods and paths. Filled once, then only asked.
class Router {
public:
    using Handler = std::function<Task<Response>(Request)>;

    /// `pattern` is a path such as "/v1/groups/{name}/members": a part in braces stands for any segment that
    /// is not empty, which the handler finds under that name in `Request::named`.
    void add(std::string_view method, std::string_view pattern, Handler handler);

    struct Match {
        const Handler* handler = nullptr;  ///< null: no route; lives as long as the router
        std::string allow;                 ///< "GET, POST": what the path takes; empty: there is no such path
    };
    /// Fills in `Request::named` for the handler that was found. Of several patterns that fit the one that
    /// was added first answers.
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
