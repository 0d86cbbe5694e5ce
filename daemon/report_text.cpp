#include "daemon/report_text.hpp"

namespace dirsync::daemon {
namespace {

std::string verb_of(const std::string& action) {
    if (action == "add_member") return "add to group";
    if (action == "remove_member") return "remove from group";
    return action;
}

std::string type_of(const sync::ChangeLine& line) {
    if (line.action == "add_member" || line.action == "remove_member") return "";
    return line.object_type == "USER" ? "user " : "group ";
}

void append_changes(std::string& text, const sync::ChangeLine& line) {
    text += "would " + verb_of(line.action) + " " + type_of(line) + line.name;
    const bool update = line.action == "update";
    if (update || line.object_type == "GROUP") {
        if (!line.before.empty() && line.action != "delete") text += " " + line.before;
        if (update) text += " ->";
        if (!line.after.empty() && line.action != "create") text += " " + line.after;
    }
    text += " (" + line.reason + ")\n";
}

void append_holds_and_warnings(std::string& text, const sync::CycleReport& report) {
    for (const auto& hold : report.holds) {
        text += "held " + hold.id + ": " + std::string(text_of(hold.hold)) + ", " +
                std::to_string(hold.objects.size()) + " (limit: " + hold.limit + ")";
        for (std::size_t i = 0; i < hold.sample.size(); ++i) text += (i == 0 ? ": " : ", ") + hold.sample[i];
        if (hold.objects.size() > hold.sample.size() && !hold.sample.empty()) text += ", ...";
        text += "\n  to apply it: dirsyncctl approve " + hold.id + "   (or dirsyncd --once --approve " + hold.id + ")\n";
    }
    for (const auto& warning : report.scope_warnings) text += "warning: " + warning + "\n";
    if (report.entity_errors > 0) {
        text += std::to_string(report.entity_errors) +
                " users or groups are skipped because of errors: dirsyncctl errors, or the view v1_entity_errors\n";
    }
    if (report.change_pending) {
        text += "the directory is not the one the store was filled from: nothing was read or written\n";
    }
}

}  // namespace

std::string plan_text(const sync::CycleReport& report) {
    std::string text;
    for (const auto& line : report.lines) append_changes(text, line);
    append_holds_and_warnings(text, report);
    if (report.error || report.change_pending) return text;
    text += report.changes == 0 ? "nothing to do\n" : std::to_string(report.changes) + " changes would be written\n";
    return text;
}

std::string summary_text(const sync::CycleReport& report) {
    std::string text;
    if (report.wrote) {
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
    if (!report.error && !report.change_pending && report.changes == 0 && report.holds.empty()) {
        text += "nothing to do: the store is in step with the directory\n";
    }
    return text;
}

}  // namespace dirsync::daemon
