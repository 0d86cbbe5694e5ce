#include "store/sqlite/rows.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "model/words.hpp"
#include "store/codec.hpp"
#include "store/sqlite/reader.hpp"

namespace dirsync::store {
namespace {

using sync::GroupRecord;
using sync::UserRecord;

// The last column is the place in the list.
constexpr std::string_view select_user =
    "SELECT user_id, external_id, user_name, display_name, given_name, family_name, middle_name, email, sid, "
    "attributes, status, scope, out_since, created_at, updated_at, revision, id FROM users ";
constexpr std::string_view select_group =
    "SELECT group_id, external_id, display_name, description, attributes, scope, out_since, created_at, "
    "updated_at, revision, id FROM groups ";
constexpr std::string_view select_assignment =
    "SELECT assignment_id, principal_type, principal_id, permission_set_id, target, dangling "
    "FROM v1_assignments WHERE assignment_id = ?";
constexpr std::string_view select_change =
    "SELECT seq, run_id, at, action, object_type, object_id, name, before, after, reason FROM v1_changes ";

struct UserAt {
    using Record = UserRecord;
    static constexpr int place = 16;
    static Record read(const Query& query) {
        Record record;
        record.id = parsed_row_id(query->text(0));
        take_user_texts(query, 1, record.row);
        record.row.status = static_cast<sync::Status>(query->integer(10));
        record.row.scope = static_cast<sync::ScopeState>(query->integer(11));
        record.row.out_since = time_of(query->maybe_integer(12));
        record.created = time_of(query->integer(13));
        record.updated = time_of(query->integer(14));
        record.revision = query->integer(15);
        return record;
    }
};

struct GroupAt {
    using Record = GroupRecord;
    static constexpr int place = 10;
    static Record read(const Query& query) {
        Record record;
        record.id = parsed_row_id(query->text(0));
        take_group_texts(query, 1, record.row);
        record.row.scope = static_cast<sync::ScopeState>(query->integer(5));
        record.row.out_since = time_of(query->maybe_integer(6));
        record.created = time_of(query->integer(7));
        record.updated = time_of(query->integer(8));
        record.revision = query->integer(9);
        return record;
    }
};

std::string sql(std::string_view select, std::string_view rest) {
    return std::string(select) + std::string(rest);
}

std::int64_t bounded(std::size_t limit) {
    constexpr auto most = static_cast<std::size_t>(std::numeric_limits<std::int64_t>::max());
    return static_cast<std::int64_t>(std::min(limit, most));
}

template <class At>
std::optional<typename At::Record> one(Query query) {
    if (!query.step()) return std::nullopt;
    return At::read(query);
}

/// One row more than wanted is looked at: its place begins the next page.
template <class At>
sync::Listed<typename At::Record> listed(Query query, const sync::Page& page) {
    sync::Listed<typename At::Record> out;
    while (query.step()) {
        if (out.rows.size() == page.limit) {
            out.next = static_cast<std::uint64_t>(query->integer(At::place));
            break;
        }
        out.rows.push_back(At::read(query));
    }
    return out;
}

std::int64_t with_one_more(std::size_t limit) { return bounded(limit == SIZE_MAX ? limit : limit + 1); }

std::int64_t place_of(const sync::Page& page) { return bounded(static_cast<std::size_t>(page.from)); }

template <class At>
std::optional<typename At::Record> called(Db& db, std::string_view select, std::string_view id_column,
                                          std::string_view name) {
    auto found =
        one<At>(db.query(sql(select, "WHERE name_key = ?1 AND name_key <> 0"), sync::name_key(name)));
    if (!found) {
        if (const auto id = parse<RowId>(name))
            found = one<At>(db.query(sql(select, "WHERE " + std::string(id_column) + " = ?"), to_text(*id)));
    }
    for (const auto& id : sync::external_ids_meant(name)) {
        if (!found) found = one<At>(db.query(sql(select, "WHERE external_id = ? LIMIT 1"), id));
    }
    return found;
}

Time time_in(const Query& query, int column) {
    const auto time = parse_time(query->text(column));
    if (!time) throw DbFailure{Error(ErrorCode::store_unavailable, "the store holds a time that is none")};
    return *time;
}

std::vector<sync::JournalLine> journal_lines(Query query) {
    std::vector<sync::JournalLine> lines;
    while (query.step()) {
        sync::JournalLine& line = lines.emplace_back();
        line.seq = static_cast<std::uint64_t>(query->integer(0));
        line.run = parsed_row_id(query->text(1));
        line.at = time_in(query, 2);
        line.change = change_line_at(query, 3);
    }
    return lines;
}

template <class Read>
auto read(Db& db, Read work) {
    return outcome_of([&] {
        const Transaction transaction(db, Transaction::Kind::read);
        return work();
    });
}

}  // namespace

Result<std::optional<UserRecord>> SqliteRows::user(std::string_view name) {
    return read(db_, [&] { return called<UserAt>(db_, select_user, "user_id", name); });
}

Result<std::optional<GroupRecord>> SqliteRows::group(std::string_view name) {
    return read(db_, [&] { return called<GroupAt>(db_, select_group, "group_id", name); });
}

Result<sync::AnyRecord> SqliteRows::with_id(const RowId& id) {
    return read(db_, [&]() -> sync::AnyRecord {
        const std::string text = to_text(id);
        if (auto user = one<UserAt>(db_.query(sql(select_user, "WHERE user_id = ?"), text))) return *user;
        if (auto group = one<GroupAt>(db_.query(sql(select_group, "WHERE group_id = ?"), text)))
            return *group;
        {
            Query query = db_.query(
                "SELECT permission_set_id, name, description FROM permission_sets WHERE permission_set_id = "
                "?",
                text);
            if (query.step())
                return sync::PermissionSet{id, std::string(query->text(1)), std::string(query->text(2))};
        }
        Query query = db_.query(select_assignment, text);
        if (!query.step()) return {};
        return sync::AssignmentRecord{assignment_at(query), query->integer(5) != 0};
    });
}

Result<sync::Listed<UserRecord>> SqliteRows::users(const sync::Page& page) {
    return read(db_, [&] {
        return listed<UserAt>(db_.query(sql(select_user, "WHERE id >= ? ORDER BY id LIMIT ?"), place_of(page),
                                        with_one_more(page.limit)),
                              page);
    });
}

Result<sync::Listed<GroupRecord>> SqliteRows::groups(const sync::Page& page) {
    return read(db_, [&] {
        return listed<GroupAt>(db_.query(sql(select_group, "WHERE id >= ? ORDER BY id LIMIT ?"),
                                         place_of(page), with_one_more(page.limit)),
                               page);
    });
}

Result<sync::Listed<UserRecord>> SqliteRows::members(const RowId& group, const sync::Page& page) {
    return read(db_, [&] {
        // CROSS JOIN: the list is followed, not the users.
        return listed<UserAt>(
            db_.query(
                "SELECT u.user_id, u.external_id, u.user_name, u.display_name, u.given_name, "
                "u.family_name, u.middle_name, u.email, u.sid, u.attributes, u.status, u.scope, "
                "u.out_since, u.created_at, u.updated_at, u.revision, u.id FROM groups AS g "
                "CROSS JOIN memberships AS m ON m.group_id = g.id CROSS JOIN users AS u ON u.id = m.user_id "
                "WHERE g.group_id = ? AND m.user_id >= ? ORDER BY m.user_id LIMIT ?",
                to_text(group), place_of(page), with_one_more(page.limit)),
            page);
    });
}

Result<std::vector<sync::PermissionSet>> SqliteRows::permission_sets() {
    return read(db_, [&] {
        std::vector<sync::PermissionSet> out;
        Query query =
            db_.query("SELECT permission_set_id, name, description FROM permission_sets ORDER BY name");
        while (query.step()) {
            out.push_back(
                {parsed_row_id(query->text(0)), std::string(query->text(1)), std::string(query->text(2))});
        }
        return out;
    });
}

Result<std::vector<sync::RecordedRun>> SqliteRows::runs(std::size_t limit) {
    return read(db_, [&] {
        std::vector<sync::RecordedRun> out;
        Query query = db_.query(
            "SELECT started_at, ended_at, kind, \"trigger\", outcome, counts, error, actor, note, hold_id, "
            "run_id "
            "FROM runs ORDER BY id DESC LIMIT ?",
            bounded(limit));
        while (query.step()) out.push_back({parsed_row_id(query->text(10)), run_at(query)});
        std::ranges::reverse(out);
        return out;
    });
}

Result<std::vector<sync::JournalLine>> SqliteRows::changes_after(std::uint64_t seq, std::size_t limit) {
    return read(db_, [&] {
        return journal_lines(db_.query(sql(select_change, "WHERE seq > ? ORDER BY seq LIMIT ?"),
                                       bounded(static_cast<std::size_t>(seq)), bounded(limit)));
    });
}

Result<std::vector<sync::JournalLine>> SqliteRows::latest_changes(std::size_t limit) {
    return read(db_, [&] {
        auto lines =
            journal_lines(db_.query(sql(select_change, "ORDER BY seq DESC LIMIT ?"), bounded(limit)));
        std::ranges::reverse(lines);
        return lines;
    });
}

Result<std::vector<sync::HeldLine>> SqliteRows::held(const std::string& hold_id) {
    return read(db_, [&] {
        std::vector<sync::HeldLine> out;
        Query query = db_.query(
            "SELECT hold_id, class, object_type, object_id, name, since, reason FROM v1_holds "
            "WHERE ?1 = '' OR hold_id = ?1 ORDER BY hold_id, name, object_id",
            std::string_view(hold_id));
        while (query.step()) {
            out.push_back({std::string(query->text(0)), parsed(query->text(1), sync::HoldClass::scope_edit),
                           std::string(query->text(2)), std::string(query->text(3)),
                           std::string(query->text(4)), time_in(query, 5), std::string(query->text(6))});
        }
        return out;
    });
}

Result<std::vector<sync::ListedError>> SqliteRows::errors() {
    return read(db_, [&] {
        std::vector<sync::ListedError> out;
        Query query = db_.query(
            "SELECT external_id, sid, object_type, name, code, message, since FROM entity_errors "
            "ORDER BY name, external_id");
        while (query.step()) {
            out.push_back(
                {{parsed_guid(query->text(0)), std::string(query->text(1)), query->text(2) == "GROUP",
                  std::string(query->text(3)), std::string(query->text(4)), std::string(query->text(5))},
                 time_of(query->integer(6))});
        }
        return out;
    });
}

}  // namespace dirsync::store
