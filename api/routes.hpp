#pragma once

#include <span>
#include <string_view>
#include <utility>

#include "api/operations.hpp"
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
};

/// `api` outlives the router.
template <class Api>
void add_routes(http::Router& router, std::span<const Route<Api>> routes, Api& api) {
    for (const auto& route : routes) {
        router.add(route.method, route.pattern, [&api, answer = route.answer](http::Request request) {
            return answer(api, std::move(request));
        });
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
