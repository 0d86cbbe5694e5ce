#include "ctl/commands/history_commands.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "api/messages/cycles.hpp"
#include "core/time.hpp"
#include "ctl/terminal.hpp"
#include "ctl/text/format.hpp"

namespace dirsync::ctl {
namespace {

constexpr int longest_wait = 25;

sigset_t ending_signals() {
    sigset_t signals;
    ::sigemptyset(&signals);
    ::sigaddset(&signals, SIGINT);
    ::sigaddset(&signals, SIGTERM);
    return signals;
}

/// A feed does not end by itself: an interrupt is its normal end.
void end_by_signals() {
    struct sigaction action {};
    action.sa_handler = [](int) { ::_exit(0); };
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);
    action.sa_handler = SIG_IGN;
    ::sigaction(SIGPIPE, &action, nullptr);
}

/// Signals cannot cut a line in half. False: the reader of the output has gone.
bool put_whole(const std::string& text) {
    const sigset_t signals = ending_signals();
    ::sigprocmask(SIG_BLOCK, &signals, nullptr);
    const bool put = std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0;
    ::sigprocmask(SIG_UNBLOCK, &signals, nullptr);
    return put;
}

/// In a quiet directory nothing is written for days, and only a failed write would show that the reader is
/// gone.
void end_with_reader() {
    // The thread takes over what is blocked: a signal is for the one that writes.
    const sigset_t signals = ending_signals();
    ::sigprocmask(SIG_BLOCK, &signals, nullptr);
    std::thread([] {
        wait_for_last_reader(STDOUT_FILENO);
        ::_exit(0);
    }).detach();
    ::sigprocmask(SIG_UNBLOCK, &signals, nullptr);
}

bool is_number(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// The parameters that choose lines, except where they begin.
std::string filters_of(const Changes& which) {
    std::string filters;
    for (const auto& [name, value] :
         {std::pair("until", &which.until), std::pair("user", &which.user), std::pair("run", &which.run)}) {
        if (*value) filters += fmt::format("&{}={}", name, percent_encoded(**value));
    }
    return filters;
}

/// Writes changes as they come.
class Feed {
public:
    Feed(const Options& options, const Changes& which) : options_(options), which_(which) {}

    int run() {
        std::optional<int> code;
        while (!code) code = step();
        return *code;
    }

private:
    std::string target() const {
        if (is_first_ && !which_.since) return changes_target(which_);
        const std::string since = last_ < 0 ? which_.since.value_or("0") : std::to_string(last_);
        // The first answer comes at once: it may be that nobody is called so.
        const std::string wait = is_first_ ? "" : fmt::format("&wait={}", longest_wait);
        return fmt::format("/v1/changes?since={}&limit=1000{}{}", percent_encoded(since), wait,
                           filters_of(which_));
    }

    /// One question; the exit code at the end.
    std::optional<int> step() {
        const auto asked_at = std::chrono::steady_clock::now();
        const auto answer = call(options_.socket, "GET", target());
        // A daemon that has answered before may come back. One that never did may have another socket.
        const bool may_come_back = !answer || answer->status == 503;
        if (may_come_back && answered_) {
            if (!waiting_) complain("the daemon does not answer; waiting for it", 0);
            waiting_ = true;
            std::this_thread::sleep_for(std::chrono::seconds(1));
            return std::nullopt;
        }
        if (!answer) return fail(answer.error());
        if (!answer->ok()) return print(options_, *answer, nullptr, 0);
        answered_ = true;
        waiting_ = false;
        is_first_ = false;
        const std::string lines = options_.json ? json_lines(answer->body) : changes_text(answer->body);
        if (!put_whole(safe_output(lines, options_.json))) return 0;
        const long long last = last_seq_of(answer->body, last_);
        // A daemon of an earlier version answers at once.
        const bool waited = std::chrono::steady_clock::now() - asked_at >= std::chrono::milliseconds(500);
        if (last == last_ && !waited) std::this_thread::sleep_for(std::chrono::seconds(1));
        last_ = last;
        return std::nullopt;
    }

    const Options& options_;
    const Changes& which_;
    long long last_ = -1;  // number of the last line that came
    bool is_first_ = true;
    bool answered_ = false;
    bool waiting_ = false;
};

}  // namespace

std::vector<Command> history_commands() {
    return {
        {"runs",
         "The latest runs that wrote something or failed; memberships that go with a deleted user or group "
         "are not among the counts, and 'changes --run' lists them",
         {json_parameter, limit_parameter},
         [](Arguments& arguments) {
             const std::string limit = arguments.limit < 0 ? "" : fmt::format("?limit={}", arguments.limit);
             return get(arguments, "/v1/runs" + limit, runs_text);
         }},
        {"changes",
         "The journal of changes",
         {json_parameter,
          {"--follow", "", "Go on and print new changes until interrupted", &Arguments::follow},
          {"--since", "SEQ|TIME", "Only changes after this sequence number, or from this time on",
           &Arguments::since},
          {"--until", "SEQ|TIME", "Only changes up to this sequence number or time", &Arguments::until},
          {"--user", "NAME",
           "Only changes of this user and of the user's memberships: userName with or without its domain, "
           "e-mail, displayName or id",
           &Arguments::user},
          {"--run", "RUN", "Only changes of this run, named by its id or the beginning of it",
           &Arguments::run},
          limit_parameter},
         [](Arguments& arguments) {
             return changes(arguments, {arguments.follow, arguments.since, arguments.until, arguments.user,
                                        arguments.run, arguments.limit});
         }},
        {"revert",
         "Undo a run",
         {json_parameter,
          {"run", "RUN", "Id of the run, from 'runs', or the beginning of it", &Arguments::name,
           Need::required},
          {"--dry-run", "", "Print what would be undone, write nothing", &Arguments::dry_run},
          yes_parameter},
         [](Arguments& arguments) {
             return revert(arguments, arguments.name, {arguments.dry_run, arguments.yes});
         }},
    };
}

int revert(const Options& options, const std::string& run, Reverting how) {
    const auto ask = [&](bool dry_run) {
        return call(options.socket, "POST", "/v1/runs/" + percent_encoded(run) + "/revert",
                    messages::text_of(messages::RevertRequest{dry_run}));
    };
    const auto shown = [&](const Answer& answer, bool dry_run) {
        const Format format = [dry_run](std::string_view json, Width width) {
            return revert_text(json, dry_run, width);
        };
        return print(options, answer, format, exit_code_of(answer.body, exit_unavailable));
    };
    if (!how.dry_run && !how.yes && Terminal::is_there()) {
        const auto plan = ask(true);
        if (!plan) return fail(plan.error());
        const int code = shown(*plan, true);
        if (code != exit_changes) return code;
        if (!says_yes("Undo this?")) return complain("nothing was undone", exit_waits);
    }
    const auto answer = ask(how.dry_run);
    return answer ? shown(*answer, how.dry_run) : fail(answer.error());
}

std::string changes_target(const Changes& which) {
    std::string query = filters_of(which);
    if (which.since) query += "&since=" + percent_encoded(*which.since);
    const bool is_all = which.since || which.until || which.run;
    if (which.limit >= 0 || is_all) query += fmt::format("&limit={}", which.limit);
    return "/v1/changes" + (query.empty() ? query : "?" + query.substr(1));
}

int changes(const Options& options, const Changes& which) {
    for (const auto* bound : {&which.since, &which.until}) {
        if (*bound && !is_number(**bound) && !parse_time(**bound)) {
            return complain(fmt::format("{} is neither a sequence number nor a time such as "
                                        "2026-01-31T12:00:00Z",
                                        quoted_peer_text(**bound)),
                            exit_usage);
        }
    }
    if (which.follow) {
        if (which.until)
            return complain("--follow does not end, so it cannot be combined with --until", exit_usage);
        end_by_signals();
        end_with_reader();
        return Feed(options, which).run();
    }
    // A script reads the lines, and each begins with the id of a run.
    return get(options, changes_target(which), [](std::string_view json, Width width) {
        std::string text = changes_text(json);
        return text.empty() && width.cells != 0 ? "no changes\n" : text;
    });
}

void wait_for_last_reader(int file) {
    for (;;) {
        pollfd waiting{file, 0, 0};
        if (::poll(&waiting, 1, -1) > 0) return;
    }
}

}  // namespace dirsync::ctl
