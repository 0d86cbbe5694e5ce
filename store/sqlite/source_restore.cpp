#include "store/sqlite/source_restore.hpp"

#include "store/codec.hpp"
#include "store/sqlite/assignments.hpp"
#include "store/sqlite/run_writer.hpp"

namespace dirsync::store {
namespace {

std::optional<sync::Counterpart> counterpart(Query query) {
    if (!query.step()) return std::nullopt;
    return sync::Counterpart{parsed_row_id(query->text(0)), static_cast<sync::Node>(query->integer(1))};
}

}  // namespace

std::optional<sync::Counterpart> SqlitePresentRows::user(const RowId& id, std::string_view external_id,
                                                         std::string_view name) {
    auto match = counterpart(db_.query("SELECT user_id, id FROM users WHERE user_id = ?", to_text(id)));
    if (!match && !external_id.empty()) {
        match = counterpart(db_.query("SELECT user_id, id FROM users WHERE external_id = ?", external_id));
    }
    if (!match && !name.empty()) {
        match = counterpart(
            db_.query("SELECT user_id, id FROM users WHERE name_key = ?1 AND ?1 <> 0", sync::name_key(name)));
    }
    return match;
}

std::optional<sync::Counterpart> SqlitePresentRows::group(const RowId& id, std::string_view external_id,
                                                          std::string_view name) {
    auto match = counterpart(db_.query("SELECT group_id, id FROM groups WHERE group_id = ?", to_text(id)));
    if (!match && !external_id.empty()) {
        match = counterpart(db_.query("SELECT group_id, id FROM groups WHERE external_id = ?", external_id));
    }
    if (!match && !name.empty()) {
        match = counterpart(db_.query("SELECT group_id, id FROM groups WHERE name_key = ?1 AND ?1 <> 0",
                                      sync::name_key(name)));
    }
    return match;
}

std::string SqlitePresentRows::owner_of_email(std::string_view email) {
    Query query =
        db_.query("SELECT user_name FROM users WHERE email_key = ?1 AND ?1 <> 0", sync::name_key(email));
    return query.step() ? std::string(query->text(0)) : std::string();
}

bool SqlitePresentRows::is_member(sync::Node group, sync::Node user) {
    return db_.integer("SELECT count(*) FROM memberships WHERE group_id = ? AND user_id = ?", group, user) !=
           0;
}

std::optional<sync::PermissionSet> SqlitePresentRows::permission_set(const RowId& id, std::string_view name) {
    Query query = db_.query(
        "SELECT permission_set_id, name, description FROM permission_sets "
        "WHERE permission_set_id = ?1 OR name_key = ?2 ORDER BY permission_set_id <> ?1",
        to_text(id), sync::name_key(name));
    if (!query.step()) return std::nullopt;
    return sync::PermissionSet{parsed_row_id(query->text(0)), std::string(query->text(1)),
                               std::string(query->text(2))};
}

bool SqlitePresentRows::has_assignment(const sync::Assignment& like) {
    return db_.integer(
               "SELECT count(*) FROM assignments WHERE principal_id = ? AND permission_set_id = ? AND target "
               "= ?",
               to_text(like.principal), to_text(like.permission_set), like.target) != 0;
}

sync::Node SqlitePresentRows::next_node() {
    return static_cast<sync::Node>(db_.integer("SELECT next_node FROM meta"));
}

void write_restored(Db& db, const sync::AdminPlan& plan, sync::RunRecord run) {
    RunWriter writer(db);
    writer.write(plan.rows, run.ended);
    write_creates(db, writer.journal(), plan);
    run.counts = plan.counts;
    writer.finish(run);
}

}  // namespace dirsync::store
