#include "ctl/text/format.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/hold_advice.hpp"
#include "core/plan_counts.hpp"
#include "core/visible_text.hpp"
#include "ctl/text/json_text.hpp"

namespace dirsync::ctl {
namespace {

namespace json = boost::json;

std::string hold_line(const json::value& hold) {
    const std::string hold_class = shown(hold, "class");
    std::string text = fmt::format("held {}: {}, {} {}", shown(hold, "id"), hold_class, shown(hold, "count"),
                                   limit_of_hold(hold_class, shown(hold, "limit")));
    const std::string sample = joined(member(hold, "sample"), ", ");
    if (!sample.empty()) text += ": " + sample;
    const auto* count = member(hold, "count").if_int64();
    const std::size_t named = elements(member(hold, "sample")).size();
    if (named > 0 && count != nullptr && *count > static_cast<std::int64_t>(named)) text += ", ...";
    return text;
}

std::string holds_text(const json::value& holds) {
    std::string text;
    for (const auto& hold : elements(holds)) {
        text += hold_line(hold) + "\n" +
                advice_on_hold(shown(hold, "class"), "dirsyncctl approve " + shown(hold, "id"));
    }
    return text;
}

std::string warning_lines(const json::value& warnings) {
    std::string text;
    for (const auto& warning : elements(warnings)) text += fmt::format("warning: {}\n", shown(warning));
    return text;
}

std::string warnings_text(const json::value& answer) {
    std::string text = warning_lines(member(answer, "scope_warnings"));
    const auto* errors = member(answer, "entity_errors").if_int64();
    if (errors != nullptr && *errors > 0) {
        text += fmt::format(
            "skipped because of errors: {}; 'dirsyncctl errors' or the view v1_entity_errors says why\n",
            counted(static_cast<std::size_t>(*errors), "object"));
    }
    if (!member(answer, "error").is_null()) text += fmt::format("error: {}\n", shown(answer, "error"));
    if (is_set(answer, "change_pending")) {
        text += "the directory is not the one the store was filled from: nothing was read or written\n";
    }
    return text;
}

/// A table of the servers. A long answer of one stands below it, unless the state above says it already.
std::string servers_text(const json::value& status, Width width) {
    constexpr std::size_t widest = 30;
    const auto& servers = elements(member(status, "servers"));
    if (servers.empty()) return {};
    const std::string error = shown(status, "last_error");
    std::vector<Row> rows{{"", "server", "state", "changes by"}};
    std::string answers;
    for (const auto& server : servers) {
        std::string state = shown(server, "state");
        const std::string uri = shown(server, "uri");
        if (cells(state) > widest) {
            if (error.find(state) == std::string::npos) answers += fmt::format("{}: {}\n", uri, state);
            state = "failed";
        }
        rows.push_back({is_set(server, "in_use") ? "*" : "", uri, state, shown(server, "detection")});
    }
    return "\n" + aligned(rows) + wrapped(answers, width);
}

/// After a restart the store says so before the directory was asked, and nobody knows the counts yet.
bool is_frozen(const json::value& status) {
    const auto& source = member(status, "source");
    return !member(source, "pending").is_null() || shown(source, "state") == "change_pending";
}

/// What a change of the source that waits is, and what to do.
std::string frozen_text(const json::value& change) {
    constexpr std::string_view advice =
        "Nothing is read or written before you decide: 'dirsyncctl source change' shows what goes and asks "
        "for "
        "ACCEPT. To go back, name the old source in the configuration and reload.";
    if (!change.is_object())
        return fmt::format("A change of the identity source waits for consent (change_pending). {}\n",
                           advice);
    const std::string note = shown(change, "note");
    return fmt::format(
        "The source changed from {} to {}. The change waits for consent (change_pending): going on would "
        "remove "
        "{}, {}, {} and {}. {}{}{}\n",
        shown(change, "from"), shown(change, "to"), counted(change, "users", "user"),
        counted(change, "groups", "group"), counted(change, "memberships", "membership"),
        counted(change, "assignments", "assignment"), advice, note.empty() ? "" : " ", note);
}

std::string state_of(const json::value& status) {
    if (is_set(status, "paused")) return pause_text(status) + "; 'dirsyncctl resume' goes on";
    if (is_frozen(status)) return "frozen: the source changed";
    if (!member(status, "last_error").is_null()) return "failing: " + shown(status, "last_error");
    if (is_set(status, "settings_refused")) return "part of the configuration is refused, see below";
    if (!shown(status, "time_doubt").empty()) return "time is in doubt, see below";
    if (!elements(member(status, "held")).empty()) return "some changes are held";
    if (shown(status, "last_success").empty()) return "no cycle has succeeded since the start";
    const json::value& errors = member(member(status, "counts"), "errors");
    if (!errors.is_null() && shown(errors) != "0") return "in step, but for errors: see 'dirsyncctl errors'";
    return "in step";
}

std::string last_run_of(const json::value& status) {
    const auto& run = member(status, "last_run");
    if (!run.is_object()) return "none";
    return fmt::format("{}  {}  {}", shown(run, "started_at"), shown(run, "kind"), shown(run, "outcome"));
}

std::string configuration_of(const json::value& status) {
    const auto& config = member(status, "config");
    std::string text = fmt::format("{}, loaded {}", shown(config, "path"), shown(config, "loaded_at"));
    if (member(config, "in_force").is_bool() && !is_set(config, "in_force"))
        text += "; the file has changed and was REFUSED, 'dirsyncd --check-config' says why";
    return text;
}

std::string text_or(std::string text, std::string_view otherwise) {
    return text.empty() ? std::string(otherwise) : text;
}

/// Only what happened: a run has a dozen counters, most of them zero.
std::string counts_cell(const json::value& counts) {
    std::string text;
    const auto* object = counts.if_object();
    if (object == nullptr) return text;
    for (const auto& [name, count] : *object) {
        if (shown(count) == "0") continue;
        text += fmt::format("{}{}={}", text.empty() ? "" : " ", std::string_view(name), shown(count));
    }
    return text;
}

}  // namespace

std::string pause_text(const json::value& status) {
    std::string text = "paused since " + shown(status, "paused_since");
    const std::string by = shown(status, "paused_by");
    const std::string reason = shown(status, "pause_reason");
    if (!by.empty()) text += " by " + by;
    if (!reason.empty()) text += " (" + reason + ")";
    return text;
}

std::string status_text(std::string_view text, Width width) {
    const json::value status = parsed(text);
    if (!status.is_object()) return std::string(text);
    const auto& source = member(status, "source");
    const auto& counts = member(status, "counts");
    const auto& change = member(source, "pending");
    std::vector<Row> rows{
        {"state", state_of(status)},
        {"source", shown(source, "identity")},
        {"store",
         fmt::format("{}, {}, {}, {}", counted(counts, "users", "user"), counted(counts, "groups", "group"),
                     counted(counts, "memberships", "membership"), counted(counts, "errors", "error"))},
        {"last run", last_run_of(status)},
    };
    const bool hides_error = is_frozen(status) || is_set(status, "paused");
    if (hides_error && !member(status, "last_error").is_null())
        rows.push_back({"last error", shown(status, "last_error")});
    rows.push_back({"last success", text_or(shown(status, "last_success"), "none since the daemon started")});
    rows.push_back({"next run", text_or(shown(status, "next_run"), "none")});
    if (const std::string progress = progress_text(text); !progress.empty())
        rows.push_back({"now", progress});
    rows.push_back({"configuration", configuration_of(status)});
    std::string out = aligned(rows, width);
    if (is_frozen(status)) out += "\n" + wrapped(frozen_text(change), width);
    out += servers_text(status, width);
    const std::string notes = holds_text(member(status, "held")) +
                              warning_lines(member(status, "scope_warnings")) +
                              warning_lines(member(status, "warnings"));
    if (!notes.empty()) out += "\n" + wrapped(notes, width);
    return out;
}

std::string plan_text(std::string_view text, Width width) {
    const json::value plan = parsed(text);
    if (!plan.is_object()) return std::string(text);
    const json::array& changes = elements(member(plan, "changes"));
    const json::value& held = member(plan, "held");
    std::string out;
    PlanCounts counts;
    for (const auto& change : changes) {
        out += change_line(change, "would ") + "\n";
        counts.add(shown(change, "action"), shown(change, "object_type"),
                   shown(member(change, "after"), "status"));
    }
    out += holds_text(held) + warnings_text(plan);
    if (member(plan, "error").is_null() && !is_set(plan, "change_pending")) {
        if (changes.empty())
            out += elements(held).empty() ? "nothing to do\n" : "nothing to do but for what is held\n";
        else
            out += fmt::format("{} would be written\n{}\n", counted(changes.size(), "change"),
                               counts.sentence());
    }
    return wrapped(out, width);
}

std::string sync_text(std::string_view text, Width width) {
    const json::value report = parsed(text);
    if (!report.is_object()) return std::string(text);
    std::string out;
    const auto* counts = member(member(report, "run"), "counts").if_object();
    if (counts != nullptr && is_set(report, "wrote")) {
        for (const auto& [name, count] : *counts) {
            if (name == "held" || shown(count) == "0") continue;
            std::string words(name);
            std::replace(words.begin(), words.end(), '_', ' ');
            out += fmt::format("{}: {}\n", words, shown(count));
        }
    }
    out += holds_text(member(report, "held")) + warnings_text(report);
    const auto* changes = member(report, "change_count").if_int64();
    const std::string code = shown(report, "exit_code");
    const bool idle = changes != nullptr && (code.empty() || code == "0") && *changes == 0 &&
                      member(report, "error").is_null() && !is_set(report, "change_pending") &&
                      !is_set(report, "paused") && elements(member(report, "held")).empty();
    const auto* errors = member(report, "entity_errors").if_int64();
    const bool skipped = errors != nullptr && *errors > 0;
    if (idle) {
        out += skipped ? "nothing to do for the others\n"
                       : "nothing to do: the store is in step with the directory\n";
    }
    return wrapped(out, width);
}

std::string reload_text(std::string_view text, Width width) {
    const json::value answer = parsed(text);
    if (!answer.is_object()) return std::string(text);
    const std::string settings = joined(member(answer, "needs_restart"), ", ");
    std::string out = "the configuration was read again and is in force\n";
    if (!settings.empty()) out += fmt::format("at the next start only: {}\n", settings);
    const json::value& change = member(answer, "pending");
    if (change.is_object()) out += frozen_text(change);
    return wrapped(out, width);
}

std::string explain_text(std::string_view text, Width width) {
    const json::value explanation = parsed(text);
    if (!explanation.is_object()) return std::string(text);
    const std::string name = shown(explanation, "name");
    const std::string note = shown(explanation, "note");
    std::string out =
        fmt::format("{} is a {}, {}in scope{}\n  {}\n  objectGUID {}\n", name,
                    shown(explanation, "object_type") == "USER" ? "user" : "group",
                    is_set(explanation, "in_scope") ? "" : "not ", note.empty() ? "" : ". " + note,
                    shown(explanation, "dn"), shown(explanation, "external_id"));
    if (!member(explanation, "excluded_by").is_null())
        out += fmt::format("kept out by\n  {}\n", shown(explanation, "excluded_by"));
    if (!elements(member(explanation, "because")).empty()) out += "brought in by\n";
    for (const auto& way : elements(member(explanation, "because"))) {
        out += fmt::format("  {}\n", shown(way, "rule"));
        const std::string path = joined(member(way, "path"), " > ");
        if (!path.empty()) out += fmt::format("    {} > {}\n", path, name);
    }
    out = wrapped(out, width);
    if (const auto* attributes = member(explanation, "attributes").if_object()) {
        std::vector<Row> rows;
        for (const auto& [target, attribute] : *attributes) {
            const std::string from = shown(attribute, "template");
            rows.push_back({fmt::format("  {}", std::string_view(target)), shown(attribute, "value"),
                            from.empty() ? "(nothing mapped)" : "from " + from});
        }
        out += "attributes\n" + aligned(rows, width);
    }
    std::string rest;
    for (const auto& error : elements(member(explanation, "errors")))
        rest += fmt::format("error {}: {}\n", shown(error, "code"), shown(error, "message"));
    return out + wrapped(rest + holds_text(member(explanation, "held")), width);
}

std::string changes_text(std::string_view text) {
    const json::value changes = parsed(text);
    if (!changes.is_array()) return std::string(text);
    std::string out;
    for (const auto& change : elements(changes)) {
        out += fmt::format("{}  {}  {}  {}\n", shown(change, "run_id"), shown(change, "seq"),
                           shown(change, "at"), change_line(change, ""));
    }
    return out;
}

std::string runs_text(std::string_view text, Width width) {
    return list_text(text,
                     {"run_id", "started_at", "ended_at", "kind", "trigger", "actor", "outcome", "counts",
                      "note", "error"},
                     "runs", width);
}

std::string table_text(std::string_view text, const std::vector<std::string>& columns, Width width) {
    const json::value value = parsed(text);
    return value.is_array() ? table_of(value, columns, width) : std::string(text);
}

std::string table_of(const json::value& objects, const std::vector<std::string>& columns, Width width) {
    std::vector<Row> rows;
    rows.push_back(columns);
    for (const auto& element : elements(objects)) {
        Row row;
        for (const auto& column : columns) {
            row.push_back(column == "counts" ? counts_cell(member(element, column)) : shown(element, column));
        }
        rows.push_back(std::move(row));
    }
    return table(rows, width);
}

std::string list_text(std::string_view text, const std::vector<std::string>& columns, std::string_view what,
                      Width width) {
    json::value value = parsed(text);
    if (!value.is_array()) return std::string(text);
    const auto first_column = [&columns](const json::value& row) { return shown(row, columns.front()); };
    std::ranges::stable_sort(value.get_array(), {}, first_column);
    return elements(value).empty() ? fmt::format("no {}\n", what) : table_of(value, columns, width);
}

std::string object_text(std::string_view text, Width width) {
    const json::value value = parsed(text);
    const auto* object = value.if_object();
    if (object == nullptr) return std::string(text);
    std::vector<Row> rows;
    for (const auto& [name, content] : *object) rows.push_back({std::string(name), shown(content)});
    return aligned(rows, width);
}

int exit_code_of(std::string_view text, int otherwise) {
    const json::value value = parsed(text);
    const auto* code = member(value, "exit_code").if_int64();
    return code == nullptr ? otherwise : static_cast<int>(*code);
}

std::string problem_text(std::string_view text) {
    const json::value value = parsed(text);
    if (!value.is_object()) return std::string(text);
    const auto* detail = member(value, "detail").if_string();
    if (detail == nullptr || detail->empty()) return shown(value, "title");
    // The problems of a configuration are a line each.
    std::string out;
    for (std::string_view rest(detail->data(), detail->size());;) {
        const std::size_t end = rest.find('\n');
        out += text::printable(rest.substr(0, end));
        if (end == std::string_view::npos) return out;
        out += '\n';
        rest.remove_prefix(end + 1);
    }
}

std::string progress_text(std::string_view text) {
    const json::value status = parsed(text);
    const auto& progress = member(status, "progress");
    const std::string phase = shown(progress, "phase");
    return phase.empty() ? std::string() : fmt::format("{}: {} objects", phase, shown(progress, "objects"));
}

long long last_seq_of(std::string_view text, long long otherwise) {
    const json::value changes = parsed(text);
    long long last = otherwise;
    for (const auto& change : elements(changes)) {
        if (const auto* seq = member(change, "seq").if_int64()) last = std::max<long long>(last, *seq);
    }
    return last;
}

std::string json_lines(std::string_view text) {
    const json::value value = parsed(text);
    std::string out;
    for (const auto& element : elements(value)) out += json::serialize(element) + "\n";
    return out;
}

}  // namespace dirsync::ctl
