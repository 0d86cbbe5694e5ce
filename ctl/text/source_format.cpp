#include "ctl/text/source_format.hpp"

#include "ctl/text/format.hpp"
#include "ctl/text/json_text.hpp"

namespace dirsync::ctl {
namespace {

namespace json = boost::json;

constexpr std::size_t shown_assignments = 20;

std::string assignment_line(const json::value& assignment) {
    return (shown(assignment, "principal_type") == "USER" ? "user " : "group ") +
           shown(assignment, "principal") + ": " + shown(assignment, "permission_set") + " on " +
           shown(assignment, "target");
}

std::string assignment_lines(const json::array& assignments, std::size_t most) {
    std::string text;
    for (std::size_t i = 0; i < assignments.size() && i < most; ++i)
        text += "    " + assignment_line(assignments[i]) + "\n";
    if (assignments.size() > most)
        text += "    ... and " + std::to_string(assignments.size() - most) + " more (--names lists them)\n";
    return text;
}

std::string name_lines(const json::array& names, std::string_view kind) {
    std::string text;
    for (const auto& name : names) text += "    " + std::string(kind) + " " + shown(name) + "\n";
    return text;
}

}  // namespace

std::string source_change_text(std::string_view preview, bool names) {
    const json::value object = parsed(preview);
    const json::value& pending = member(object, "pending");
    if (!object.is_object()) return std::string(preview) + "\n";
    if (!pending.is_object()) return "no change of the identity source waits\n";
    const json::array& assignments = elements(member(object, "assignments"));
    std::string text =
        "The identity source would change\n  from  " + shown(pending, "from") + "\n  to    " +
        shown(pending, "to") +
        "\n\nkept:     " + counted(member(object, "kept"), "permission_sets", "permission set") +
        "\nremoved:  " + counted(pending, "users", "user") + ", " + counted(pending, "groups", "group") +
        ", " + counted(pending, "memberships", "membership") + ", " +
        counted(pending, "assignments", "assignment") + "\n";
    text += assignment_lines(assignments, names ? assignments.size() : shown_assignments);
    if (names) {
        text += name_lines(elements(member(object, "groups")), "group");
        text += name_lines(elements(member(object, "users")), "user");
    }
    text +=
        "\nA snapshot is taken first. 'dirsyncctl source restore' brings assignments back from it to users "
        "and "
        "groups\nthat the new source has as well.\n";
    if (const std::string note = shown(pending, "note"); !note.empty()) text += note + "\n";
    return text;
}

std::string source_changed_text(std::string_view report) {
    const json::value object = parsed(report);
    if (!object.is_object()) return std::string(report) + "\n";
    const json::value& changed = member(object, "changed");
    std::string text;
    if (changed.is_object()) {
        text += "the identity source was changed\n";
        if (const auto* counts = member(changed, "counts").if_object()) {
            for (const auto& [name, count] : *counts) {
                if (shown(count) == "0") continue;
                std::string words(name);
                for (char& c : words) {
                    if (c == '_') c = ' ';
                }
                text += "  " + words + ": " + shown(count) + "\n";
            }
        }
        const std::string id = shown(changed, "snapshot");
        if (!id.empty()) text += "snapshot of what was there before: " + id + "\n";
    }
    if (member(object, "pending").is_object()) {
        text += "the identity source was not changed: " + shown(member(object, "pending"), "note") + "\n";
    }
    return text + sync_text(report);
}

std::string snapshots_text(std::string_view json) {
    const json::value all = parsed(json);
    if (!all.is_array()) return std::string(json) + "\n";
    if (all.get_array().empty()) return "no snapshots: the identity source was never changed\n";
    return table_text(json,
                      {"id", "taken_at", "source", "successor", "users", "groups", "assignments", "parked"});
}

std::string restored_text(std::string_view report) {
    const json::value object = parsed(report);
    if (!object.is_object()) return std::string(report) + "\n";
    std::string text = "restored: " + counted(object, "users", "user") + ", " +
                       counted(object, "groups", "group") + ", " +
                       counted(object, "memberships", "membership") + ", " +
                       counted(object, "assignments", "assignment") + "\n";
    if (const std::string sets = shown(object, "permission_sets"); sets != "0")
        text += "made again: " + counted(object, "permission_sets", "permission set") + "\n";
    if (const std::string present = shown(object, "present"); present != "0")
        text += "there already: " + counted(object, "present", "assignment") + "\n";
    if (const std::string note = shown(object, "note"); !note.empty()) text += note + "\n";
    for (const auto& conflict : elements(member(object, "conflicts")))
        text += "not restored: " + shown(conflict) + "\n";
    const json::array& unmatched = elements(member(object, "unmatched"));
    if (!unmatched.empty()) {
        text += "no match for " + counted(unmatched.size(), "assignment") + ":\n" +
                assignment_lines(unmatched, unmatched.size());
    }
    return text;
}

}  // namespace dirsync::ctl
