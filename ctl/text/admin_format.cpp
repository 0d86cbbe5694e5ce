#include "ctl/text/admin_format.hpp"

#include <fmt/format.h>

#include "ctl/text/shown.hpp"
#include "ctl/text/table_text.hpp"

namespace dirsync::ctl {
namespace {

/// How a row is told of: `user alice`, and its id.
struct Named {
    std::string what;
    std::string id;
};
Named named(const messages::User& user) { return {"user " + shown(user.user_name), shown(user.user_id)}; }
Named named(const messages::Group& group) {
    return {"group " + shown(group.display_name), shown(group.group_id)};
}
Named named(const messages::PermissionSet& set) {
    return {"permission set " + shown(set.name), shown(set.permission_set_id)};
}
Named named(const messages::Assignment& assignment) {
    return {"assignment", shown(assignment.assignment_id)};
}

}  // namespace

template <class Edited>
std::string edited_text(std::string_view text, std::string_view verb, Width width) {
    const auto edited = messages::read_answer<Edited>(text);
    if (!edited) return std::string(text);
    const Named row = named(*edited);
    return wrapped(fmt::format("{} ({}): {}\n", row.what, row.id,
                               edited->changed ? verb : "nothing to do: it is already so"),
                   width);
}
template std::string edited_text<messages::EditedUser>(std::string_view, std::string_view, Width);
template std::string edited_text<messages::EditedGroup>(std::string_view, std::string_view, Width);
template std::string edited_text<messages::EditedPermissionSet>(std::string_view, std::string_view, Width);
template std::string edited_text<messages::EditedAssignment>(std::string_view, std::string_view, Width);

std::string deleted_text(std::string_view text, std::string_view kind, std::string_view named, Width width) {
    const auto answer = messages::read_answer<messages::Deleted>(text);
    if (!answer) return std::string(text);
    const std::string name = named == answer->deleted ? "" : " " + shown(named);
    return wrapped(fmt::format("{}{} ({}): deleted\n", kind, name, shown(answer->deleted)), width);
}

std::string assignments_text(std::string_view text, Width width) {
    const auto all = messages::read_answer<std::vector<messages::ListedAssignment>>(text);
    if (!all) return std::string(text);
    if (all->empty()) return "no assignments\n";
    using messages::ListedAssignment;
    const auto principal = [](const ListedAssignment& one) {
        return shown(one.principal_name.value_or(one.principal_id)) + (one.dangling != 0 ? " (gone)" : "");
    };
    const auto through = [](const ListedAssignment& one) { return joined(*one.path, " > "); };
    auto table_columns =
        columns<ListedAssignment>(&ListedAssignment::principal_type, &ListedAssignment::permission_set,
                                  &ListedAssignment::target, &ListedAssignment::assignment_id);
    table_columns[0].name = "type";
    table_columns.insert(table_columns.begin(), {"principal", principal});
    if (all->front().path) table_columns.insert(table_columns.end() - 1, {"through", through});
    return table_of(*all, table_columns, width);
}

std::string effective_text(std::string_view text, const messages::User& user, Width width) {
    std::string out;
    if (user.status == "DISABLED") {
        out = wrapped(fmt::format("{} is DISABLED: no application should give them anything of this\n",
                                  shown(user.user_name)),
                      width);
    }
    return out + assignments_text(text, width);
}

std::string import_text(std::string_view text, Width width) {
    const auto report = messages::read_answer<messages::ImportReport>(text);
    if (!report) return std::string(text);
    std::string out;
    if (report->changes) {
        for (const auto& change : *report->changes) out += change_line(change, "would ") + "\n";
    }
    out += fmt::format("{} {}, {} {}; {} are as they should be", report->dry_run ? "would create" : "created",
                       report->created, report->dry_run ? "update" : "updated", report->updated,
                       report->unchanged);
    if (!report->problems.empty()) out += "; " + counted(report->problems.size(), "problem");
    if (!report->unmatched.empty()) out += fmt::format("; {} found no match", report->unmatched.size());
    return wrapped(out + "\n", width);
}

std::string left_out_text(std::string_view text) {
    const auto report = messages::read_answer<messages::ImportReport>(text);
    std::string out;
    if (!report) return out;
    for (const auto* list : {&report->problems, &report->unmatched}) {
        for (const auto& line : *list) out += shown(line) + "\n";
    }
    return out;
}

}  // namespace dirsync::ctl
