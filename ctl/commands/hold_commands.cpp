#include "ctl/commands/hold_commands.hpp"

#include <unistd.h>

#include <cstdio>
#include <optional>

#include <fmt/format.h>

#include "api/messages/cycles.hpp"
#include "api/messages/rows.hpp"
#include "core/hold_advice.hpp"
#include "core/text.hpp"
#include "ctl/commands/cycle_commands.hpp"
#include "ctl/terminal.hpp"
#include "ctl/text/format.hpp"
#include "ctl/text/status_format.hpp"
#include "ctl/text/table_text.hpp"

namespace dirsync::ctl {
namespace {

/// Shows the hold and asks. False: the answer was no, or the hold cannot be shown.
bool agreed(const Options& options, const std::string& id, const std::vector<std::string>& only) {
    const auto answer = call(options.socket, "GET", "/v1/status");
    const auto status =
        answer && answer->ok() ? messages::read_answer<messages::Status>(answer->body) : std::nullopt;
    if (!status) {
        const std::string why = answer ? "the daemon's answer is not a status" : answer.error().message();
        complain("what is held cannot be shown: " + why, 0);
        return false;
    }
    const auto found = hold_beginning_with(status->held, id);
    if (!found) {
        complain(found.error().message(), 0);
        return false;
    }
    const messages::Hold& hold = **found;
    const std::string limit = limit_of_hold(shown(hold.class_), shown(hold.limit));
    const std::string line =
        fmt::format("{}, {} {}: {}\n", shown(hold.class_), hold.count, limit, joined(hold.sample, ", "));
    std::fputs(wrapped(line, terminal_width(STDOUT_FILENO)).c_str(), stdout);
    const std::string what = only.empty() ? "all of it" : counted(only.size(), "name") + " of it";
    return says_yes(fmt::format("Apply {}?", what));
}

int held(Arguments& arguments) {
    const std::string hold = arguments.name.empty() ? "" : "/" + percent_encoded(arguments.name);
    return get(arguments, "/v1/holds" + hold, [](std::string_view json, Width width) {
        using messages::HeldObject;
        const auto shown_columns =
            columns<HeldObject>(&HeldObject::hold_id, &HeldObject::class_, &HeldObject::object_type,
                                &HeldObject::name, &HeldObject::since, &HeldObject::reason);
        return list_text(json, shown_columns, "holds", width);
    });
}

}  // namespace

std::vector<Command> hold_commands() {
    return {
        {"held",
         "The users, groups and memberships that wait for approval, one per line",
         {json_parameter,
          {"id", "ID", "Only those of this hold, by its id or the beginning of it", &Arguments::name}},
         &held},
        {"approve",
         "Release what is held under an id",
         {{"id", "ID", "Id of the hold, from 'status' or 'held', or the beginning of it", &Arguments::name,
           Need::required},
          {"--only", "NAME", "Approve only this user or group of the hold; may be repeated",
           &Arguments::only},
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
    const auto status = messages::read_answer<messages::Status>(text);
    if (!status || status->last_error || status->settings_refused || status->time_doubt)
        return exit_unavailable;
    if (status->paused || messages::is_frozen(*status) || !status->held.empty()) return exit_waits;
    return status->last_success ? 0 : exit_unavailable;
}

int status(const Options& options, bool check) {
    const auto answer = call(options.socket, "GET", "/v1/status");
    if (!answer) return fail(answer.error());
    return print(options, *answer, status_text, check ? code_of_status(answer->body) : 0);
}

Result<const messages::Hold*> hold_beginning_with(const std::vector<messages::Hold>& holds,
                                                  const std::string& beginning) {
    constexpr std::size_t shortest = 4;
    std::vector<const messages::Hold*> found;
    for (const auto& hold : holds) {
        if (hold.id == beginning) return &hold;
        if (beginning.size() >= shortest && hold.id.starts_with(text::lower(beginning)))
            found.push_back(&hold);
    }
    if (found.size() == 1) return found.front();
    if (found.empty()) {
        return Error(ErrorCode::not_found,
                     fmt::format("nothing is held under the id {}; 'dirsyncctl status' shows what is",
                                 quoted_peer_text(beginning)));
    }
    std::string ids;
    for (const auto* hold : found) ids += (ids.empty() ? "" : ", ") + shown(hold->id);
    return Error(ErrorCode::refused,
                 fmt::format("the ids of several holds begin with {}: {}", quoted_peer_text(beginning), ids));
}

std::string approved_text(std::string_view json, Width width) {
    const auto report = messages::read_answer<messages::CycleReport>(json);
    const bool is_idle = report && report->exit_code == 0 && report->change_count == 0 && !report->error &&
                         !report->change_pending && !report->paused && report->held.empty();
    // A cycle that was under way may have taken the approval with it.
    if (is_idle) return "approved; nothing of it is left to do\n";
    return "approved\n" + sync_text(json, width);
}

int approve(const Options& options, const std::string& id, const Approving& how) {
    const bool asks = !how.yes && Terminal::is_there();
    if (asks && !agreed(options, id, how.only)) return complain("nothing was approved", exit_waits);
    messages::ApproveRequest request;
    if (!how.only.empty()) request.only.value = how.only;
    std::string target = "/v1/holds/" + percent_encoded(id) + "/approve";
    if (!how.reason.empty()) target += "?reason=" + percent_encoded(how.reason);
    if (how.wait) {
        request.wait.value = true;
        const auto answer = call_with_progress(options.socket, target, messages::text_of(request));
        if (!answer) return fail(answer.error());
        return print(options, *answer, approved_text, exit_code_of(answer->body, exit_unavailable));
    }
    const Format done = [&](std::string_view, Width) -> std::string {
        const auto now = status_of(options.socket);
        return now && now->paused ? "approved; sync is paused, so it is applied after 'dirsyncctl resume'\n"
                                  : "approved; a cycle that applies it has been started\n";
    };
    return send(options, "POST", target, messages::text_of(request), done);
}

}  // namespace dirsync::ctl
