#include "store/sqlite/assignments.hpp"

#include "model/describe_admin.hpp"
#include "store/codec.hpp"
#include "store/sqlite/reader.hpp"

namespace dirsync::store {
namespace {

template <class Change>
void write_described(JournalWriter& journal, const Change& change, const RowId& id) {
    const sync::ChangeLine line = described(change);
    const auto name = journal.add_passing_name(line.object_type, id, line.name);
    const auto action =
        change.action == sync::Action::remove ? sync::LineAction::remove : sync::LineAction::create;
    journal.line(action, change.reason, name, line.before, line.after);
}

}  // namespace

std::vector<sync::AssignmentChange> read_assignments(Db& db, sync::Action action, sync::Reason reason) {
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
        change.reason = reason;
        change.assignment = assignment_at(query);
        change.permission_set_name = query->text(5);
        change.principal_name = query->text(6);
    }
    return out;
}

void write_line(JournalWriter& journal, const sync::AssignmentChange& change) {
    write_described(journal, change, change.assignment.id);
}

void write_line(JournalWriter& journal, const sync::PermissionSetChange& change) {
    write_described(journal, change, change.set.id);
}

void write_removals(Db& db, JournalWriter& journal, const sync::AdminPlan& plan) {
    for (const auto& change : plan.assignments) {
        if (change.action == sync::Action::create) continue;
        db.run("DELETE FROM assignments WHERE assignment_id = ?", to_text(change.assignment.id));
        write_line(journal, change);
    }
    for (const auto& change : plan.permission_sets) {
        if (change.action == sync::Action::create) continue;
        db.run("DELETE FROM permission_sets WHERE permission_set_id = ?", to_text(change.set.id));
        write_line(journal, change);
    }
}

void write_creates(Db& db, JournalWriter& journal, const sync::AdminPlan& plan) {
    for (const auto& change : plan.permission_sets) {
        if (change.action != sync::Action::create) continue;
        const sync::PermissionSet& set = change.set;
        db.run(
            "INSERT INTO permission_sets (permission_set_id, name, name_key, description) "
            "VALUES (?, ?, ?, ?)",
            to_text(set.id), set.name, sync::name_key(set.name), set.description);
        write_line(journal, change);
    }
    for (const auto& change : plan.assignments) {
        if (change.action != sync::Action::create) continue;
        const sync::Assignment& assignment = change.assignment;
        db.run(
            "INSERT INTO assignments (assignment_id, principal_type, principal_id, permission_set_id, "
            "target) "
            "VALUES (?, ?, ?, ?, ?)",
            to_text(assignment.id), sync::text_of(assignment.principal_type), to_text(assignment.principal),
            to_text(assignment.permission_set), assignment.target);
        write_line(journal, change);
    }
}

}  // namespace dirsync::store
