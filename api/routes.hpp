#pragma once

#include <span>
#include <string_view>
#include <utility>

#include "api/operations.hpp"
#include "api/responses.hpp"
#include "core/task.hpp"
#include "http/router.hpp"
#include "survey/survey_operations.hpp"

namespace dirsync::api {

/// A route of the control API (docs/control-api.md) and the function that answers it.
template <class Api>
struct Route {
    std::string_view method;
    std::string_view pattern;  ///< as http::Router takes it
    Task<http::Response> (*answer)(Api&, http::Request);
    /// Of a request that changes something, beside `reason`: all that it takes, with blanks between. Others
    /// are refused: misspelt, one would be taken for left out.
    std::string_view parameters = {};
};

/// An answer that is there already.
inline Task<http::Response> answered(http::Response response) { co_return response; }

/// `api` outlives the router.
template <class Api>
void add_routes(http::Router& router, std::span<const Route<Api>> routes, Api& api) {
    for (const auto& route : routes) {
        const auto answer = [&api, route](http::Request request) -> Task<http::Response> {
            if (route.method != "GET") {
                if (auto fault = unknown_parameter(request, route.parameters))
                    return answered(std::move(*fault));
            }
            return route.answer(api, std::move(request));
        };
        router.add(route.method, route.pattern, answer);
    }
}

/// The parts of the control API. `operations` outlives the router.
void add_cycle_routes(http::Router& router, Operations& operations);  ///< status, plan, sync, pause, approve
void add_store_routes(http::Router& router, Operations& operations);  ///< users, groups, holds, errors
void add_history_routes(http::Router& router, Operations& operations);       ///< runs, changes, revert
void add_source_routes(http::Router& router, SourceOperations& operations);  ///< changes of source, snapshots
void add_admin_routes(http::Router& router, Operations& operations);  ///< edits, permission sets, assignments
void add_survey_routes(http::Router& router, survey::SurveyOperations& operations);  ///< setup and doctor

}  // namespace dirsync::api
