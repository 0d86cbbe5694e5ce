#include "ctl/commands/history_commands.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <optional>
#include <thread>

#include <fmt/format.h>

#include "ctl/terminal.hpp"
#include "ctl/text/format.hpp"
#include "ctl/text/json_text.hpp"

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

/// A feed has no end of its own: being interrupted is how it ends well.
void end_by_signals() {
    struct sigaction action {};
    action.sa_handler = [](int) { ::_exit(0); };
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);
    action.sa_handler = SIG_IGN;
    ::sigaction(SIGPIPE, &action, nullptr);
}

/// Never half a line, whatever signal comes; false when nobody reads any more.
bool put_whole(const std::string& text) {
    const sigset_t signals = ending_signals();
    ::sigprocmask(SIG_BLOCK, &signals, nullptr);
    const bool put = std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0;
    ::sigprocmask(SIG_UNBLOCK, &signals, nullptr);
    return put;
}

/// In a quiet directory nothing is written for days, and a write alone would tell that the reader is gone.
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

/// Writes changes as they come.
class Feed {
public:
    Feed(const Options& options, const Changes& which)
        : options_(options), since_(which.since), limit_(which.limit) {}

    int run() {
        std::optional<int> code;
        while (!code) code = step();
        return *code;
    }

private:
    std::string target() const {
        if (since_ < 0 && is_first_)
            return limit_ < 0 ? "/v1/changes" : fmt::format("/v1/changes?limit={}", limit_);
        return fmt::format("/v1/changes?since={}&limit=1000&wait={}", std::max(since_, 0LL), longest_wait);
    }

    /// One question; the exit code at the end.
    std::optional<int> step() {
        const auto asked_at = std::chrono::steady_clock::now();
        const auto answer = call(options_.socket, "GET", target());
        // A daemon that answered once may come back. Before that the socket may be the wrong one.
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
        const long long last = last_seq_of(answer->body, since_);
        // A daemon of an earlier version does not wait.
        const bool waited = std::chrono::steady_clock::now() - asked_at >= std::chrono::milliseconds(500);
        if (last == since_ && !waited) std::this_thread::sleep_for(std::chrono::seconds(1));
        since_ = last;
        return std::nullopt;
    }

    const Options& options_;
    long long since_;
    long long limit_;
    bool is_first_ = true;
    bool answered_ = false;
    bool waiting_ = false;
};

}  // namespace

std::vector<Command> history_commands() {
    return {
        {"runs",
         "The latest runs that wrote something or failed",
         {json_parameter, limit_parameter},
         [](Arguments& arguments) {
             const std::string limit = arguments.limit < 0 ? "" : fmt::format("?limit={}", arguments.limit);
             return get(arguments, "/v1/runs" + limit, runs_text);
         }},
        {"changes",
         "The journal of changes",
         {json_parameter,
          {"--follow", "", "Go on with new ones until interrupted", &Arguments::follow},
          {"--since", "SEQ", "Only those with a higher sequence number", &Arguments::since},
          limit_parameter},
         [](Arguments& arguments) {
             return changes(arguments, {arguments.follow, arguments.since, arguments.limit});
         }},
        {"revert",
         "Undo a run",
         {json_parameter,
          {"run", "RUN", "Id of the run, from 'runs'", &Arguments::name, Need::required},
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
                    boost::json::serialize(boost::json::object{{"dry_run", dry_run}}));
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

int changes(const Options& options, const Changes& which) {
    if (which.follow) {
        end_by_signals();
        end_with_reader();
        return Feed(options, which).run();
    }
    std::string range = which.since < 0 ? "" : fmt::format("?since={}", which.since);
    if (which.since >= 0 || which.limit >= 0)
        range += fmt::format("{}limit={}", range.empty() ? "?" : "&", which.limit);
    // A script reads the lines, and each begins with the id of a run.
    return get(options, "/v1/changes" + range, [](std::string_view json, Width width) {
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

std::string revert_text(std::string_view text, bool dry_run, Width width) {
    const boost::json::value report = parsed(text);
    const boost::json::value& skipped = member(report, "not_restored");
    const auto* count = member(report, "change_count").if_int64();
    if (!skipped.is_array() || count == nullptr) return std::string(text);
    std::string out = "nothing left to undo\n";
    if (*count != 0) out = dry_run ? plan_text(text, width) : sync_text(text, width);
    if (elements(skipped).empty()) return out;
    return out + "\nnot restored:\n" + table_of(skipped, {"action", "object_type", "name", "why"}, width);
}

}  // namespace dirsync::ctl
