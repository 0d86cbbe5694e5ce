#include "ctl/hold_commands.hpp"

#include <cstdio>

#include "core/hold_advice.hpp"
#include "ctl/terminal.hpp"
#include "ctl/text/format.hpp"
#include "ctl/text/json_text.hpp"

namespace dirsync::ctl {
namespace {

namespace json = boost::json;

/// Shows the hold and asks. False: it is not to be applied, or what it is cannot be shown.
bool agreed(const Options& options, const std::string& id, const std::vector<std::string>& only) {
    const auto answer = call(options.socket, "GET", "/v1/status");
    if (!answer || !answer->ok()) {
        const std::string why = answer ? "the daemon's answer was no status" : answer.error().message();
        std::fprintf(stderr, "dirsyncctl: what is held cannot be shown: %s\n", why.c_str());
        return false;
    }
    const json::value status = parsed(answer->body);
    for (const auto& hold : elements(member(status, "held"))) {
        if (shown(hold, "id") != id) continue;
        const std::string limit = limit_of_hold(shown(hold, "class"), shown(hold, "limit"));
        std::printf("%s, %s %s: %s\n", shown(hold, "class").c_str(), shown(hold, "count").c_str(),
                    limit.c_str(), joined(member(hold, "sample"), ", ").c_str());
        const std::string what = only.empty() ? "all of it" : counted(only.size(), "name") + " of it";
        return says_yes("Apply " + what + "?");
    }
    std::fprintf(stderr, "dirsyncctl: nothing is held under the id %s; 'dirsyncctl status' shows what is\n",
                 safe_output(id, false).c_str());
    return false;
}

}  // namespace

int code_of_status(std::string_view text) {
    const json::value status = parsed(text);
    const bool failing = !status.is_object() || !member(status, "last_error").is_null() ||
                         is_set(status, "settings_refused") || !shown(status, "time_doubt").empty();
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

int approve(const Options& options, const std::string& id, const Approving& how) {
    const bool asks = !how.yes && Terminal::is_there();
    if (asks && !agreed(options, id, how.only)) {
        std::fprintf(stderr, "dirsyncctl: nothing was approved\n");
        return exit_waits;
    }
    json::object body;
    if (!how.only.empty()) body["only"] = json::array(how.only.begin(), how.only.end());
    const Format done = [&options](std::string_view) {
        const auto now = call(options.socket, "GET", "/v1/status");
        const bool waits = now && is_set(parsed(now->body), "paused");
        return std::string(waits ? "approved; sync is paused, so it is applied after 'dirsyncctl resume'\n"
                                 : "approved; a cycle that applies it has been started\n");
    };
    std::string target = "/v1/holds/" + percent_encoded(id) + "/approve";
    if (!how.reason.empty()) target += "?reason=" + percent_encoded(how.reason);
    return send(options, "POST", target, json::serialize(body), done);
}

}  // namespace dirsync::ctl
