#include "store/sqlite/mirror_writer.hpp"

#include <algorithm>

#include "store/codec.hpp"

namespace dirsync::store {
namespace {

using sync::MirrorRow;
using sync::Node;

std::optional<Node> parent_of(const MirrorRow& row) {
    return row.parent == sync::no_node ? std::nullopt : std::optional(row.parent);
}

std::optional<std::int64_t> expires_of(const MirrorRow& row) {
    return row.expires == sync::never_expires ? std::nullopt : std::optional(row.expires);
}

// Calls `write` with the elements in rising order of `key`: inserts that follow the order of the table's
// key write each page once.
template <class T, class Key, class Write>
void in_order(const std::vector<T>& items, Key key, Write write) {
    if (std::ranges::is_sorted(items, {}, key)) {
        for (const T& item : items) write(item);
        return;
    }
    std::vector<const T*> order;
    order.reserve(items.size());
    for (const T& item : items) order.push_back(&item);
    std::ranges::sort(order, {}, [&key](const T* item) { return std::invoke(key, *item); });
    for (const T* item : order) write(*item);
}

/// A node is given to one object and to no other one, so that edges and rows never pass to somebody else.
[[noreturn]] void no_such_object(const Db& db) {
    throw DbFailure{Error(
        ErrorCode::internal,
        "the store " + db.path() + ": the mirror has another object under a number that was to be written")};
}

void put_objects(Db& db, const std::vector<sync::MirrorUpsert>& upserts) {
    RowInsert insert(db,
                     "INSERT INTO mirror_objects (node, guid, kind, domain, flags, missing_since, parent, "
                     "primary_group_rid, expires, hash, sid, dn, attributes)",
                     13,
                     " ON CONFLICT (node) DO UPDATE SET kind = excluded.kind, domain = excluded.domain, "
                     "flags = excluded.flags, missing_since = excluded.missing_since, "
                     "parent = excluded.parent, primary_group_rid = excluded.primary_group_rid, "
                     "expires = excluded.expires, hash = excluded.hash, sid = excluded.sid, "
                     "dn = excluded.dn, attributes = excluded.attributes WHERE guid = excluded.guid");
    const auto node_of = [](const sync::MirrorUpsert& upsert) { return upsert.row.node; };
    in_order(upserts, node_of, [&insert](const sync::MirrorUpsert& upsert) {
        const MirrorRow& row = upsert.row;
        const std::string sid = packed(row.sid);
        insert.add(row.node, Blob{bytes_of(row.guid)}, static_cast<int>(row.kind), row.domain, flags_of(row),
                   seconds(row.missing_since), parent_of(row), row.primary_group_rid, expires_of(row),
                   row.hash, row.sid ? std::optional(Blob{sid}) : std::nullopt, upsert.dn,
                   Blob{upsert.attributes});
    });
    insert.flush();
    if (insert.written() != static_cast<std::int64_t>(upserts.size())) no_such_object(db);
}

void update_rows(Db& db, const std::vector<MirrorRow>& rows) {
    for (const MirrorRow& row : rows) {
        const std::string sid = packed(row.sid);
        const std::int64_t written = db.run(
            "UPDATE mirror_objects SET kind = ?, domain = ?, flags = ?, missing_since = ?, parent = ?, "
            "primary_group_rid = ?, expires = ?, hash = ?, sid = ? WHERE node = ? AND guid = ?",
            static_cast<int>(row.kind), row.domain, flags_of(row), seconds(row.missing_since), parent_of(row),
            row.primary_group_rid, expires_of(row), row.hash,
            row.sid ? std::optional(Blob{sid}) : std::nullopt, row.node, Blob{bytes_of(row.guid)});
        if (written != 1) no_such_object(db);
    }
}

}  // namespace

std::int64_t flags_of(const MirrorRow& row) noexcept {
    return (row.disabled ? 1 : 0) | (row.missing ? 2 : 0) | (row.deleted ? 4 : 0) | (row.in_filter ? 8 : 0) |
           (row.followed ? 16 : 0) | (row.unplaced ? 32 : 0) | (row.mangled ? 64 : 0);
}

void set_flags(MirrorRow& row, std::int64_t flags) noexcept {
    row.disabled = (flags & 1) != 0;
    row.missing = (flags & 2) != 0;
    row.deleted = (flags & 4) != 0;
    row.in_filter = (flags & 8) != 0;
    row.followed = (flags & 16) != 0;
    row.unplaced = (flags & 32) != 0;
    row.mangled = (flags & 64) != 0;
}

std::uint64_t node_bound(const sync::MirrorDelta& delta) noexcept {
    std::uint64_t bound = 0;
    for (const auto& upsert : delta.upserts) bound = std::max<std::uint64_t>(bound, upsert.row.node + 1ULL);
    return bound;
}

void write_mirror(Db& db, const sync::MirrorDelta& delta) {
    for (const sync::Edge& edge : delta.edges_removed) {
        db.run("DELETE FROM mirror_edges WHERE grp = ? AND member = ?", edge.group, edge.member);
    }
    put_objects(db, delta.upserts);
    update_rows(db, delta.row_updates);
    RowInsert edges(db, "INSERT OR IGNORE INTO mirror_edges (grp, member)", 2);
    in_order(delta.edges_added, std::identity{},
             [&edges](const sync::Edge& edge) { edges.add(edge.group, edge.member); });
    edges.flush();
    // Last: an object may change and be done with in one delta.
    for (const Node node : delta.removed) {
        db.run("DELETE FROM mirror_objects WHERE node = ?", node);
        db.run("DELETE FROM mirror_edges WHERE grp = ?", node);
        db.run("INSERT OR IGNORE INTO mirror_gone VALUES (?)", node);
    }
}

}  // namespace dirsync::store
