#include "store/sqlite/history.hpp"

#include <map>

#include "core/text.hpp"
#include "model/row_text.hpp"
#include "model/words.hpp"
#include "store/codec.hpp"
#include "store/sqlite/reader.hpp"

namespace dirsync::store {
namespace {

Error no_such_run(const std::string& run_id) {
    return Error(ErrorCode::not_found, "no run has the id " + quoted_peer_text(run_id) +
                                           "; 'dirsyncctl runs' lists them, those older than journal.keep "
                                           "are gone");
}

}  // namespace

Result<sync::RunRecord> SqliteHistory::rewind(const std::string& run_id, const LineSink& sink) {
    auto found = outcome_of([&]() -> std::optional<sync::RunRecord> {
        const Transaction transaction(db_, Transaction::Kind::read);
        const std::string id = text::lower(run_id);
        std::int64_t first = 0;
        std::int64_t last = -1;
        sync::RunRecord run;
        {
            Query query = db_.query(
                "SELECT started_at, ended_at, kind, \"trigger\", outcome, counts, error, actor, note, "
                "hold_id, "
                "first_seq, last_seq FROM runs WHERE run_id = ?",
                id);
            if (!query.step()) return std::nullopt;
            run = run_at(query);
            if (!query->is_null(10)) {
                first = query->integer(10);
                last = query->integer(11);
            }
        }
        Query query = db_.query(
            "SELECT action, object_type, object_id, name, before, after, reason FROM v1_changes "
            "WHERE seq BETWEEN ? AND ? ORDER BY seq DESC",
            first, last);
        while (query.step()) {
            auto taken = sink(change_line_at(query, 0));
            if (!taken) throw DbFailure{std::move(taken).error()};
        }
        return run;
    });
    if (!found) return std::move(found).error();
    if (!*found) return no_such_run(run_id);
    return std::move(**found);
}

Result<std::optional<RowId>> SqliteHistory::last_run(sync::RunKind kind) {
    return outcome_of([&]() -> std::optional<RowId> {
        const Transaction transaction(db_, Transaction::Kind::read);
        Query query =
            db_.query("SELECT run_id FROM runs WHERE kind = ? ORDER BY id DESC LIMIT 1", sync::text_of(kind));
        if (!query.step()) return std::nullopt;
        return parsed_row_id(query->text(0));
    });
}

Result<std::optional<sync::StoredUser>> SqliteHistory::user(const RowId& id) {
    return outcome_of([&]() -> std::optional<sync::StoredUser> {
        const Transaction transaction(db_, Transaction::Kind::read);
        const auto node = node_of("SELECT id FROM users WHERE user_id = ?", id);
        if (!node) return std::nullopt;
        return std::move(read_users(db_, std::span(&*node, 1)).front());
    });
}

Result<std::optional<sync::StoredGroup>> SqliteHistory::group(const RowId& id) {
    return outcome_of([&]() -> std::optional<sync::StoredGroup> {
        const Transaction transaction(db_, Transaction::Kind::read);
        const auto node = node_of("SELECT id FROM groups WHERE group_id = ?", id);
        if (!node) return std::nullopt;
        return std::move(read_groups(db_, std::span(&*node, 1)).front());
    });
}

Result<std::vector<std::vector<sync::HistoryStore::StatusLine>>> SqliteHistory::statuses(
    std::span<const RowId> users) {
    return outcome_of([&] {
        const Transaction transaction(db_, Transaction::Kind::read);
        std::map<std::string, std::size_t, std::less<>> places;
        for (std::size_t i = 0; i < users.size(); ++i) places.emplace(to_text(users[i]), i);
        std::vector<std::vector<StatusLine>> lines(users.size());
        Query query = db_.query(
            "SELECT object_id, at, after, reason FROM v1_changes WHERE object_type = 'USER' AND after LIKE "
            "'%\"status\"%' ORDER BY seq");
        while (query.step()) {
            const auto place = places.find(query->text(0));
            if (place == places.end()) continue;
            const auto at = parse_time(query->text(1));
            const auto status = sync::status_set_by(query->text(2));
            const bool by_pause = query->text(3) == sync::text_of(sync::Reason::paused_too_long);
            const bool by_revert = query->text(3) == sync::text_of(sync::Reason::reverted);
            if (at && status) lines[place->second].push_back({*at, *status, by_pause, by_revert});
        }
        return lines;
    });
}

Result<std::optional<sync::HistoryStore::Refusal>> SqliteHistory::refusal() {
    return outcome_of([&]() -> std::optional<Refusal> {
        const Transaction transaction(db_, Transaction::Kind::read);
        Query query = db_.query("SELECT fingerprint, since FROM refused_credentials");
        if (!query.step()) return std::nullopt;
        return Refusal{std::string(query->text(0)), time_of(query->integer(1))};
    });
}

Result<void> SqliteHistory::set_refusal(const std::optional<Refusal>& refusal) {
    return outcome_of([&] {
        Transaction transaction(db_, Transaction::Kind::write);
        if (refusal) {
            db_.run("INSERT OR REPLACE INTO refused_credentials (id, fingerprint, since) VALUES (1, ?, ?)",
                    refusal->fingerprint, seconds(refusal->since));
        } else {
            db_.run("DELETE FROM refused_credentials");
        }
        transaction.commit();
    });
}

std::optional<sync::Node> SqliteHistory::node_of(std::string_view sql, const RowId& id) {
    // Texts are bound without a copy.
    const std::string text = to_text(id);
    Query query = db_.query(sql, text);
    if (!query.step()) return std::nullopt;
    return static_cast<sync::Node>(query->integer(0));
}

std::vector<sync::Reverted> read_reverted(Db& db) {
    std::vector<sync::Reverted> out;
    Query query = db.query("SELECT guid, member, action, undone FROM reverted ORDER BY guid, member");
    while (query.step()) {
        sync::Reverted entry;
        entry.object = {guid_of(query->text(0)), guid_of(query->text(1))};
        entry.action = static_cast<sync::Action>(query->integer(2));
        entry.undone = query->text(3);
        // The planner takes it as it is.
        if (entry.action == sync::Action::update) entry.undone = sync::merged_columns("{}", entry.undone);
        out.push_back(std::move(entry));
    }
    return out;
}

bool write_reverted(Db& db, const std::vector<sync::Reverted>& reverted) {
    std::map<sync::HeldObject, sync::Reverted> stored;
    for (auto& entry : read_reverted(db)) stored.emplace(entry.object, entry);
    bool wrote = false;
    for (const auto& entry : reverted) {
        const auto found = stored.find(entry.object);
        const bool same = found != stored.end() && found->second == entry;
        if (found != stored.end()) stored.erase(found);
        if (same) continue;
        db.run(
            "INSERT INTO reverted (guid, member, action, undone) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (guid, member) DO UPDATE SET action = excluded.action, undone = excluded.undone",
            Blob{bytes_of(entry.object.first)}, Blob{bytes_of(entry.object.second)},
            static_cast<int>(entry.action), entry.undone);
        wrote = true;
    }
    for (const auto& [object, entry] : stored) {
        db.run("DELETE FROM reverted WHERE guid = ? AND member = ?", Blob{bytes_of(object.first)},
               Blob{bytes_of(object.second)});
        wrote = true;
    }
    return wrote;
}

}  // namespace dirsync::store
