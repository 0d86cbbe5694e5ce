#include "ctl/commands/hold_commands.hpp"

#include <unistd.h>

#include <cstdio>

#include <fmt/format.h>

#include "core/hold_advice.hpp"
#include "ctl/commands/cycle_commands.hpp"
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
        const std::string why = answer ? "the daemon's answer is not a status" : answer.error().message();
        complain("what is held cannot be shown: " + why, 0);
        return false;
    }
    const json::value status = parsed(answer->body);
    for (const auto& hold : elements(member(status, "held"))) {
        if (shown(hold, "id") != id) continue;
        const std::string limit = limit_of_hold(shown(hold, "class"), shown(hold, "limit"));
        const std::string line = fmt::format("{}, {} {}: {}\n", shown(hold, "class"), shown(hold, "count"),
                                             limit, joined(member(hold, "sample"), ", "));
        std::fputs(wrapped(line, terminal_width(STDOUT_FILENO)).c_str(), stdout);
        const std::string what = only.empty() ? "all of it" : counted(only.size(), "name") + " of it";
        return says_yes(fmt::format("Apply {}?", what));
    }
    complain(fmt::format("nothing is held under the id {}; 'dirsyncctl status' shows what is", id), 0);
    return false;
}

int held(Arguments& arguments) {
    const std::string hold = arguments.name.empty() ? "" : "/" + percent_encoded(arguments.name);
    return get(arguments, "/v1/holds" + hold, [](std::string_view json, Width width) {
        return list_text(json, {"hold_id", "class", "object_type", "name", "since", "reason"}, "holds",
                         width);
    });
}

}  // namespace

std::vector<Command> hold_commands() {
    return {
        {"held",
         "Who or what waits for approval, one line each",
         {json_parameter, {"id", "ID", "Only those of this hold", &Arguments::name}},
         &held},
        {"approve",
         "Release what is held under an id",
         {{"id", "ID", "Id of the hold, from 'status' or 'held'", &Arguments::name, Need::required},
          {"--only", "NAME", "Of what is held only this user or group; may be repeated", &Arguments::only},
          yes_parameter,
          reason_parameter,
          {"--wait", "", "Wait for the cycle that applies it, and exit as 'sync' does", &Arguments::wait}},
         [](Arguments& arguments) {
             return approve(arguments, arguments.name,
                            {arguments.only, arguments.yes, arguments.wait, arguments.reason});
         }},
    };
}

int code_of_status(std::string_view text) {
    const json::value status = parsed(text);
    const bool failing = !status.is_object() || !member(status, "last_error").is_null() ||
                         is_set(status, "settings_refused") || !shown(status, "time_doubt").empty();
    if (failing) return exit_unavailable;
    const auto& source = member(status, "source");
    const bool frozen = !member(source, "pending").is_null() || shown(source, "state") == "change_pending";
    const bool waits = is_set(status, "paused") || frozen || !elements(member(status, "held")).empty();
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
    if (asks && !agreed(options, id, how.only)) return complain("nothing was approved", exit_waits);
    json::object body;
    if (!how.only.empty()) body["only"] = json::array(how.only.begin(), how.only.end());
    const Format done = [&](std::string_view, Width) -> std::string {
        if (how.wait) return "approved\n";
        const auto now = call(options.socket, "GET", "/v1/status");
        const bool waits = now && is_set(parsed(now->body), "paused");
        return waits ? "approved; sync is paused, so it is applied after 'dirsyncctl resume'\n"
                     : "approved; a cycle that applies it has been started\n";
    };
    std::string target = "/v1/holds/" + percent_encoded(id) + "/approve";
    if (!how.reason.empty()) target += "?reason=" + percent_encoded(how.reason);
    const int code = send(options, "POST", target, json::serialize(body), done);
    return code == 0 && how.wait ? sync(options, false) : code;
}

}  // namespace dirsync::ctl
