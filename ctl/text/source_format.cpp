#include "ctl/text/source_format.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "ctl/text/format.hpp"
#include "ctl/text/json_text.hpp"

namespace dirsync::ctl {
namespace {

namespace json = boost::json;

constexpr std::size_t shown_assignments = 20;

std::string assignment_line(const json::value& assignment) {
    return fmt::format("{} {}: {} on {}", shown(assignment, "principal_type") == "USER" ? "user" : "group",
                       shown(assignment, "principal"), shown(assignment, "permission_set"),
                       shown(assignment, "target"));
}

std::string assignment_lines(const json::array& assignments, std::size_t most) {
    std::string text;
    for (std::size_t i = 0; i < assignments.size() && i < most; ++i)
        text += fmt::format("    {}\n", assignment_line(assignments[i]));
    if (assignments.size() > most)
        text += fmt::format("    ... and {} more (--names lists them)\n", assignments.size() - most);
    return text;
}

std::string name_lines(const json::array& names, std::string_view kind) {
    std::string text;
    for (const auto& name : names) text += fmt::format("    {} {}\n", kind, shown(name));
    return text;
}

/// What a change removes, or a restore brings back.
std::string counts_of(const json::value& counts) {
    return fmt::format("{}, {}, {}, {}", counted(counts, "users", "user"), counted(counts, "groups", "group"),
                       counted(counts, "memberships", "membership"),
                       counted(counts, "assignments", "assignment"));
}

}  // namespace

std::string source_change_text(std::string_view preview, bool names, Width width) {
    const json::value object = parsed(preview);
    const json::value& pending = member(object, "pending");
    if (!object.is_object()) return std::string(preview) + "\n";
    if (!pending.is_object()) return "no change of the identity source waits\n";
    const json::array& assignments = elements(member(object, "assignments"));
    std::string text = fmt::format(
        "The identity source would change\n  from  {}\n  to    {}\n\nkept:     {}\nremoved:  {}\n",
        shown(pending, "from"), shown(pending, "to"),
        counted(member(object, "kept"), "permission_sets", "permission set"), counts_of(pending));
    text += assignment_lines(assignments, names ? assignments.size() : shown_assignments);
    if (names) {
        text += name_lines(elements(member(object, "groups")), "group");
        text += name_lines(elements(member(object, "users")), "user");
    }
    text +=
        "\nA snapshot is taken first. 'dirsyncctl source restore' brings assignments back from it to users "
        "and groups that the new source has as well.\n";
    if (const std::string note = shown(pending, "note"); !note.empty()) text += note + "\n";
    return wrapped(text, width);
}

std::string source_changed_text(std::string_view report, Width width) {
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
                std::replace(words.begin(), words.end(), '_', ' ');
                text += fmt::format("  {}: {}\n", words, shown(count));
            }
        }
        const std::string id = shown(changed, "snapshot");
        if (!id.empty()) text += fmt::format("snapshot of what was there before: {}\n", id);
    }
    if (const json::value& pending = member(object, "pending"); pending.is_object())
        text += fmt::format("the identity source was not changed: {}\n", shown(pending, "note"));
    return wrapped(text, width) + sync_text(report, width);
}

std::string snapshots_text(std::string_view json, Width width) {
    const json::value all = parsed(json);
    if (!all.is_array()) return std::string(json) + "\n";
    if (all.get_array().empty()) return "no snapshots: the identity source was never changed\n";
    return table_of(
        all, {"id", "taken_at", "source", "successor", "users", "groups", "assignments", "parked"}, width);
}

std::string restored_text(std::string_view report, Width width) {
    const json::value object = parsed(report);
    if (!object.is_object()) return std::string(report) + "\n";
    std::string text = fmt::format("restored: {}\n", counts_of(object));
    if (shown(object, "permission_sets") != "0")
        text += fmt::format("made again: {}\n", counted(object, "permission_sets", "permission set"));
    if (shown(object, "present") != "0")
        text += fmt::format("there already: {}\n", counted(object, "present", "assignment"));
    if (const std::string note = shown(object, "note"); !note.empty()) text += note + "\n";
    for (const auto& conflict : elements(member(object, "conflicts")))
        text += fmt::format("not restored: {}\n", shown(conflict));
    const json::array& unmatched = elements(member(object, "unmatched"));
    if (!unmatched.empty()) {
        text += fmt::format("no match for {}:\n{}", counted(unmatched.size(), "assignment"),
                            assignment_lines(unmatched, unmatched.size()));
    }
    return wrapped(text, width);
}

}  // namespace dirsync::ctl
