#include "ctl/text/status_format.hpp"

#include <vector>

#include <fmt/format.h>

#include "ctl/text/format.hpp"
#include "ctl/text/shown.hpp"

namespace dirsync::ctl {
namespace {

/// A table of the servers. A long answer of one stands below it, unless the state above says it already.
std::string servers_text(const messages::Status& status, Width width) {
    constexpr std::size_t widest = 30;
    if (status.servers.empty()) return {};
    const std::string error = shown(status.last_error);
    std::vector<Row> rows{{"", "server", "state", "changes by"}};
    std::string answers;
    for (const auto& server : status.servers) {
        std::string state = shown(server.state);
        const std::string uri = shown(server.uri);
        if (cells(state) > widest) {
            if (error.find(state) == std::string::npos) answers += fmt::format("{}: {}\n", uri, state);
            state = "failed";
        }
        rows.push_back({server.in_use ? "*" : "", uri, state, shown(server.detection)});
    }
    return "\n" + aligned(rows) + wrapped(answers, width);
}

std::string state_of(const messages::Status& status) {
    using messages::State;
    switch (messages::state_in(status)) {
        case State::paused:
            return pause_text(status) + "; 'dirsyncctl resume' goes on";
        case State::frozen:
            return "frozen: the source changed";
        case State::failing:
            return "failing: " + shown(status.last_error);
        case State::refused:
            return "part of the configuration is refused, see below";
        case State::in_doubt:
            return "time is in doubt, see below";
        case State::held:
            return "some changes are held";
        case State::starting:
            return "no cycle has succeeded since the start";
        case State::errors:
            return "in step, but for errors: see 'dirsyncctl errors'";
        case State::in_step:
            break;
    }
    return "in step";
}

std::string last_run_of(const messages::Status& status) {
    if (!status.last_run) return "none";
    const messages::Run& run = *status.last_run;
    return fmt::format("{}  {}  {}", shown(run.started_at), shown(run.kind), shown(run.outcome));
}

std::string configuration_of(const messages::ConfigState& config, bool is_refused_in_part) {
    std::string text = fmt::format("{}, loaded {}", shown(config.path), shown(config.loaded_at));
    if (!config.in_force)
        text += "; the file has changed and was REFUSED, 'dirsyncd --check-config' says why";
    if (is_refused_in_part) text += "; a part of it is REFUSED, see below";
    return text;
}

std::string text_or(std::string text, std::string_view otherwise) {
    return text.empty() ? std::string(otherwise) : text;
}

constexpr std::string_view advice_when_frozen =
    "Nothing is read or written before you decide: 'dirsyncctl source change' shows what goes and asks for "
    "ACCEPT. To go back, name the old source in the configuration and reload.";

std::string pending_text(const messages::Status& status, Width width) {
    const auto& change = status.source.pending;
    if (change) return "\n" + wrapped(frozen_text(*change), width);
    return "\n" +
           wrapped(fmt::format("A change of the identity source waits for consent (change_pending). {}\n",
                               advice_when_frozen),
                   width);
}

}  // namespace

std::string frozen_text(const messages::PendingChange& change) {
    return fmt::format(
        "The source changed from {} to {}. The change waits for consent (change_pending): going on would "
        "remove {}, {}, {} and {}. {}{}{}\n",
        shown(change.from), shown(change.to), counted(change.users, "user"), counted(change.groups, "group"),
        counted(change.memberships, "membership"), counted(change.assignments, "assignment"),
        advice_when_frozen, change.note ? " " : "", shown(change.note));
}

std::string pause_text(const messages::Status& status) {
    std::string text = "paused since " + shown(status.paused_since);
    if (!status.paused_by.empty()) text += " by " + shown(status.paused_by);
    if (!status.pause_reason.empty()) text += " (" + shown(status.pause_reason) + ")";
    return text;
}

std::string paused_again_text(const messages::Status& status, bool gave_reason, Width width) {
    return wrapped(fmt::format("sync was paused already{}: {}; 'dirsyncctl resume' goes on\n",
                               gave_reason ? ", and the new reason is kept" : "", pause_text(status)),
                   width);
}

std::string progress_text(const messages::Progress& progress) {
    return progress.phase.empty() ? std::string()
                                  : fmt::format("{}: {} objects", shown(progress.phase), progress.objects);
}

std::string status_text(std::string_view json, Width width) {
    const auto read = messages::read_answer<messages::Status>(json);
    if (!read) return std::string(json);
    const messages::Status& status = *read;
    const messages::Counts& counts = status.counts;
    std::vector<Row> rows{
        {"state", state_of(status)},
        {"source", shown(status.source.identity)},
        {"store",
         fmt::format("{}, {}, {}, {}", counted(counts.users, "user"), counted(counts.groups, "group"),
                     counted(counts.memberships, "membership"), counted(counts.errors, "error"))},
        {"last run", last_run_of(status)},
    };
    const bool hides_error = messages::is_frozen(status) || status.paused;
    if (hides_error && status.last_error) rows.push_back({"last error", shown(status.last_error)});
    rows.push_back({"last success", text_or(shown(status.last_success), "none since the daemon started")});
    rows.push_back({"next run", text_or(shown(status.next_run), "none")});
    if (const std::string progress = progress_text(status.progress); !progress.empty())
        rows.push_back({"now", progress});
    rows.push_back({"configuration", configuration_of(status.config, status.settings_refused)});
    std::string out = aligned(rows, width);
    if (messages::is_frozen(status)) out += pending_text(status, width);
    out += servers_text(status, width);
    const std::string notes =
        holds_text(status.held) + warning_lines(status.scope_warnings) + warning_lines(status.warnings);
    if (!notes.empty()) out += "\n" + wrapped(notes, width);
    return out;
}

}  // namespace dirsync::ctl
