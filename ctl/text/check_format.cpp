#include "ctl/text/check_format.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "api/messages/surveys.hpp"
#include "core/visible_text.hpp"

namespace dirsync::ctl {
namespace {

constexpr std::size_t outcome_width = 9;
constexpr std::size_t name_width = 17;

std::string padded(std::string text, std::size_t width) {
    const std::size_t have = cells(text);
    if (have < width) text.append(width - have, ' ');
    return text;
}

/// A command is copied to a shell, where a fold would end it.
bool is_command(std::string_view line) {
    constexpr std::string_view programs[] = {
        "dsacls ", "samba-tool ", "ldbmodify ", "chmod ",   "chown ", "chgrp ",  "install ",
        "dig ",    "openssl ",    "systemctl ", "gpasswd ", "kinit ", "printf ", "ktpass "};
    return line.find('"') != std::string_view::npos ||
           std::any_of(std::begin(programs), std::end(programs),
                       [line](std::string_view program) { return line.starts_with(program); });
}

std::string advice_lines(std::string_view advice, Width width) {
    std::string text;
    const std::string margin(outcome_width, ' ');
    for (bool first = true; !advice.empty(); first = false) {
        const auto end = std::min(advice.find('\n'), advice.size());
        const std::string line = text::printable(advice.substr(0, end));
        text += wrapped(fmt::format("{}{}{}\n", margin, first ? "-> " : "   ", line),
                        is_command(line) ? Width{} : width, first ? 3 : 0);
        advice.remove_prefix(std::min(end + 1, advice.size()));
    }
    return text;
}

std::string numbers(const std::vector<Check>& checks) {
    const auto count = [&checks](CheckOutcome outcome) {
        return std::count_if(checks.begin(), checks.end(),
                             [outcome](const Check& check) { return check.outcome == outcome; });
    };
    const auto warnings = count(CheckOutcome::warning);
    const auto skipped = count(CheckOutcome::skipped);
    return fmt::format("{} in order, {} warning{}, {} failed{}\n", count(CheckOutcome::ok), warnings,
                       warnings == 1 ? "" : "s", count(CheckOutcome::failed),
                       skipped == 0 ? "" : fmt::format(", {} not looked at", skipped));
}

}  // namespace

std::vector<Check> checks_of(std::string_view json) {
    const auto report = messages::read_answer<messages::CheckReport>(json);
    return report ? messages::checks_of(*report) : std::vector<Check>();
}

std::string checks_text(const std::vector<Check>& checks, Width width) {
    std::string text;
    for (const auto& check : checks) {
        const std::string subject = text::printable(check.subject);
        const std::string line =
            fmt::format("{}{}{}{}{}\n", padded(std::string(name_of(check.outcome)), outcome_width),
                        padded(text::printable(check.name), name_width), subject, subject.empty() ? "" : ": ",
                        text::printable(check.seen));
        text += wrapped(line, width, outcome_width + name_width) + advice_lines(check.advice, width);
    }
    return text + numbers(checks);
}

}  // namespace dirsync::ctl
