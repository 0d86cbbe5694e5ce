#include "ctl/hold_commands.hpp"

#include <unistd.h>

#include <cstdio>
#include <iostream>

#include "ctl/format.hpp"
#include "ctl/json_text.hpp"

namespace dirsync::ctl {
namespace {

namespace json = boost::json;

constexpr int exit_waits = 3;

/// Shows the hold and asks. False: it is not to be applied, or nobody knows it, which the daemon says better.
bool agreed(const Options& options, const std::string& id, const std::vector<std::string>& only) {
    const auto answer = call(options.socket, "GET", "/v1/status");
    if (!answer || !answer->ok()) return true;
    const json::value status = parsed(answer->body);
    for (const auto& hold : elements(member(status, "held"))) {
        if (shown(hold, "id") != id) continue;
        std::printf("%s, %s (limit: %s): %s\n", shown(hold, "class").c_str(), shown(hold, "count").c_str(),
                    shown(hold, "limit").c_str(), joined(member(hold, "sample"), ", ").c_str());
        const std::string what = only.empty() ? "all of it" : counted(only.size(), "name") + " of it";
        std::printf("Apply %s? [y/N] ", what.c_str());
        std::fflush(stdout);
        std::string line;
        return std::getline(std::cin, line) && (line == "y" || line == "Y" || line == "yes");
    }
    return true;
}

}  // namespace

int code_of_status(std::string_view text) {
    const json::value status = parsed(text);
    const bool failing =
        !status.is_object() || !member(status, "last_error").is_null() || is_set(status, "settings_refused");
    if (failing) return exit_unavailable;
    const bool waits = is_set(status, "paused") || !member(member(status, "source"), "pending").is_null() ||
                       !elements(member(status, "held")).empty();
    if (waits) return exit_waits;
    return shown(status, "last_success").empty() ? exit_unavailable : 0;
}

int status(const Options& options, bool check) {
    const auto answer = call(options.socket, "GET", "/v1/status");
    if (!answer) return fail(answer.error());
    return print(options, *answer, status_text, check ? code_of_status(answer->body) : 0);
}

int approve(const Options& options, const std::string& id, const std::vector<std::string>& only, bool yes) {
    const bool asks = !yes && ::isatty(STDIN_FILENO) && ::isatty(STDOUT_FILENO);
    if (asks && !agreed(options, id, only)) {
        std::fprintf(stderr, "dirsyncctl: nothing was approved\n");
        return exit_waits;
    }
    json::object body;
    if (!only.empty()) body["only"] = json::array(only.begin(), only.end());
    const Format done = [](std::string_view) {
        return std::string("approved; a cycle that applies it has been started\n");
    };
    return send(options, "POST", "/v1/holds/" + percent_encoded(id) + "/approve", json::serialize(body),
                done);
}

}  // namespace dirsync::ctl
