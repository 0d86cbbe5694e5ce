#include "api/problems.hpp"

#include "core/exit_code.hpp"

namespace dirsync::api {

messages::Problem problem_of(const Error& error) {
    messages::Problem problem;
    problem.title = name_of(error.code());
    problem.detail = error.message();
    problem.exit_code = exit_code_of(error);
    if (error.code() == ErrorCode::not_found || error.code() == ErrorCode::refused) {
        problem.status = error.code() == ErrorCode::not_found ? 404 : 409;
        return problem;
    }
    switch (error.error_class()) {
        case ErrorClass::config:
            problem.status = 422;
            break;
        case ErrorClass::denied:
            problem.status = 502;
            break;
        case ErrorClass::safety:
            problem.status = 409;
            break;
        case ErrorClass::internal:
            break;
        case ErrorClass::transient:
        case ErrorClass::data:
        case ErrorClass::conflict:
            problem.status = 503;
            break;
    }
    return problem;
}

std::string_view area_of(ErrorCode code) noexcept {
    switch (code) {
        case ErrorCode::store_unavailable:
        case ErrorCode::store_in_use:
        case ErrorCode::store_too_new:
        case ErrorCode::cursor_moved:
            return "store";
        default:
            break;
    }
    switch (class_of(code)) {
        case ErrorClass::denied:
            return "credentials";
        case ErrorClass::config:
            return "configuration";
        case ErrorClass::safety:
            return "hold";
        case ErrorClass::internal:
            return "internal";
        case ErrorClass::transient:
        case ErrorClass::data:
        case ErrorClass::conflict:
            break;
    }
    return "directory";
}

}  // namespace dirsync::api
