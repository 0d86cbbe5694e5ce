#include "core/check.hpp"

#include <algorithm>

#include "core/exit_code.hpp"

namespace dirsync {
namespace {

Check made(std::string name, std::string subject, CheckOutcome outcome, std::string seen) {
    Check check;
    check.name = std::move(name);
    check.subject = std::move(subject);
    check.outcome = outcome;
    check.seen = std::move(seen);
    return check;
}

}  // namespace

std::string_view name_of(CheckOutcome outcome) noexcept {
    switch (outcome) {
        case CheckOutcome::ok:
            return "ok";
        case CheckOutcome::warning:
            return "warning";
        case CheckOutcome::failed:
            return "failed";
        case CheckOutcome::skipped:
            break;
    }
    return "skipped";
}

Check passed(std::string name, std::string subject, std::string seen) {
    return made(std::move(name), std::move(subject), CheckOutcome::ok, std::move(seen));
}

Check warned(std::string name, std::string subject, std::string seen, std::string advice) {
    Check check = made(std::move(name), std::move(subject), CheckOutcome::warning, std::move(seen));
    check.advice = std::move(advice);
    return check;
}

Check skipped(std::string name, std::string subject, std::string why) {
    return made(std::move(name), std::move(subject), CheckOutcome::skipped, std::move(why));
}

Check failed(std::string name, std::string subject, const Error& why, std::string advice) {
    Check check = made(std::move(name), std::move(subject), CheckOutcome::failed, why.message());
    check.advice = std::move(advice);
    const ErrorClass kind = why.error_class();
    check.exit_code = kind == ErrorClass::denied   ? exit_denied
                      : kind == ErrorClass::config ? exit_config
                                                   : exit_unavailable;
    return check;
}

int exit_code_of(const std::vector<Check>& checks) noexcept {
    int code = 0;
    for (const Check& check : checks) code = std::max(code, check.exit_code);
    return code;
}

}  // namespace dirsync
