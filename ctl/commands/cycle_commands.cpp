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

std::string with_reason(const Arguments& arguments, const std::string& target) {
    return arguments.reason.empty() ? target : target + "?reason=" + percent_encoded(arguments.reason);
}

}  // namespace

Format plan_format(bool all) {
    constexpr std::size_t lines_of_a_kind = 20;
    return [all](std::string_view json, Width width) {
        return plan_text(json, width, all || width.cells == 0 ? SIZE_MAX : lines_of_a_kind);
    };
}

int sync(const Options& options, bool full) {
    std::atomic<bool> stop{false};
    std::thread progress;
    if (::isatty(STDERR_FILENO) != 0) progress = std::thread([&] { show_progress(options.socket, stop); });
    messages::SyncRequest request;
    if (full) request.full.value = true;
    const auto answer = call(options.socket, "POST", "/v1/sync", messages::text_of(request));
    stop = true;
    if (progress.joinable()) progress.join();
    if (!answer) return fail(answer.error());
    return print(options, *answer, sync_text, exit_code_of(answer->body, exit_unavailable));
}

std::vector<Command> cycle_commands() {
    return {
        {"status",
         "What dirsyncd does, what is held, what is wrong",
         {json_parameter,
          {"--check", "", "Exit with 0 in step, 3 held, frozen or paused, 75 failing", &Arguments::check}},
         [](Arguments& arguments) { return status(arguments, arguments.check); }},
        {"sync",
         "Run a cycle now and wait for it",
         {json_parameter, {"--full", "", "Read and compare everything", &Arguments::full}},
         [](Arguments& arguments) { return sync(arguments, arguments.full); }},
        {"plan",
         "Print what the next run would write",
         {json_parameter,
          {"--config", "FILE", "Under this configuration file", &Arguments::file},
          all_parameter},
         [](Arguments& arguments) { return plan(arguments); }},
        {"pause",
         "Stop cycles, also over restarts",
         {reason_parameter},
         [](Arguments& arguments) {
             return post(arguments, with_reason(arguments, "/v1/pause"),
                         "paused; 'dirsyncctl resume' goes on");
         }},
        {"resume",
         "Go on after a pause",
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
