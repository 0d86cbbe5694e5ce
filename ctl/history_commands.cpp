#include "ctl/history_commands.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include <boost/json.hpp>

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

}  // namespace

int revert(const Options& options, const std::string& run, Reverting how) {
    const auto ask = [&](bool dry_run) {
        return call(options.socket, "POST", "/v1/runs/" + percent_encoded(run) + "/revert",
                    dry_run ? R"({"dry_run":true})" : "{}");
    };
    const auto shown = [&](const Answer& answer, bool dry_run) {
        const Format format = [dry_run](std::string_view json) { return revert_text(json, dry_run); };
        return print(options, answer, format, exit_code_of(answer.body, exit_unavailable));
    };
    if (!how.dry_run && !how.yes && Terminal::is_there()) {
        const auto plan = ask(true);
        if (!plan) return fail(plan.error());
        const int code = shown(*plan, true);
        if (code != exit_changes) return code;
        if (!says_yes("Undo this?")) {
            std::fprintf(stderr, "dirsyncctl: nothing was undone\n");
            return exit_waits;
        }
    }
    const auto answer = ask(how.dry_run);
    return answer ? shown(*answer, how.dry_run) : fail(answer.error());
}

int changes(const Options& options, bool follow, long long since) {
    if (!follow) {
        const std::string range = since < 0 ? "" : "?since=" + std::to_string(since) + "&limit=-1";
        return get(options, "/v1/changes" + range, changes_text);
    }
    end_by_signals();
    bool answered = false;
    bool waiting = false;
    for (bool first = true;; first = false) {
        std::string target = "/v1/changes";
        if (since >= 0 || !first) {
            target += "?since=" + std::to_string(std::max(since, 0LL)) +
                      "&limit=1000&wait=" + std::to_string(longest_wait);
        }
        const auto asked_at = std::chrono::steady_clock::now();
        const auto answer = call(options.socket, "GET", target);
        // It may be on its way back; whoever was never answered has named the wrong socket.
        const bool may_come_back = !answer || answer->status == 503;
        if (may_come_back && answered) {
            if (!waiting) std::fprintf(stderr, "dirsyncctl: the daemon does not answer; waiting for it\n");
            waiting = true;
            std::this_thread::sleep_for(std::chrono::seconds(1));
            continue;
        }
        if (!answer) return fail(answer.error());
        if (!answer->ok()) return print(options, *answer, changes_text, 0);
        answered = true;
        waiting = false;
        const std::string lines = options.json ? json_lines(answer->body) : changes_text(answer->body);
        if (!put_whole(safe_output(lines, options.json))) return 0;
        const long long last = last_seq_of(answer->body, since);
        // A daemon of an earlier version does not wait.
        const bool waited = std::chrono::steady_clock::now() - asked_at >= std::chrono::milliseconds(500);
        if (last == since && !waited) std::this_thread::sleep_for(std::chrono::seconds(1));
        since = last;
    }
}

std::string revert_text(std::string_view text, bool dry_run) {
    boost::system::error_code error;
    const auto parsed = boost::json::parse({text.data(), text.size()}, error);
    const auto* report = error ? nullptr : parsed.if_object();
    const auto* skipped = report == nullptr ? nullptr : report->if_contains("not_restored");
    const auto* count = report == nullptr ? nullptr : report->if_contains("change_count");
    if (skipped == nullptr || !skipped->is_array() || count == nullptr || !count->is_int64())
        return std::string(text);
    std::string out;
    if (count->get_int64() == 0) {
        out = "nothing left to undo\n";
    } else {
        out = dry_run ? plan_text(text) : sync_text(text);
    }
    if (skipped->get_array().empty()) return out;
    return out + "\nnot restored:\n" +
           table_text(boost::json::serialize(*skipped), {"action", "object_type", "name", "why"});
}

}  // namespace dirsync::ctl
