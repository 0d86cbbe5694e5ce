#include "store/sqlite/reader.hpp"

#include <algorithm>

#include <boost/unordered/unordered_flat_set.hpp>

#include "core/sorted.hpp"
#include "model/mirror_hash.hpp"
#include "model/words.hpp"
#include "store/codec.hpp"
#include "store/sqlite/facts_writer.hpp"
#include "store/sqlite/history.hpp"
#include "store/sqlite/mirror_writer.hpp"

namespace dirsync::store {
namespace {

using sync::Edge;
using sync::Node;

std::vector<Node> sorted_once(std::span<const Node> nodes) {
    std::vector<Node> out(nodes.begin(), nodes.end());
    sort_once(out);
    return out;
}

/// Whether a row of the mirror has the hash that it says: node, dn, attributes, hash, kind, flags,
/// primary_group_rid, expires, sid.
bool is_as_written(const Query& query) {
    sync::MirrorRow row;
    row.hash = static_cast<std::uint64_t>(query->integer(3));
    row.kind = static_cast<sync::EntryKind>(query->integer(4));
    set_flags(row, query->integer(5));
    row.primary_group_rid = static_cast<std::uint32_t>(query->integer(6));
    if (!query->is_null(7)) row.expires = query->integer(7);
    if (const std::string_view sid = query->text(8); !sid.empty()) row.sid = sid_from_wire(sid);
    // Who was only named by others has neither a text nor a hash.
    return row.hash == 0 || sync::hash_of(row, query->text(1), query->text(2)) == row.hash;
}

void read_objects(Db& db, sync::StateSink& sink) {
    Query query = db.query(
        "SELECT node, guid, kind, domain, flags, missing_since, parent, primary_group_rid, expires, hash, "
        "sid "
        "FROM mirror_objects INDEXED BY mirror_objects_at_start ORDER BY node");
    while (query.step()) {
        sync::MirrorRow row;
        row.node = static_cast<Node>(query->integer(0));
        row.guid = guid_of(query->text(1));
        row.kind = static_cast<sync::EntryKind>(query->integer(2));
        row.domain = static_cast<sync::DomainIndex>(query->integer(3));
        set_flags(row, query->integer(4));
        row.missing_since = time_of(query->maybe_integer(5));
        if (!query->is_null(6)) row.parent = static_cast<Node>(query->integer(6));
        row.primary_group_rid = static_cast<std::uint32_t>(query->integer(7));
        if (!query->is_null(8)) row.expires = query->integer(8);
        row.hash = static_cast<std::uint64_t>(query->integer(9));
        row.sid = unpacked_sid(query->text(10));
        sink.object(row);
    }
}

/// Gives those whose DN is not what was written.
std::vector<Node> read_containers(Db& db, sync::StateSink& sink) {
    std::vector<Node> damaged;
    Query query = db.query(
        "SELECT node, dn, attributes, hash, kind, flags, primary_group_rid, expires, sid FROM mirror_objects "
        "INDEXED BY mirror_containers WHERE kind = 3 ORDER BY node");
    static_assert(static_cast<int>(sync::EntryKind::container) == 3);
    while (query.step()) {
        const auto node = static_cast<Node>(query->integer(0));
        if (is_as_written(query)) {
            sink.container_dn(node, query->text(1));
        } else {
            damaged.push_back(node);
        }
    }
    return damaged;
}

void read_edges(Db& db, sync::StateSink& sink) {
    boost::unordered_flat_set<Node> gone;
    {
        Query query = db.query("SELECT node FROM mirror_gone");
        while (query.step()) gone.insert(static_cast<Node>(query->integer(0)));
    }
    Query query = db.query("SELECT grp, member FROM mirror_edges ORDER BY grp, member");
    while (query.step()) {
        const Edge edge{static_cast<Node>(query->integer(0)), static_cast<Node>(query->integer(1))};
        if (gone.empty() || !gone.contains(edge.member)) sink.edge(edge);
    }
}

void read_rows(Db& db, sync::StateSink& sink) {
    {
        Query query = db.query(
            "SELECT id, hash, name_key, email_key, status, scope, out_since FROM users INDEXED BY "
            "users_at_start ORDER BY id");
        while (query.step()) {
            sink.user_row(static_cast<Node>(query->integer(0)), static_cast<std::uint64_t>(query->integer(1)),
                          static_cast<sync::NameKey>(query->integer(2)),
                          static_cast<sync::NameKey>(query->integer(3)),
                          static_cast<sync::Status>(query->integer(4)),
                          static_cast<sync::ScopeState>(query->integer(5)), time_of(query->maybe_integer(6)));
        }
    }
    Query query = db.query("SELECT id, hash, name_key, scope, out_since FROM groups ORDER BY id");
    while (query.step()) {
        sink.group_row(static_cast<Node>(query->integer(0)), static_cast<std::uint64_t>(query->integer(1)),
                       static_cast<sync::NameKey>(query->integer(2)),
                       static_cast<sync::ScopeState>(query->integer(3)), time_of(query->maybe_integer(4)));
    }
}

void read_guard_counts(Db& db, sync::StateSink& sink) {
    Query query = db.query("SELECT class, grp, at, count FROM guard_counts ORDER BY at, class, grp");
    while (query.step()) {
        sink.guard_count({static_cast<sync::HoldClass>(query->integer(0)), guid_of(query->text(1)),
                          time_of(query->integer(2)), static_cast<std::uint64_t>(query->integer(3))});
    }
}

[[noreturn]] void faulty(const Db& db, const std::string& what) {
    throw DbFailure{
        Error(ErrorCode::store_unavailable, "the store " + db.path() + " is damaged: " + what +
                                                "; stop dirsyncd, restore a backup, start it again")};
}

void check_count(Db& db, std::string_view count, std::string_view kept, const std::string& what) {
    const std::int64_t found = db.integer(count);
    const std::int64_t expected = db.integer(kept);
    if (found == expected) return;
    faulty(db, std::to_string(found) + " " + what + " where " + std::to_string(expected) + " were counted");
}

}  // namespace

std::uint64_t count_damaged(Db& db) {
    std::uint64_t damaged = 0;
    Query query = db.query(
        "SELECT node, dn, attributes, hash, kind, flags, primary_group_rid, expires, sid FROM "
        "mirror_objects");
    while (query.step()) damaged += is_as_written(query) ? 0 : 1;
    return damaged;
}

std::vector<Node> read_state(Db& db, sync::StateSink& sink) {
    read_objects(db, sink);
    auto damaged = read_containers(db, sink);
    read_edges(db, sink);
    read_rows(db, sink);
    read_guard_counts(db, sink);
    return damaged;
}

sync::StoredFacts read_facts(Db& db) {
    sync::StoredFacts facts;
    {
        Query query = db.query(
            "SELECT generation, cursor, users, groups, memberships, next_node, paused_since, "
            "settings_fingerprint, state FROM meta");
        query.step();
        facts.cursor = parsed_cursor(query->text(1), static_cast<std::uint64_t>(query->integer(0)));
        facts.users = static_cast<std::uint64_t>(query->integer(2));
        facts.groups = static_cast<std::uint64_t>(query->integer(3));
        facts.memberships = static_cast<std::uint64_t>(query->integer(4));
        facts.next_node = static_cast<Node>(query->integer(5));
        facts.paused_since = time_of(query->maybe_integer(6));
        facts.paused = facts.paused_since.has_value();
        facts.settings_fingerprint = query->text(7);
        facts.state = static_cast<sync::StateStamp>(query->integer(8));
    }
    facts.assignments = static_cast<std::uint64_t>(db.integer("SELECT count(*) FROM assignments"));
    facts.source = read_source(db);
    facts.pins = read_pins(db);
    facts.holds = read_holds(db);
    facts.approvals = read_approvals(db);
    facts.errors = read_errors(db);
    facts.reverted = read_reverted(db);
    if (facts.paused) facts.paused_by = read_pauser(db);
    facts.last_run = read_last_run(db);
    facts.time = read_time(db);
    return facts;
}

void take_user_texts(const Query& query, int first, sync::UserRow& row) {
    row.external_id = query->text(first);
    row.user_name = query->text(first + 1);
    row.display_name = query->text(first + 2);
    row.given_name = query->text(first + 3);
    row.family_name = query->text(first + 4);
    row.middle_name = query->text(first + 5);
    row.email = query->text(first + 6);
    row.sid = query->text(first + 7);
    row.attributes = parsed_attributes(query->text(first + 8));
}

void take_group_texts(const Query& query, int first, sync::GroupRow& row) {
    row.external_id = query->text(first);
    row.display_name = query->text(first + 1);
    row.description = query->text(first + 2);
    row.attributes = parsed_attributes(query->text(first + 3));
}

sync::Assignment assignment_at(const Query& query) {
    sync::Assignment assignment;
    assignment.id = parsed_row_id(query->text(0));
    assignment.principal_type =
        query->text(1) == "USER" ? sync::PrincipalType::user : sync::PrincipalType::group;
    assignment.principal = parsed_row_id(query->text(2));
    assignment.permission_set = parsed_row_id(query->text(3));
    assignment.target = query->text(4);
    return assignment;
}

sync::ChangeLine change_line_at(const Query& query, int first) {
    const auto action = sync::parse_line_action(query->text(first));
    const auto type = sync::parse_object_type(query->text(first + 1));
    if (!action || !type) {
        throw DbFailure{
            Error(ErrorCode::store_unavailable, "the journal holds a line that this version does not know: " +
                                                    quoted_peer_text(query->text(first)) + " of " +
                                                    quoted_peer_text(query->text(first + 1)) +
                                                    "; a later version of dirsyncd wrote it")};
    }
    return {*action,
            *type,
            std::string(query->text(first + 2)),
            std::string(query->text(first + 3)),
            std::string(query->text(first + 4)),
            std::string(query->text(first + 5)),
            std::string(query->text(first + 6))};
}

sync::RunRecord run_at(const Query& query) {
    return {time_of(query->integer(0)),
            time_of(query->integer(1)),
            parsed(query->text(2), sync::RunKind::admin),
            std::string(query->text(3)),
            parsed(query->text(4), sync::Outcome::failed),
            parsed_counts(query->text(5)),
            std::string(query->text(6)),
            std::string(query->text(7)),
            std::string(query->text(8)),
            std::string(query->text(9))};
}

std::vector<sync::StoredUser> read_users(Db& db, std::span<const Node> nodes) {
    std::vector<sync::StoredUser> out;
    for (const Node node : sorted_once(nodes)) {
        Query query = db.query(
            "SELECT user_id, external_id, user_name, display_name, given_name, family_name, middle_name, "
            "email, "
            "sid, attributes, status, scope, out_since FROM users WHERE id = ?",
            node);
        if (!query.step()) continue;
        sync::StoredUser& user = out.emplace_back();
        user.node = node;
        user.id = parsed_row_id(query->text(0));
        take_user_texts(query, 1, user.row);
        user.row.status = static_cast<sync::Status>(query->integer(10));
        user.row.scope = static_cast<sync::ScopeState>(query->integer(11));
        user.row.out_since = time_of(query->maybe_integer(12));
    }
    return out;
}

std::vector<sync::StoredGroup> read_groups(Db& db, std::span<const Node> nodes) {
    std::vector<sync::StoredGroup> out;
    for (const Node node : sorted_once(nodes)) {
        Query query = db.query(
            "SELECT group_id, external_id, display_name, description, attributes, scope, "
            "out_since FROM groups WHERE id = ?",
            node);
        if (!query.step()) continue;
        sync::StoredGroup& group = out.emplace_back();
        group.node = node;
        group.id = parsed_row_id(query->text(0));
        take_group_texts(query, 1, group.row);
        group.row.scope = static_cast<sync::ScopeState>(query->integer(5));
        group.row.out_since = time_of(query->maybe_integer(6));
    }
    return out;
}

std::vector<Edge> read_members_of(Db& db, std::span<const Node> groups) {
    std::vector<Edge> out;
    for (const Node group : sorted_once(groups)) {
        Query query = db.query("SELECT user_id FROM memberships WHERE group_id = ? ORDER BY user_id", group);
        while (query.step()) out.push_back({group, static_cast<Node>(query->integer(0))});
    }
    return out;
}

std::vector<Edge> read_groups_of(Db& db, std::span<const Node> users) {
    std::vector<Edge> out;
    for (const Node user : sorted_once(users)) {
        Query query = db.query("SELECT group_id FROM memberships WHERE user_id = ?", user);
        while (query.step()) out.push_back({static_cast<Node>(query->integer(0)), user});
    }
    std::ranges::sort(out);
    return out;
}

std::vector<sync::IdentityStore::MirrorText> read_mirror_texts(Db& db, std::span<const Node> nodes) {
    std::vector<sync::IdentityStore::MirrorText> out(nodes.size());
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        Query query = db.query(
            "SELECT node, dn, attributes, hash, kind, flags, primary_group_rid, expires, sid "
            "FROM mirror_objects WHERE node = ?",
            nodes[i]);
        if (!query.step()) continue;
        out[i].damaged = !is_as_written(query);
        if (out[i].damaged) continue;
        out[i].dn = query->text(1);
        out[i].attributes = query->text(2);
    }
    return out;
}

void check(Db& db) {
    {
        Query query = db.query("PRAGMA integrity_check(1)");
        if (query.step() && query->text(0) != "ok") faulty(db, quoted_peer_text(query->text(0)));
    }
    {
        Query query = db.query("PRAGMA foreign_key_check");
        if (query.step()) faulty(db, "a row of " + std::string(query->text(0)) + " refers to nothing");
    }
    check_count(db, "SELECT count(*) FROM users", "SELECT users FROM meta", "users");
    check_count(db, "SELECT count(*) FROM groups", "SELECT groups FROM meta", "groups");
    check_count(db, "SELECT count(*) FROM memberships", "SELECT memberships FROM meta", "memberships");
}

}  // namespace dirsync::store
