#include "ctl/text/format.hpp"

#include <algorithm>

#include "core/hold_advice.hpp"
#include "core/plan_counts.hpp"
#include "core/text.hpp"
#include "core/visible_text.hpp"
#include "ctl/text/json_text.hpp"

namespace dirsync::ctl {
namespace {

namespace json = boost::json;

std::string holds_text(const json::value& holds) {
    std::string text;
    for (const auto& hold : elements(holds)) {
        text += "held " + shown(hold, "id") + ": " + shown(hold, "class") + ", " + shown(hold, "count") +
                " " + limit_of_hold(shown(hold, "class"), shown(hold, "limit"));
        const std::string sample = joined(member(hold, "sample"), ", ");
        if (!sample.empty()) text += ": " + sample;
        const auto* count = member(hold, "count").if_int64();
        const std::size_t named = elements(member(hold, "sample")).size();
        if (named > 0 && count != nullptr && *count > static_cast<std::int64_t>(named)) text += ", ...";
        text += "\n" + advice_on_hold(shown(hold, "class"), "dirsyncctl approve " + shown(hold, "id"));
    }
    return text;
}

std::string warnings_text(const json::value& answer) {
    std::string text;
    for (const auto& warning : elements(member(answer, "scope_warnings")))
        text += "warning: " + shown(warning) + "\n";
    const auto* errors = member(answer, "entity_errors").if_int64();
    if (errors != nullptr && *errors > 0) {
        text += "skipped because of errors: " + counted(static_cast<std::size_t>(*errors), "object") +
                "; 'dirsyncctl errors' or the view v1_entity_errors says why\n";
    }
    if (!member(answer, "error").is_null()) text += "error: " + shown(answer, "error") + "\n";
    if (is_set(answer, "change_pending")) {
        text += "the directory is not the one the store was filled from: nothing was read or written\n";
    }
    return text;
}

/// A table of the servers; what one answered that is longer than a word or two stands below it, unless the
/// state above says it already.
std::string servers_text(const json::value& status) {
    constexpr std::size_t widest = 30;
    const auto& servers = elements(member(status, "servers"));
    if (servers.empty()) return {};
    const std::string error = shown(status, "last_error");
    std::vector<std::vector<std::string>> rows{{"", "server", "state", "changes by"}};
    std::string answers;
    for (const auto& server : servers) {
        std::string state = shown(server, "state");
        if (text::length(state) > widest) {
            if (error.find(state) == std::string::npos) answers += shown(server, "uri") + ": " + state + "\n";
            state = "failed";
        }
        rows.push_back(
            {is_set(server, "in_use") ? "*" : "", shown(server, "uri"), state, shown(server, "detection")});
    }
    return "\n" + aligned(rows) + answers;
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

std::string status_text(std::string_view text) {
    const json::value status = parsed(text);
    if (!status.is_object()) return std::string(text);
    const auto& source = member(status, "source");
    const auto& counts = member(status, "counts");
    const auto& run = member(status, "last_run");
    const bool paused = is_set(status, "paused");
    const bool pending = !member(source, "pending").is_null();
    std::string state = "in step";
    if (shown(status, "last_success").empty()) state = "no cycle has succeeded since the start";
    if (!elements(member(status, "held")).empty()) state = "some changes are held";
    if (!member(status, "last_error").is_null()) state = "failing: " + shown(status, "last_error");
    const bool failing = !member(status, "last_error").is_null();
    if (!failing && is_set(status, "settings_refused"))
        state = "part of the configuration is refused, see below";
    else if (!failing && !shown(status, "time_doubt").empty())
        state = "time is in doubt, see below";
    if (pending) state = "frozen: the source changed";
    if (paused) state = pause_text(status) + "; 'dirsyncctl resume' goes on";

    std::vector<std::vector<std::string>> rows{
        {"state", state},
        {"source", shown(source, "identity")},
        {"store", counted(counts, "users", "user") + ", " + counted(counts, "groups", "group") + ", " +
                      counted(counts, "memberships", "membership") + ", " +
                      counted(counts, "errors", "error")},
    };
    if (run.is_object()) {
        rows.push_back({"last run",
                        shown(run, "started_at") + "  " + shown(run, "kind") + "  " + shown(run, "outcome")});
    } else {
        rows.push_back({"last run", "none"});
    }
    if (failing && (pending || paused)) rows.push_back({"last error", shown(status, "last_error")});
    rows.push_back({"last success", shown(status, "last_success").empty() ? "none since the daemon started"
                                                                          : shown(status, "last_success")});
    rows.push_back({"next run", shown(status, "next_run").empty() ? "none" : shown(status, "next_run")});
    const std::string progress = progress_text(text);
    if (!progress.empty()) rows.push_back({"now", progress});
    const auto& config = member(status, "config");
    std::string config_text = shown(config, "path") + ", loaded " + shown(config, "loaded_at");
    if (member(config, "in_force").is_bool() && !is_set(config, "in_force")) {
        config_text += "; the file has changed and was REFUSED, 'dirsyncd --check-config' says why";
    }
    rows.push_back({"configuration", config_text});
    std::string out = aligned(rows);
    if (pending) {
        const auto& change = member(source, "pending");
        out += "\nThe source changed from " + shown(change, "from") + " to " + shown(change, "to") +
               ". Going on would remove " + counted(change, "users", "user") + ", " +
               counted(change, "groups", "group") + ", " + counted(change, "memberships", "membership") +
               " and " + counted(change, "assignments", "assignment") + ". Nothing is read or written.\n";
    }
    out += servers_text(status);
    std::string notes = holds_text(member(status, "held"));
    for (const auto& warning : elements(member(status, "scope_warnings")))
        notes += "warning: " + shown(warning) + "\n";
    for (const auto& warning : elements(member(status, "warnings")))
        notes += "warning: " + shown(warning) + "\n";
    if (!notes.empty()) out += "\n" + notes;
    return out;
}

std::string plan_text(std::string_view text) {
    const json::value plan = parsed(text);
    if (!plan.is_object()) return std::string(text);
    std::string out;
    for (const auto& change : elements(member(plan, "changes"))) out += change_line(change, "would ") + "\n";
    out += holds_text(member(plan, "held")) + warnings_text(plan);
    if (!member(plan, "error").is_null() || is_set(plan, "change_pending")) return out;
    const std::size_t count = elements(member(plan, "changes")).size();
    if (count == 0) return out + "nothing to do\n";
    PlanCounts counts;
    for (const auto& change : elements(member(plan, "changes"))) {
        counts.add(shown(change, "action"), shown(change, "object_type"),
                   shown(member(change, "after"), "status"));
    }
    return out + counted(count, "change") + " would be written\n" + counts.sentence() + "\n";
}

std::string sync_text(std::string_view text) {
    const json::value report = parsed(text);
    if (!report.is_object()) return std::string(text);
    std::string out;
    const auto* counts = member(member(report, "run"), "counts").if_object();
    if (counts != nullptr && is_set(report, "wrote")) {
        for (const auto& [name, count] : *counts) {
            if (name == "held" || shown(count) == "0") continue;
            std::string words(name.data(), name.size());
            std::replace(words.begin(), words.end(), '_', ' ');
            out += words + ": " + shown(count) + "\n";
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
    return out;
}

std::string reload_text(std::string_view text) {
    const json::value answer = parsed(text);
    if (!answer.is_object()) return std::string(text);
    const std::string settings = joined(member(answer, "needs_restart"), ", ");
    return "the configuration was read again and is in force\n" +
           (settings.empty() ? "" : "at the next start only: " + settings + "\n");
}

std::string explain_text(std::string_view text) {
    const json::value explanation = parsed(text);
    if (!explanation.is_object()) return std::string(text);
    std::string out = shown(explanation, "name") +
                      (shown(explanation, "object_type") == "USER" ? " is a user" : " is a group");
    out += is_set(explanation, "in_scope") ? ", in scope" : ", not in scope";
    if (!shown(explanation, "note").empty()) out += ". " + shown(explanation, "note");
    out += "\n  " + shown(explanation, "dn") + "\n  objectGUID " + shown(explanation, "external_id") + "\n";
    if (!member(explanation, "excluded_by").is_null())
        out += "kept out by\n  " + shown(explanation, "excluded_by") + "\n";
    if (!elements(member(explanation, "because")).empty()) out += "brought in by\n";
    for (const auto& way : elements(member(explanation, "because"))) {
        out += "  " + shown(way, "rule");
        const std::string path = joined(member(way, "path"), " > ");
        if (!path.empty()) out += "\n    " + path + " > " + shown(explanation, "name");
        out += "\n";
    }
    if (const auto* attributes = member(explanation, "attributes").if_object()) {
        std::vector<std::vector<std::string>> rows;
        for (const auto& [target, attribute] : *attributes) {
            const std::string from = shown(attribute, "template");
            rows.push_back({"  " + std::string(target.data(), target.size()), shown(attribute, "value"),
                            from.empty() ? "(nothing mapped)" : "from " + from});
        }
        out += "attributes\n" + aligned(rows);
    }
    for (const auto& error : elements(member(explanation, "errors"))) {
        out += "error " + shown(error, "code") + ": " + shown(error, "message") + "\n";
    }
    return out + holds_text(member(explanation, "held"));
}

std::string changes_text(std::string_view text) {
    const json::value changes = parsed(text);
    if (!changes.is_array()) return std::string(text);
    std::string out;
    for (const auto& change : elements(changes)) {
        out += shown(change, "run_id") + "  " + shown(change, "seq") + "  " + shown(change, "at") + "  " +
               change_line(change, "") + "\n";
    }
    return out;
}

std::string runs_text(std::string_view text) {
    return table_text(text, {"run_id", "started_at", "ended_at", "kind", "trigger", "actor", "outcome",
                             "counts", "note", "error"});
}

std::string table_text(std::string_view text, const std::vector<std::string>& columns) {
    const json::value value = parsed(text);
    if (!value.is_array()) return std::string(text);
    std::vector<std::vector<std::string>> rows;
    rows.push_back(columns);
    for (const auto& element : elements(value)) {
        std::vector<std::string> row;
        for (const auto& column : columns) {
            if (column != "counts") {
                row.push_back(shown(element, column));
                continue;
            }
            // Only what happened: a run has a dozen counters, most of them zero.
            std::string counted;
            if (const auto* counts = member(element, column).if_object()) {
                for (const auto& [name, count] : *counts) {
                    if (shown(count) == "0") continue;
                    counted += (counted.empty() ? "" : " ") + std::string(name.data(), name.size()) + "=" +
                               shown(count);
                }
            }
            row.push_back(counted);
        }
        rows.push_back(std::move(row));
    }
    return aligned(rows);
}

std::string object_text(std::string_view text) {
    const json::value value = parsed(text);
    const auto* object = value.if_object();
    if (object == nullptr) return std::string(text);
    std::vector<std::vector<std::string>> rows;
    for (const auto& [name, content] : *object)
        rows.push_back({std::string(name.data(), name.size()), shown(content)});
    return aligned(rows);
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
    return phase.empty() ? std::string() : phase + ": " + shown(progress, "objects") + " objects";
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
