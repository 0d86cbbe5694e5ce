#include "ctl/text/check_format.hpp"

#include <algorithm>

#include "core/visible_text.hpp"
#include "ctl/text/json_text.hpp"

namespace dirsync::ctl {
namespace {

namespace json = boost::json;

constexpr std::size_t outcome_width = 9;
constexpr std::size_t name_width = 17;

CheckOutcome outcome_of(const std::string& word) {
    for (const auto outcome : {CheckOutcome::ok, CheckOutcome::warning, CheckOutcome::failed}) {
        if (word == name_of(outcome)) return outcome;
    }
    return CheckOutcome::skipped;
}

std::string padded(std::string text, std::size_t width) {
    if (text.size() < width) text.append(width - text.size(), ' ');
    return text;
}

std::string advice_lines(const std::string& advice) {
    std::string text;
    std::string_view rest = advice;
    const std::string margin(outcome_width, ' ');
    for (bool first = true; !rest.empty(); first = false) {
        const auto end = std::min(rest.find('\n'), rest.size());
        text += margin + (first ? "-> " : "   ") + text::printable(rest.substr(0, end)) + "\n";
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return text;
}

std::string numbers(const std::vector<Check>& checks) {
    const auto count = [&checks](CheckOutcome outcome) {
        return std::count_if(checks.begin(), checks.end(),
                             [outcome](const Check& check) { return check.outcome == outcome; });
    };
    const auto warnings = count(CheckOutcome::warning);
    std::string text = std::to_string(count(CheckOutcome::ok)) + " in order, " + std::to_string(warnings) +
                       (warnings == 1 ? " warning, " : " warnings, ") +
                       std::to_string(count(CheckOutcome::failed)) + " failed";
    if (const auto skipped = count(CheckOutcome::skipped); skipped != 0)
        text += ", " + std::to_string(skipped) + " not looked at";
    return text + "\n";
}

}  // namespace

std::vector<Check> checks_of(std::string_view text) {
    const json::value object = parsed(text);
    std::vector<Check> checks;
    for (const auto& element : elements(member(object, "checks"))) {
        Check check;
        check.name = shown(element, "check");
        check.subject = shown(element, "subject");
        check.outcome = outcome_of(shown(element, "outcome"));
        check.seen = shown(element, "seen");
        // Not `shown`: its lines are printed one by one, each escaped then.
        if (const auto* advice = member(element, "advice").if_string()) check.advice = std::string(*advice);
        const json::value& code = member(element, "exit_code");
        check.exit_code = code.is_int64() ? static_cast<int>(code.get_int64()) : 0;
        checks.push_back(std::move(check));
    }
    return checks;
}

std::string checks_text(const std::vector<Check>& checks) {
    std::string text;
    for (const auto& check : checks) {
        text += padded(std::string(name_of(check.outcome)), outcome_width) + padded(check.name, name_width) +
                (check.subject.empty() ? "" : text::printable(check.subject) + ": ") +
                text::printable(check.seen) + "\n" + advice_lines(check.advice);
    }
    return text + numbers(checks);
}

}  // namespace dirsync::ctl
