#include "api/messages/surveys.hpp"

namespace dirsync::messages {
namespace {

CheckOutcome outcome_of(const std::string& word) {
    for (const auto outcome : {CheckOutcome::ok, CheckOutcome::warning, CheckOutcome::failed}) {
        if (word == name_of(outcome)) return outcome;
    }
    return CheckOutcome::skipped;
}

}  // namespace

CheckReport report_of(const std::vector<Check>& checks) {
    CheckReport report;
    for (const auto& check : checks) {
        CheckLine& line = report.checks.emplace_back();
        line.check = check.name;
        line.subject = check.subject;
        line.outcome = name_of(check.outcome);
        line.seen = check.seen;
        if (!check.advice.empty()) line.advice = check.advice;
        line.exit_code = check.exit_code;
    }
    report.exit_code = exit_code_of(checks);
    return report;
}

std::vector<Check> checks_of(const CheckReport& report) {
    std::vector<Check> checks;
    for (const auto& line : report.checks) {
        Check& check = checks.emplace_back();
        check.name = line.check;
        check.subject = line.subject;
        check.outcome = outcome_of(line.outcome);
        check.seen = line.seen;
        check.advice = line.advice.value_or("");
        check.exit_code = line.exit_code;
    }
    return checks;
}

}  // namespace dirsync::messages
