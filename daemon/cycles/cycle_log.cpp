#include "daemon/cycles/cycle_log.hpp"

#include <algorithm>
#include <utility>

#include "model/source_identity.hpp"

namespace dirsync::daemon {
namespace {

LogLine line_of(LogEvent event, const std::string& cycle, LogFields more = {}) {
    LogLine line{event, {{"cycle", cycle}}};
    for (auto& field : more) line.fields.push_back(std::move(field));
    return line;
}

void add_counts(LogLine& line, const sync::RunRecord& run) {
    for (const auto& [name, count] : run.counts) {
        if (count != 0) line.fields.emplace_back(name, std::to_string(count));
    }
}

LogLine change_of_source(const sync::SourceChanged& changed, const sync::EngineStatus& status,
                         const std::string& cycle) {
    auto line = line_of(LogEvent::source_changed, cycle,
                        {{"source", source_label(status.source)}, {"snapshot", changed.snapshot_id}});
    add_counts(line, changed.run);
    return line;
}

LogLine what_was_written(const sync::CycleReport& report, const std::string& cycle) {
    if (!report.wrote) return line_of(LogEvent::cycle_idle, cycle);
    auto line = line_of(LogEvent::cycle_wrote, cycle,
                        {{"kind", report.run.kind == sync::RunKind::full ? "full" : "incremental"},
                         {"seconds", std::to_string((report.run.ended - report.run.started).count())}});
    add_counts(line, report.run);
    return line;
}

bool contains(const std::vector<std::string>& list, const std::string& text) {
    return std::ranges::find(list, text) != list.end();
}

}  // namespace

std::vector<LogLine> CycleLog::lines(const sync::CycleReport& report, const sync::EngineStatus& status,
                                     std::uint64_t cycle_number) {
    const std::string cycle = std::to_string(cycle_number);
    Lines lines;
    if (report.changed) lines.push_back(change_of_source(*report.changed, status, cycle));
    if (report.reloaded) lines.push_back(line_of(LogEvent::store_reloaded, cycle));
    if (failed(report, cycle, lines)) return lines;
    whole_read(report, cycle, lines);
    time(report, cycle, lines);
    pending(status, cycle, lines);
    if (report.change_pending || report.run.kind == sync::RunKind::source_change) return lines;
    lines.push_back(what_was_written(report, cycle));
    holds(report, cycle, lines);
    warnings(report, cycle, lines);
    errors(report, cycle, lines);
    return lines;
}

std::vector<LogLine> CycleLog::pause_lines(const sync::CycleReport& report, std::uint64_t cycle) {
    Lines lines;
    time(report, std::to_string(cycle), lines);
    if (report.error && report.error->error_class() == ErrorClass::denied) {
        lines.push_back(
            {LogEvent::credentials_refused,
             {{"code", std::string(name_of(report.error->code()))}, {"reason", report.error->message()}}});
    } else if (report.error) {
        lines.push_back(
            {LogEvent::store_failed,
             {{"doing", "disabling users after a long pause"}, {"reason", report.error->message()}}});
    } else if (report.wrote) {
        lines.push_back({LogEvent::pause_ran_out, {{"users", std::to_string(report.changes)}}});
    }
    return lines;
}

/// True when the cycle failed, and there is no more to say of it.
bool CycleLog::failed(const sync::CycleReport& report, const std::string& cycle, Lines& lines) {
    const std::string reason = report.error ? report.error->message() : std::string();
    const std::string before = std::exchange(error_, reason);
    if (!report.error) {
        if (!before.empty()) lines.push_back(line_of(LogEvent::cycle_recovered, cycle));
        return false;
    }
    if (reason != before) {
        const bool denied = report.error->error_class() == ErrorClass::denied;
        lines.push_back(line_of(denied ? LogEvent::credentials_refused : LogEvent::cycle_failed, cycle,
                                {{"code", std::string(name_of(report.error->code()))}, {"reason", reason}}));
    }
    return true;
}

void CycleLog::whole_read(const sync::CycleReport& report, const std::string& cycle, Lines& lines) {
    if (!report.full_reason.empty() && report.full_reason != whole_)
        lines.push_back(line_of(LogEvent::whole_read, cycle, {{"reason", report.full_reason}}));
    whole_ = report.full_reason;
}

/// When the doubt begins and when it ends. The clocks themselves differ in each cycle.
void CycleLog::time(const sync::CycleReport& report, const std::string& cycle, Lines& lines) {
    const bool is_in_doubt = !report.time_doubt.empty();
    if (is_in_doubt == is_time_in_doubt_) return;
    is_time_in_doubt_ = is_in_doubt;
    if (is_in_doubt) {
        lines.push_back(line_of(LogEvent::time_in_doubt, cycle, {{"reason", report.time_doubt}}));
    } else {
        lines.push_back(line_of(LogEvent::time_certain, cycle));
    }
}

void CycleLog::pending(const sync::EngineStatus& status, const std::string& cycle, Lines& lines) {
    const auto& waits = status.pending;
    const std::string change = waits ? waits->from + " -> " + waits->to + " " + waits->note : std::string();
    if (waits && change != pending_) {
        auto line = line_of(LogEvent::source_change_pending, cycle,
                            {{"from", waits->from},
                             {"to", waits->to},
                             {"users", std::to_string(waits->users)},
                             {"groups", std::to_string(waits->groups)},
                             {"memberships", std::to_string(waits->memberships)},
                             {"assignments", std::to_string(waits->assignments)}});
        if (!waits->note.empty()) line.fields.emplace_back("note", waits->note);
        lines.push_back(std::move(line));
    }
    pending_ = change;
}

void CycleLog::holds(const sync::CycleReport& report, const std::string& cycle, Lines& lines) {
    std::vector<std::string> ids;
    for (const auto& hold : report.holds) {
        ids.push_back(hold.id);
        if (contains(holds_, hold.id)) continue;
        lines.push_back(line_of(LogEvent::change_held, cycle,
                                {{"id", hold.id},
                                 {"class", std::string(text_of(hold.hold))},
                                 {"count", std::to_string(hold.objects.size())},
                                 {"limit", hold.limit}}));
    }
    holds_ = std::move(ids);
}

void CycleLog::warnings(const sync::CycleReport& report, const std::string& cycle, Lines& lines) {
    for (const auto& warning : report.scope_warnings) {
        if (warning == report.time_doubt || contains(warnings_, warning)) continue;
        lines.push_back(line_of(LogEvent::scope_warning, cycle, {{"warning", warning}}));
    }
    warnings_ = report.scope_warnings;
}

void CycleLog::errors(const sync::CycleReport& report, const std::string& cycle, Lines& lines) {
    if (report.entity_errors > entity_errors_)
        lines.push_back(
            line_of(LogEvent::entities_skipped, cycle, {{"count", std::to_string(report.entity_errors)}}));
    entity_errors_ = report.entity_errors;
}

}  // namespace dirsync::daemon
