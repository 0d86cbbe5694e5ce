#include "store/sqlite/snapshots.hpp"

#include <algorithm>

#include "model/describe.hpp"
#include "model/source_identity.hpp"
#include "store/codec.hpp"
#include "store/sqlite/reader.hpp"

namespace dirsync::store {
namespace {

void drop(Db& db, std::int64_t snapshot) {
    for (const std::string_view table : {"snapshot_memberships", "snapshot_users", "snapshot_groups",
                                         "snapshot_assignments", "snapshot_permission_sets"}) {
        db.run("DELETE FROM " + std::string(table) + " WHERE snapshot = ?", snapshot);
    }
    db.run("DELETE FROM snapshots WHERE id = ?", snapshot);
}

void drop_old_snapshots(Db& db) {
    std::vector<std::int64_t> dropped;
    {
        // Never the last one of the built-in directory: nothing but a snapshot knows those users any more.
        Query query = db.query(
            "SELECT id FROM snapshots WHERE parked = 0 AND "
            "id <> coalesce((SELECT max(id) FROM snapshots WHERE type = ?1), 0) "
            "ORDER BY id DESC LIMIT -1 OFFSET ?2",
            sync::text_of(sync::SourceKind::directory), sync::SourceStore::kept_snapshots - 1);
        while (query.step()) dropped.push_back(query->integer(0));
    }
    for (const std::int64_t number : dropped) drop(db, number);
}

std::vector<sync::StoredUser> snapshot_users(Db& db, std::int64_t snapshot) {
    std::vector<sync::StoredUser> out;
    Query query = db.query(
        "SELECT node, status, user_id, external_id, user_name, display_name, given_name, family_name, "
        "middle_name, email, sid, attributes FROM snapshot_users WHERE snapshot = ? ORDER BY node",
        snapshot);
    while (query.step()) {
        sync::StoredUser& user = out.emplace_back();
        user.node = static_cast<sync::Node>(query->integer(0));
        user.row.status = static_cast<sync::Status>(query->integer(1));
        user.id = parsed_row_id(query->text(2));
        take_user_texts(query, 3, user.row);
    }
    return out;
}

std::vector<sync::StoredGroup> snapshot_groups(Db& db, std::int64_t snapshot) {
    std::vector<sync::StoredGroup> out;
    Query query = db.query(
        "SELECT node, group_id, external_id, display_name, description, attributes FROM snapshot_groups "
        "WHERE snapshot = ? ORDER BY node",
        snapshot);
    while (query.step()) {
        sync::StoredGroup& group = out.emplace_back();
        group.node = static_cast<sync::Node>(query->integer(0));
        group.id = parsed_row_id(query->text(1));
        take_group_texts(query, 2, group.row);
    }
    return out;
}

std::vector<std::pair<RowId, RowId>> snapshot_memberships(Db& db, std::int64_t snapshot) {
    std::vector<std::pair<RowId, RowId>> out;
    Query query = db.query(
        "SELECT g.group_id, u.user_id FROM snapshot_memberships AS m "
        "CROSS JOIN snapshot_groups AS g ON g.snapshot = m.snapshot AND g.node = m.grp "
        "CROSS JOIN snapshot_users AS u ON u.snapshot = m.snapshot AND u.node = m.user "
        "WHERE m.snapshot = ? ORDER BY m.grp, m.user",
        snapshot);
    while (query.step()) out.emplace_back(parsed_row_id(query->text(0)), parsed_row_id(query->text(1)));
    return out;
}

std::vector<sync::PermissionSet> snapshot_permission_sets(Db& db, std::int64_t snapshot) {
    std::vector<sync::PermissionSet> out;
    Query query = db.query(
        "SELECT permission_set_id, name, description FROM snapshot_permission_sets WHERE snapshot = ?",
        snapshot);
    while (query.step()) {
        out.push_back(
            {parsed_row_id(query->text(0)), std::string(query->text(1)), std::string(query->text(2))});
    }
    return out;
}

std::vector<sync::Assignment> snapshot_assignments(Db& db, std::int64_t snapshot) {
    std::vector<sync::Assignment> out;
    Query query = db.query(
        "SELECT assignment_id, principal_type, principal_id, permission_set_id, target "
        "FROM snapshot_assignments WHERE snapshot = ? ORDER BY principal_id, permission_set_id, target",
        snapshot);
    while (query.step()) out.push_back(assignment_at(query));
    return out;
}

/// Adds rows to a snapshot; what has its id already is left alone.
class SnapshotRows {
public:
    SnapshotRows(Db& db, std::int64_t snapshot)
        : db_(db),
          snapshot_(snapshot),
          next_(1 +
                db.integer("SELECT max(coalesce((SELECT max(node) FROM snapshot_users WHERE snapshot = ?1), "
                           "0), coalesce((SELECT max(node) FROM snapshot_groups WHERE snapshot = ?1), 0))",
                           snapshot)) {}

    void add(const sync::StoredUser& user) {
        const sync::UserRow& row = user.row;
        db_.run(
            "INSERT OR IGNORE INTO snapshot_users (snapshot, node, status, user_id, external_id, user_name, "
            "display_name, given_name, family_name, middle_name, email, sid, attributes) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            snapshot_, next_++, static_cast<int>(row.status), to_text(user.id), row.external_id,
            row.user_name, row.display_name, row.given_name, row.family_name, row.middle_name, row.email,
            row.sid, sync::json_text(row.attributes));
    }
    void add(const sync::StoredGroup& group) {
        const sync::GroupRow& row = group.row;
        db_.run(
            "INSERT OR IGNORE INTO snapshot_groups (snapshot, node, group_id, external_id, display_name, "
            "description, attributes) VALUES (?, ?, ?, ?, ?, ?, ?)",
            snapshot_, next_++, to_text(group.id), row.external_id, row.display_name, row.description,
            sync::json_text(row.attributes));
    }
    void add(const std::pair<RowId, RowId>& membership) {
        db_.run(
            "INSERT OR IGNORE INTO snapshot_memberships SELECT ?1, g.node, u.node FROM snapshot_groups AS g, "
            "snapshot_users AS u WHERE g.snapshot = ?1 AND g.group_id = ?2 AND u.snapshot = ?1 AND "
            "u.user_id = ?3",
            snapshot_, to_text(membership.first), to_text(membership.second));
    }
    void add(const sync::PermissionSet& set) {
        db_.run("INSERT OR IGNORE INTO snapshot_permission_sets VALUES (?, ?, ?, ?)", snapshot_,
                to_text(set.id), set.name, set.description);
    }
    void add(const sync::Assignment& assignment) {
        db_.run("INSERT OR IGNORE INTO snapshot_assignments VALUES (?, ?, ?, ?, ?, ?)", snapshot_,
                to_text(assignment.id), text_of(assignment.principal_type), to_text(assignment.principal),
                to_text(assignment.permission_set), assignment.target);
    }

private:
    Db& db_;
    std::int64_t snapshot_;
    std::int64_t next_;
};

/// The number that its rows have; 0: there is none.
std::int64_t number_of(Db& db, const std::string& id) {
    return db.integer("SELECT id FROM snapshots WHERE snapshot_id = ?", id);
}

}  // namespace

std::string take_snapshot(Db& db, const sync::SourceRecord& from, const sync::SourceRecord& to, bool removes,
                          Time at) {
    const bool anything = db.integer(
                              "SELECT EXISTS (SELECT 1 FROM users) OR EXISTS (SELECT 1 FROM groups) OR "
                              "EXISTS (SELECT 1 FROM assignments)") != 0;
    if (!anything) return {};
    const std::string id = to_text(random_row_id());
    db.run(
        "INSERT INTO snapshots (snapshot_id, taken_at, type, source, successor, parked) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        id, seconds(at), sync::text_of(from.kind), sync::source_label(from), sync::source_label(to),
        removes && sync::traits_of(from.kind).is_edited ? 1 : 0);
    const std::int64_t number = db.integer("SELECT id FROM snapshots WHERE snapshot_id = ?", id);
    db.run(
        "INSERT INTO snapshot_users SELECT ?, id, status, user_id, external_id, user_name, display_name, "
        "given_name, family_name, middle_name, email, sid, attributes FROM users ORDER BY id",
        number);
    db.run(
        "INSERT INTO snapshot_groups SELECT ?, id, group_id, external_id, display_name, description, "
        "attributes FROM groups ORDER BY id",
        number);
    db.run(
        "INSERT INTO snapshot_memberships SELECT ?, group_id, user_id FROM memberships "
        "ORDER BY group_id, user_id",
        number);
    db.run(
        "INSERT INTO snapshot_permission_sets SELECT ?, permission_set_id, name, description "
        "FROM permission_sets ORDER BY permission_set_id",
        number);
    db.run(
        "INSERT INTO snapshot_assignments SELECT ?, assignment_id, principal_type, principal_id, "
        "permission_set_id, target FROM assignments ORDER BY assignment_id",
        number);
    drop_old_snapshots(db);
    return id;
}

std::vector<sync::Snapshot> read_snapshots(Db& db) {
    std::vector<sync::Snapshot> out;
    Query query = db.query(
        "SELECT snapshot_id, taken_at, type, source, successor, parked, "
        "(SELECT count(*) FROM snapshot_users WHERE snapshot = s.id), "
        "(SELECT count(*) FROM snapshot_groups WHERE snapshot = s.id), "
        "(SELECT count(*) FROM snapshot_memberships WHERE snapshot = s.id), "
        "(SELECT count(*) FROM snapshot_permission_sets WHERE snapshot = s.id), "
        "(SELECT count(*) FROM snapshot_assignments WHERE snapshot = s.id) "
        "FROM snapshots AS s ORDER BY id");
    while (query.step()) {
        sync::Snapshot& snapshot = out.emplace_back();
        snapshot.id = query->text(0);
        snapshot.taken = time_of(query->integer(1));
        snapshot.kind = parsed_source_kind(query->text(2));
        snapshot.source = query->text(3);
        snapshot.successor = query->text(4);
        snapshot.parked = query->integer(5) != 0;
        snapshot.users = static_cast<std::uint64_t>(query->integer(6));
        snapshot.groups = static_cast<std::uint64_t>(query->integer(7));
        snapshot.memberships = static_cast<std::uint64_t>(query->integer(8));
        snapshot.permission_sets = static_cast<std::uint64_t>(query->integer(9));
        snapshot.assignments = static_cast<std::uint64_t>(query->integer(10));
    }
    return out;
}

sync::SnapshotContents read_snapshot(Db& db, const std::string& id) {
    sync::SnapshotContents out;
    for (sync::Snapshot& snapshot : read_snapshots(db)) {
        if (snapshot.id == id) out.about = std::move(snapshot);
    }
    if (out.about.id.empty()) {
        throw DbFailure{Error(ErrorCode::not_found, "there is no snapshot " + quoted_peer_text(id) +
                                                        "; 'dirsyncctl source snapshots' lists them")};
    }
    const std::int64_t number = number_of(db, id);
    out.users = snapshot_users(db, number);
    out.groups = snapshot_groups(db, number);
    out.memberships = snapshot_memberships(db, number);
    out.permission_sets = snapshot_permission_sets(db, number);
    out.assignments = snapshot_assignments(db, number);
    return out;
}

sync::Snapshot write_snapshot(Db& db, const sync::SnapshotContents& contents) {
    const sync::Snapshot& about = contents.about;
    db.run(
        "INSERT OR IGNORE INTO snapshots (snapshot_id, taken_at, type, source, successor, parked) "
        "VALUES (?, ?, ?, ?, ?, 0)",
        about.id, seconds(about.taken), sync::text_of(about.kind), about.source, about.successor);
    SnapshotRows rows(db, number_of(db, about.id));
    for (const auto& user : contents.users) rows.add(user);
    for (const auto& group : contents.groups) rows.add(group);
    for (const auto& membership : contents.memberships) rows.add(membership);
    for (const auto& set : contents.permission_sets) rows.add(set);
    for (const auto& assignment : contents.assignments) rows.add(assignment);
    drop_old_snapshots(db);
    for (sync::Snapshot& snapshot : read_snapshots(db)) {
        if (snapshot.id == about.id) return std::move(snapshot);
    }
    throw DbFailure{Error(ErrorCode::internal, "the store " + db.path() + ": the snapshot is not there")};
}

std::optional<sync::SnapshotContents> take_parked(Db& db) {
    std::string id;
    {
        Query query = db.query("SELECT snapshot_id FROM snapshots WHERE parked = 1 ORDER BY id DESC LIMIT 1");
        if (!query.step()) return std::nullopt;
        id = query->text(0);
    }
    db.run("UPDATE snapshots SET parked = 0 WHERE parked = 1");
    return read_snapshot(db, id);
}

}  // namespace dirsync::store
