#include "ctl/text/source_format.hpp"

#include <fmt/format.h>

#include "api/messages/sources.hpp"
#include "ctl/text/format.hpp"
#include "ctl/text/shown.hpp"
#include "ctl/text/table_text.hpp"

namespace dirsync::ctl {
namespace {

constexpr std::size_t shown_assignments = 20;

std::string assignment_line(const messages::NamedAssignment& assignment) {
    return fmt::format("{} {}: {} on {}", assignment.principal_type == "USER" ? "user" : "group",
                       shown(assignment.principal), shown(assignment.permission_set),
                       shown(assignment.target));
}

std::string assignment_lines(const std::vector<messages::NamedAssignment>& assignments, std::size_t most) {
    std::string text;
    for (std::size_t i = 0; i < assignments.size() && i < most; ++i)
        text += fmt::format("    {}\n", assignment_line(assignments[i]));
    if (assignments.size() > most)
        text += fmt::format("    ... and {} more (--names lists them)\n", assignments.size() - most);
    return text;
}

std::string name_lines(const std::vector<std::string>& names, std::string_view kind) {
    std::string text;
    for (const auto& name : names) text += fmt::format("    {} {}\n", kind, shown(name));
    return text;
}

/// What a change removes, or a restore brings back.
template <class Message>
std::string counts_of(const Message& counts) {
    return fmt::format("{}, {}, {}, {}", counted(counts.users, "user"), counted(counts.groups, "group"),
                       counted(counts.memberships, "membership"), counted(counts.assignments, "assignment"));
}

}  // namespace

std::string source_change_text(std::string_view json, bool names, Width width) {
    const auto preview = messages::read_answer<messages::SourcePreview>(json);
    if (!preview) return std::string(json) + "\n";
    if (!preview->pending) return "no change of the identity source waits\n";
    const messages::PendingChange& pending = *preview->pending;
    std::string text = fmt::format(
        "The identity source would change\n  from  {}\n  to    {}\n\nkept:     {}\nremoved:  {}\n",
        shown(pending.from), shown(pending.to), counted(preview->kept.permission_sets, "permission set"),
        counts_of(pending));
    text += assignment_lines(preview->assignments, names ? preview->assignments.size() : shown_assignments);
    if (names) text += name_lines(preview->groups, "group") + name_lines(preview->users, "user");
    text +=
        "\nA snapshot is taken first. 'dirsyncctl source restore' brings assignments back from it to users "
        "and groups that the new source has as well. The change also forgets which object each entry of the "
        "scope first meant, and which changes admins reverted or approved: changing back to this source "
        "later does not restore that.\n";
    if (pending.note) text += shown(pending.note) + "\n";
    return wrapped(text, width);
}

std::string source_changed_text(std::string_view json, Width width) {
    const auto report = messages::read_answer<messages::SourceReport>(json);
    if (!report) return std::string(json) + "\n";
    std::string text;
    if (report->changed) {
        text += "the identity source was changed\n";
        for (const auto& [name, count] : report->changed->counts) {
            if (count != 0) text += fmt::format("  {}: {}\n", in_words(name), count);
        }
        if (report->changed->snapshot)
            text += fmt::format("snapshot of what was there before: {}\n", shown(report->changed->snapshot));
    }
    if (report->pending)
        text += fmt::format("the identity source was not changed: {}\n", shown(report->pending->note));
    return wrapped(text, width) + report_text(*report, width);
}

std::string snapshots_text(std::string_view json, Width width) {
    const auto all = messages::read_answer<std::vector<messages::Snapshot>>(json);
    if (!all) return std::string(json) + "\n";
    if (all->empty()) return "no snapshots: the identity source was never changed\n";
    using messages::Snapshot;
    return table_of(
        *all,
        columns<Snapshot>(&Snapshot::id, &Snapshot::taken_at, &Snapshot::source, &Snapshot::successor,
                          &Snapshot::users, &Snapshot::groups, &Snapshot::assignments, &Snapshot::parked),
        width);
}

std::string restored_text(std::string_view json, Width width) {
    const auto report = messages::read_answer<messages::RestoreReport>(json);
    if (!report) return std::string(json) + "\n";
    std::string text = fmt::format("restored: {}\n", counts_of(*report));
    if (report->permission_sets != 0)
        text += fmt::format("made again: {}\n", counted(report->permission_sets, "permission set"));
    if (report->present != 0)
        text += fmt::format("there already: {}\n", counted(report->present, "assignment"));
    if (report->note) text += shown(report->note) + "\n";
    for (const auto& conflict : report->conflicts) text += fmt::format("not restored: {}\n", shown(conflict));
    if (!report->unmatched.empty()) {
        text += fmt::format("no match for {}:\n{}", counted(report->unmatched.size(), "assignment"),
                            assignment_lines(report->unmatched, report->unmatched.size()));
    }
    return wrapped(text, width);
}

}  // namespace dirsync::ctl
