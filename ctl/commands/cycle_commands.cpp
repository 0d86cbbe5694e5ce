#include "ctl/commands/cycle_commands.hpp"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <thread>

#include "api/messages/cycles.hpp"
#include "config/config.hpp"
#include "ctl/commands/hold_commands.hpp"
#include "ctl/terminal.hpp"
#include "ctl/text/format.hpp"
#include "ctl/text/status_format.hpp"

namespace dirsync::ctl {
namespace {

/// Shows what the daemon reads on one line of the terminal until `stop`.
void show_progress(const std::string& socket, const std::atomic<bool>& stop) {
    bool shown = false;
    while (!stop) {
        if (const auto status = status_of(socket)) {
            std::string text = progress_text(status->progress);
            // A line that the terminal folds could not be taken back.
            if (const Width width = terminal_width(STDERR_FILENO); width.cells > 1)
                text = cut(text, width.cells - 1);
            if (!text.empty()) {
                std::fprintf(stderr, "\r\x1b[K%s", text.c_str());
                shown = true;
            }
        }
        for (int i = 0; i < 5 && !stop; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    if (shown) std::fprintf(stderr, "\r\x1b[K");
}

std::string with_reason(const Arguments& arguments, const std::string& target) {
    return arguments.reason.empty() ? target : target + "?reason=" + percent_encoded(arguments.reason);
}

/// A second pause succeeds and changes neither the time nor the admin of the first: the answer shows both.
int pause(const Arguments& arguments) {
    const auto before = status_of(arguments.socket);
    const Format format = [&](std::string_view, Width width) -> std::string {
        const auto now = before && before->paused ? status_of(arguments.socket) : std::nullopt;
        if (now && now->paused) return paused_again_text(*now, !arguments.reason.empty(), width);
        return "paused; 'dirsyncctl resume' goes on\n";
    };
    return send(arguments, "POST", with_reason(arguments, "/v1/pause"), "", format);
}

int plan(const Arguments& arguments) {
    std::string body;
    if (!arguments.file.empty()) {
        // The daemon may not read where the admin keeps a draft (ProtectHome=, PrivateTmp=): it gets the
        // text, with scope.d taken in and paths made absolute.
        const auto draft = config::load(arguments.file);
        if (!draft.problems.empty()) return complain_about(draft.problems);
        body = messages::text_of(messages::PlanRequest{config::redacted_dump(draft.config)});
    }
    const auto answer = call(arguments.socket, body.empty() ? "GET" : "POST", "/v1/plan", body);
    if (!answer) return fail(answer.error());
    return print(arguments, *answer, plan_format(arguments.all),
                 exit_code_of(answer->body, exit_unavailable));
}

}  // namespace

Format plan_format(bool all) {
    constexpr std::size_t lines_of_a_kind = 20;
    return [all](std::string_view json, Width width) {
        return plan_text(json, width, all || width.cells == 0 ? SIZE_MAX : lines_of_a_kind);
    };
}

Result<Answer> call_with_progress(const std::string& socket, const std::string& target,
                                  const std::string& body) {
    std::atomic<bool> stop{false};
    std::thread progress;
    if (::isatty(STDERR_FILENO) != 0) progress = std::thread([&] { show_progress(socket, stop); });
    auto answer = call(socket, "POST", target, body);
    stop = true;
    if (progress.joinable()) progress.join();
    return answer;
}

int sync(const Options& options, bool full) {
    messages::SyncRequest request;
    if (full) request.full.value = true;
    const auto answer = call_with_progress(options.socket, "/v1/sync", messages::text_of(request));
    if (!answer) return fail(answer.error());
    return print(options, *answer, sync_text, exit_code_of(answer->body, exit_unavailable));
}

std::vector<Command> cycle_commands() {
    return {
        {"status",
         "Show what dirsyncd does, what is held and what is wrong",
         {json_parameter,
          {"--check", "", "Exit with 0 if in step, 3 if held, frozen or paused, 75 if failing",
           &Arguments::check}},
         [](Arguments& arguments) { return status(arguments, arguments.check); }},
        {"sync",
         "Run a cycle now and wait for it",
         {json_parameter, {"--full", "", "Read and compare everything", &Arguments::full}},
         [](Arguments& arguments) { return sync(arguments, arguments.full); }},
        {"plan",
         "Print what the next run would write",
         {json_parameter,
          {"-c,--config", "FILE",
           "Under this configuration file; before the word 'plan' the option only finds the socket",
           &Arguments::file},
          all_parameter},
         [](Arguments& arguments) { return plan(arguments); }},
        {"pause",
         "Stop cycles until 'resume', even across restarts",
         {reason_parameter},
         [](Arguments& arguments) { return pause(arguments); }},
        {"resume",
         "Resume cycles after a pause",
         {reason_parameter},
         [](Arguments& arguments) {
             return post(arguments, with_reason(arguments, "/v1/resume"), "resumed");
         }},
        {"reload",
         "Read the configuration again",
         {},
         [](Arguments& arguments) { return send(arguments, "POST", "/v1/reload", "", reload_text); }},
    };
}

}  // namespace dirsync::ctl
