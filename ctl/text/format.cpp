#include "ctl/text/format.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "api/messages/problem.hpp"
#include "core/hold_advice.hpp"
#include "core/plan_counts.hpp"
#include "core/visible_text.hpp"
#include "ctl/text/shown.hpp"
#include "ctl/text/status_format.hpp"
#include "ctl/text/table_text.hpp"

namespace dirsync::ctl {
namespace {

namespace json = boost::json;

std::string hold_line(const messages::Hold& hold) {
    std::string text = fmt::format("held {}: {}, {} {}", shown(hold.id), shown(hold.class_), hold.count,
                                   limit_of_hold(shown(hold.class_), shown(hold.limit)));
    const std::string sample = joined(hold.sample, ", ");
    if (!sample.empty()) text += ": " + sample;
    if (!hold.sample.empty() && hold.count > hold.sample.size()) text += ", ...";
    return text;
}

std::string warnings_text(const messages::CycleReport& report) {
    std::string text = warning_lines(report.scope_warnings);
    if (report.entity_errors > 0) {
        text += fmt::format(
            "skipped because of errors: {}; 'dirsyncctl errors' or the view v1_entity_errors says why\n",
            counted(report.entity_errors, "object"));
    }
    if (report.error) text += fmt::format("error: {}\n", shown(report.error));
    if (report.change_pending) {
        text += "the directory is not the one the store was filled from: nothing was read or written\n";
    }
    return text;
}

/// The status that a change sets; empty: it sets none.
std::string new_status(const messages::Change& change) {
    const auto* columns = change.after.if_object();
    const auto* status = columns == nullptr ? nullptr : columns->if_contains("status");
    return status == nullptr ? std::string() : shown(*status);
}

/// The changes of a plan, a line each; of each kind the first `most`.
std::string change_lines(const std::vector<messages::Change>& changes, std::size_t most) {
    std::string out;
    std::size_t left_out = 0;
    std::map<std::pair<std::string_view, std::string_view>, std::size_t> of_kind;
    for (const auto& change : changes) {
        if (++of_kind[{change.action, change.object_type}] <= most)
            out += change_line(change, "would ") + "\n";
        else
            ++left_out;
    }
    if (left_out > 0) out += fmt::format("... and {} more: --all shows them\n", left_out);
    return out;
}

std::string plan_lines(const messages::CycleReport& plan, Width width, std::size_t most = SIZE_MAX) {
    std::string out = change_lines(plan.changes, most);
    PlanCounts counts;
    for (const auto& change : plan.changes) counts.add(change.action, change.object_type, new_status(change));
    out += holds_text(plan.held) + warnings_text(plan);
    if (!plan.error && !plan.change_pending) {
        if (plan.changes.empty())
            out += plan.held.empty() ? "nothing to do\n" : "nothing to do but for what is held\n";
        else
            out += fmt::format("{} would be written\n{}\n", counted(plan.changes.size(), "change"),
                               counts.sentence());
    }
    return wrapped(out, width);
}

/// A revert as the report of the cycle that it is like.
messages::CycleReport report_of(const messages::RevertReport& revert) {
    messages::CycleReport report;
    report.changes = revert.changes;
    report.change_count = revert.change_count;
    report.wrote = revert.wrote;
    report.run = revert.run;
    report.exit_code = revert.exit_code;
    return report;
}

}  // namespace

std::string holds_text(const std::vector<messages::Hold>& holds) {
    std::string text;
    for (const auto& hold : holds) {
        text += hold_line(hold) + "\n" +
                advice_on_hold(shown(hold.class_), "dirsyncctl approve " + shown(hold.id));
    }
    return text;
}

std::string warning_lines(const std::vector<std::string>& warnings) {
    std::string text;
    for (const auto& warning : warnings) text += fmt::format("warning: {}\n", shown(warning));
    return text;
}

std::string plan_text(std::string_view text, Width width, std::size_t most) {
    const auto plan = messages::read_answer<messages::CycleReport>(text);
    return plan ? plan_lines(*plan, width, most) : std::string(text);
}

std::string report_text(const messages::CycleReport& report, Width width) {
    std::string out;
    if (report.wrote) {
        for (const auto& [name, count] : report.run.counts) {
            if (name != "held" && count != 0) out += fmt::format("{}: {}\n", in_words(name), count);
        }
    }
    out += holds_text(report.held) + warnings_text(report);
    const bool is_idle = report.exit_code == 0 && report.change_count == 0 && !report.error &&
                         !report.change_pending && !report.paused && report.held.empty();
    if (is_idle) {
        out += report.entity_errors > 0 ? "nothing to do for the others\n"
                                        : "nothing to do: the store is in step with the directory\n";
    }
    return wrapped(out, width);
}

std::string sync_text(std::string_view text, Width width) {
    const auto report = messages::read_answer<messages::CycleReport>(text);
    return report ? report_text(*report, width) : std::string(text);
}

std::string revert_text(std::string_view text, bool dry_run, Width width) {
    const auto revert = messages::read_answer<messages::RevertReport>(text);
    if (!revert) return std::string(text);
    std::string out = "nothing left to undo\n";
    if (revert->change_count != 0)
        out = dry_run ? plan_lines(report_of(*revert), width) : report_text(report_of(*revert), width);
    if (revert->not_restored.empty()) return out;
    using messages::NotRestored;
    const auto shown_columns = columns<NotRestored>(&NotRestored::action, &NotRestored::object_type,
                                                    &NotRestored::name, &NotRestored::why);
    return out + "\nnot restored:\n" + table_of(revert->not_restored, shown_columns, width);
}

std::string reload_text(std::string_view text, Width width) {
    const auto answer = messages::read_answer<messages::Reloaded>(text);
    if (!answer) return std::string(text);
    // Only a cycle can ask the directory whether it has the attributes that the file names.
    std::string out =
        "the configuration was read again; the next cycle goes by it, and 'dirsyncctl status' says if a part "
        "of it is refused\n";
    if (answer->settings_refused)
        out += "the last cycle refused a part of the configuration; 'dirsyncctl status' says which\n";
    if (!answer->needs_restart.empty())
        out += fmt::format("at the next start only: {}\n", joined(answer->needs_restart, ", "));
    if (answer->pending) out += frozen_text(*answer->pending);
    return wrapped(out, width);
}

std::string explain_text(std::string_view text, Width width) {
    const auto read = messages::read_answer<messages::Explanation>(text);
    if (!read) return std::string(text);
    const messages::Explanation& explanation = *read;
    const std::string name = shown(explanation.name);
    const std::string note = shown(explanation.note);
    std::string out =
        fmt::format("{} is a {}, {}in scope{}\n  {}\n  objectGUID {}\n", name,
                    explanation.object_type == "USER" ? "user" : "group", explanation.in_scope ? "" : "not ",
                    note.empty() ? "" : ". " + note, shown(explanation.dn), shown(explanation.external_id));
    if (explanation.excluded_by) out += fmt::format("kept out by\n  {}\n", shown(explanation.excluded_by));
    if (!explanation.because.empty()) out += "brought in by\n";
    for (const auto& way : explanation.because) {
        out += fmt::format("  {}\n", shown(way.rule));
        if (!way.path.empty()) out += fmt::format("    {} > {}\n", joined(way.path, " > "), name);
    }
    out = wrapped(out, width);
    std::vector<Row> rows;
    for (const auto& [target, attribute] : explanation.attributes) {
        const std::string from = shown(attribute.template_);
        std::string origin = "from " + from;
        if (from.empty()) origin = attribute.value.empty() ? "(nothing mapped)" : "(fallback)";
        if (attribute.stored) {
            const std::string kept = shown(*attribute.stored.value);
            origin += fmt::format("; the store has {}: {}", kept.empty() ? "no value" : "'" + kept + "'",
                                  attribute.why ? shown(*attribute.why.value) : "");
        }
        rows.push_back({fmt::format("  {}", shown(target)), shown(attribute.value), std::move(origin)});
    }
    out += "attributes\n" + aligned(rows, width);
    std::string rest;
    for (const auto& error : explanation.errors)
        rest += fmt::format("error {}: {}\n", shown(error.code), shown(error.message));
    return out + wrapped(rest + holds_text(explanation.held), width);
}

std::string changes_text(std::string_view text) {
    const auto changes = messages::read_answer<std::vector<messages::JournalLine>>(text);
    if (!changes) return std::string(text);
    std::string out;
    for (const auto& change : *changes) {
        out += fmt::format("{}  {}  {}  {}\n", shown(change.run_id), change.seq, shown(change.at),
                           change_line(change, ""));
    }
    return out;
}

std::string runs_text(std::string_view text, Width width) {
    using messages::Run;
    static const auto shown_columns =
        columns<Run>(&Run::run_id, &Run::started_at, &Run::ended_at, &Run::kind, &Run::trigger, &Run::actor,
                     &Run::outcome, &Run::counts, &Run::note, &Run::error);
    return list_text(text, shown_columns, "runs", width);
}

std::string object_text(std::string_view text, Width width) {
    boost::system::error_code error;
    const json::value value = json::parse({text.data(), text.size()}, error);
    const auto* object = error ? nullptr : value.if_object();
    if (object == nullptr) return std::string(text);
    std::vector<Row> rows;
    for (const auto& [name, content] : *object)
        rows.push_back({shown(std::string_view(name.data(), name.size())), shown(content)});
    return aligned(rows, width);
}

int exit_code_of(std::string_view text, int otherwise) {
    const auto answer = messages::read_answer<messages::ExitCode>(text);
    return answer ? answer->exit_code : otherwise;
}

std::string problem_text(std::string_view text) {
    const auto problem = messages::read_answer<messages::Problem>(text);
    if (!problem) return std::string(text);
    if (problem->detail.empty()) return shown(problem->title);
    // The problems of a configuration are a line each.
    std::string out;
    for (std::string_view rest(problem->detail);;) {
        const std::size_t end = rest.find('\n');
        out += text::printable(rest.substr(0, end));
        if (end == std::string_view::npos) return out;
        out += '\n';
        rest.remove_prefix(end + 1);
    }
}

long long last_seq_of(std::string_view text, long long otherwise) {
    const auto changes = messages::read_answer<std::vector<messages::JournalPlace>>(text);
    long long last = otherwise;
    if (!changes) return last;
    for (const auto& change : *changes) last = std::max(last, static_cast<long long>(change.seq));
    return last;
}

std::string json_lines(std::string_view text) {
    boost::system::error_code error;
    const json::value value = json::parse({text.data(), text.size()}, error);
    std::string out;
    if (error || !value.is_array()) return out;
    for (const auto& element : value.get_array()) out += json::serialize(element) + "\n";
    return out;
}

}  // namespace dirsync::ctl
