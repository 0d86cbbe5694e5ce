#include "store/source_assignments.hpp"

#include "store/codec.hpp"
#include "sync/describe_admin.hpp"

namespace dirsync::store {
namespace {

template <class Change>
void write_described(JournalWriter& journal, const Change& change, const RowId& id, sync::Reason reason) {
    const sync::ChangeLine line = described(change);
    const auto name = journal.add_passing_name(line.object_type, id, line.name);
    const auto action =
        change.action == sync::Action::remove ? JournalWriter::Action::remove : JournalWriter::Action::create;
    journal.line(action, reason, name, line.before, line.after);
}

}  // namespace

std::vector<sync::AssignmentChange> read_assignments(Db& db, sync::Action action) {
    std::vector<sync::AssignmentChange> out;
    Query query = db.query(
        "SELECT a.assignment_id, a.principal_type, a.principal_id, a.permission_set_id, a.target, p.name, "
        "CASE a.principal_type WHEN 'USER' THEN (SELECT user_name FROM users WHERE user_id = a.principal_id) "
        "ELSE (SELECT display_name FROM groups WHERE group_id = a.principal_id) END "
        "FROM assignments AS a JOIN permission_sets AS p ON p.permission_set_id = a.permission_set_id "
        "ORDER BY a.principal_type, a.principal_id, p.name, a.target");
    while (query.step()) {
        sync::AssignmentChange& change = out.emplace_back();
        change.action = action;
        change.assignment.id = parsed_row_id(query->text(0));
        change.assignment.principal_type =
            query->text(1) == "USER" ? sync::PrincipalType::user : sync::PrincipalType::group;
        change.assignment.principal = parsed_row_id(query->text(2));
        change.assignment.permission_set = parsed_row_id(query->text(3));
        change.assignment.target = query->text(4);
        change.permission_set_name = query->text(5);
        change.principal_name = query->text(6);
    }
    return out;
}

void write_line(JournalWriter& journal, const sync::AssignmentChange& change, sync::Reason reason) {
    write_described(journal, change, change.assignment.id, reason);
}

void write_line(JournalWriter& journal, const sync::PermissionSetChange& change, sync::Reason reason) {
    write_described(journal, change, change.set.id, reason);
}

}  // namespace dirsync::store
