#include "core/exit_code.hpp"

namespace dirsync {

int exit_code_of(const Error& error) noexcept {
    // A slip of the command line, whatever it ran into.
    if (error.code() == ErrorCode::not_found || error.code() == ErrorCode::refused) return exit_usage;
    switch (error.error_class()) {
        case ErrorClass::config:
            return exit_config;
        case ErrorClass::denied:
            return exit_denied;
        case ErrorClass::safety:
            return exit_waits;
        case ErrorClass::transient:
        case ErrorClass::data:
        case ErrorClass::conflict:
            return exit_unavailable;
        case ErrorClass::internal:
            break;
    }
    return exit_internal;
}

}  // namespace dirsync
