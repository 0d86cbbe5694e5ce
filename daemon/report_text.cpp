#include "daemon/report_text.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "api/report_messages.hpp"
#include "core/hold_advice.hpp"
#include "core/plan_counts.hpp"
#include "core/visible_text.hpp"

namespace dirsync::daemon {
namespace {

std::string counted(std::uint64_t count, std::string_view one) {
    return std::to_string(count) + " " + std::string(one) + (count == 1 ? "" : "s");
}

std::string member_name(const std::string& json) {
    boost::system::error_code error;
    const auto value = boost::json::parse(json, error);
    const auto* object = value.if_object();
    const auto* name = object == nullptr ? nullptr : object->if_contains("user_name");
    return name != nullptr && name->is_string() ? std::string(name->get_string()) : json;
}

void append_change(std::string& text, const sync::ChangeLine& line) {
    text += "would ";
    if (line.action == sync::LineAction::add_member) {
        text += "add " + text::printable(member_name(line.after)) + " to group " + text::printable(line.name);
    } else if (line.action == sync::LineAction::remove_member) {
        text += "remove " + text::printable(member_name(line.before)) + " from group " +
                text::printable(line.name);
    } else {
        text += std::string(text_of(line.action)) +
                (line.object_type == sync::ObjectType::user ? " user " : " group ") +
                text::printable(line.name);
        const std::string values = api::changed_values(line);
        text += (values.empty() ? "" : ": ") + values;
    }
    text += " (" + line.reason + ")\n";
}

/// Of a user whose status an update changes; else empty.
std::string new_status(const sync::ChangeLine& line) {
    boost::system::error_code error;
    const auto value = boost::json::parse(line.after, error);
    const auto* object = value.if_object();
    const auto* status = object == nullptr ? nullptr : object->if_contains("status");
    return status != nullptr && status->is_string() ? std::string(status->get_string()) : std::string();
}

void append_pending(std::string& text, const sync::PendingSourceChange& pending) {
    text += "the identity source would change from " + text::printable(pending.from) + " to " +
            text::printable(pending.to) + ": nothing was read or written\n  the change removes " +
            counted(pending.users, "user") + ", " + counted(pending.groups, "group") + ", " +
            counted(pending.memberships, "membership") + " and " +
            counted(pending.assignments, "assignment") + "; permission sets are kept\n";
    if (!pending.note.empty()) text += "  " + text::printable(pending.note) + "\n";
    text += "  to accept it: dirsyncctl source change   (or identity_source.change in the configuration)\n";
}

void append_changed(std::string& text, const sync::SourceChanged& changed) {
    text += "the identity source was changed";
    if (!changed.snapshot_id.empty())
        text += "; snapshot " + changed.snapshot_id + " has what was there before";
    text += "\n";
    for (const auto& [name, count] : changed.run.counts) {
        if (count == 0) continue;
        std::string words = name;
        for (char& c : words) {
            if (c == '_') c = ' ';
        }
        text += "  " + words + ": " + std::to_string(count) + "\n";
    }
}

void append_holds_and_warnings(std::string& text, const sync::CycleReport& report) {
    for (const auto& hold : report.holds) {
        text += "held " + hold.id + ": " + std::string(text_of(hold.hold)) + ", " +
                std::to_string(hold.objects.size()) + " " +
                limit_of_hold(text_of(hold.hold), text::printable(hold.limit));
        for (std::size_t i = 0; i < hold.sample.size(); ++i)
            text += (i == 0 ? ": " : ", ") + text::printable(hold.sample[i]);
        if (hold.objects.size() > hold.sample.size() && !hold.sample.empty()) text += ", ...";
        text += "\n" +
                advice_on_hold(text_of(hold.hold), "dirsyncctl approve " + hold.id +
                                                       "   (or dirsyncd --once --approve " + hold.id + ")");
    }
    for (const auto& warning : report.scope_warnings) text += "warning: " + text::printable(warning) + "\n";
    if (report.entity_errors > 0) {
        text += "skipped because of errors: " + counted(report.entity_errors, "object") +
                "; 'dirsyncctl errors' or the view v1_entity_errors says why\n";
    }
    if (report.pending) append_pending(text, *report.pending);
}

}  // namespace

std::string plan_text(const sync::CycleReport& report) {
    std::string text;
    for (const auto& line : report.lines) append_change(text, line);
    append_holds_and_warnings(text, report);
    if (report.error || report.change_pending) return text;
    if (report.changes == 0) return text + "nothing to do\n";
    PlanCounts counts;
    for (const auto& line : report.lines)
        counts.add(text_of(line.action), text_of(line.object_type), new_status(line));
    return text + counted(report.changes, "change") + " would be written\n" + counts.sentence() + "\n";
}

std::string summary_text(const sync::CycleReport& report) {
    std::string text;
    if (report.changed) append_changed(text, *report.changed);
    if (report.wrote && report.run.kind != sync::RunKind::source_change) {
        for (const auto& [name, count] : report.run.counts) {
            if (count == 0 || name == "held") continue;
            std::string words = name;
            for (char& c : words) {
                if (c == '_') c = ' ';
            }
            text += words + ": " + std::to_string(count) + "\n";
        }
    }
    append_holds_and_warnings(text, report);
    const bool looked = !report.error && !report.change_pending && !report.paused && !report.changed &&
                        !report.config_refused && report.time_doubt.empty();
    if (looked && report.changes == 0 && report.holds.empty()) {
        text += report.entity_errors > 0 ? "nothing to do for the others\n"
                                         : "nothing to do: the store is in step with the directory\n";
    }
    return text;
}

}  // namespace dirsync::daemon
