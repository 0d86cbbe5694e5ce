#include "store/sqlite/sources.hpp"

#include <algorithm>

#include "model/describe.hpp"
#include "model/source_change.hpp"
#include "store/codec.hpp"
#include "store/sqlite/assignments.hpp"
#include "store/sqlite/facts_writer.hpp"
#include "store/sqlite/reader.hpp"
#include "store/sqlite/run_writer.hpp"
#include "store/sqlite/snapshots.hpp"
#include "store/sqlite/source_restore.hpp"

namespace dirsync::store {
namespace {

using sync::LineAction;
using sync::Node;

constexpr auto reason = sync::Reason::source_changed;
constexpr std::size_t rows_at_once = 1000;

void require_unmoved(Db& db, const RunWriter& writer, const sync::SourceChange& change) {
    sync::SourceRecord stored = read_source(db);
    stored.change_pending = change.from.change_pending;
    const auto& before = writer.before();
    const bool same_state = !change.from_state || before.state == *change.from_state;
    if (before.generation == change.from_generation && same_state && stored == change.from) return;
    throw DbFailure{Error(
        ErrorCode::cursor_moved,
        "the store " + db.path() + " is not as it was when its source was looked at; nothing was changed")};
}

/// Rows by rising node with the name that the journal knows them by.
struct Named {
    std::vector<Node> nodes;
    std::vector<JournalWriter::NameRef> names;
};

Named named(Db& db, std::string_view sql) {
    Named out;
    Query query = db.query(sql);
    while (query.step()) {
        out.nodes.push_back(static_cast<Node>(query->integer(0)));
        out.names.push_back(query->integer(1));
    }
    return out;
}

/// A line for each of `all`, a thousand rows in memory at a time.
template <class Change, class Read>
void write_removals(JournalWriter& journal, const Named& all, Read read) {
    for (std::size_t first = 0; first < all.nodes.size(); first += rows_at_once) {
        const std::size_t count = std::min(rows_at_once, all.nodes.size() - first);
        auto rows = read(std::span(all.nodes).subspan(first, count));
        DIRSYNC_ASSERT(rows.size() == count);
        for (std::size_t i = 0; i < count; ++i) {
            Change change{sync::Action::remove, rows[i].node, rows[i].id, std::move(rows[i].row), {}, reason};
            const sync::ChangeLine line = described(change);
            journal.line(LineAction::remove, reason, all.names[first + i], line.before, line.after);
        }
    }
}

struct Removed {
    std::uint64_t users = 0, groups = 0, memberships = 0, assignments = 0;
};

/// Users, groups, memberships and assignments, each with its line (semantics 1.3, 5.10).
Removed remove_everything(Db& db, RunWriter& writer) {
    Removed removed;
    JournalWriter& journal = writer.journal();
    {
        Query query = db.query(
            "SELECT g.journal_name, u.journal_name FROM memberships AS m JOIN groups AS g ON g.id = "
            "m.group_id "
            "JOIN users AS u ON u.id = m.user_id ORDER BY m.group_id, m.user_id");
        while (query.step()) {
            journal.member_line(LineAction::remove_member, reason, query->integer(0), query->integer(1));
            ++removed.memberships;
        }
    }
    const Named groups = named(db, "SELECT id, journal_name FROM groups ORDER BY id");
    write_removals<sync::GroupChange>(journal, groups,
                                      [&db](std::span<const Node> nodes) { return read_groups(db, nodes); });
    const Named users = named(db, "SELECT id, journal_name FROM users ORDER BY id");
    write_removals<sync::UserChange>(journal, users,
                                     [&db](std::span<const Node> nodes) { return read_users(db, nodes); });
    removed.groups = groups.nodes.size();
    removed.users = users.nodes.size();

    for (const sync::AssignmentChange& change : read_assignments(db, sync::Action::remove, reason)) {
        write_line(journal, change);
        ++removed.assignments;
    }

    const std::int64_t run = writer.before().next_run;
    db.run("UPDATE journal_names SET retired = ? WHERE id IN (SELECT journal_name FROM users)", run);
    db.run("UPDATE journal_names SET retired = ? WHERE id IN (SELECT journal_name FROM groups)", run);
    for (const std::string_view table : {"memberships", "users", "groups", "assignments"})
        db.run("DELETE FROM " + std::string(table));
    db.run("UPDATE meta SET users = 0, groups = 0, memberships = 0");
    return removed;
}

/// What was known of the directory and decided about it: the next read is the first one. Nodes and sequence
/// numbers go on, so that none is given twice.
void forget_directory(Db& db) {
    for (const std::string_view table :
         {"mirror_edges", "mirror_gone", "mirror_objects", "entity_errors", "holds", "held_objects",
          "approvals", "pins", "reverted", "guard_counts"}) {
        db.run("DELETE FROM " + std::string(table));
    }
    db.run("UPDATE meta SET generation = 0, cursor = ?, settings_fingerprint = ''", cursor_text({}));
}

std::vector<std::pair<std::string, std::uint64_t>> counts_of(const Removed& removed, const sync::Plan& back) {
    return {{"users_created", back.users.size()},           {"users_removed", removed.users},
            {"groups_created", back.groups.size()},         {"groups_removed", removed.groups},
            {"memberships_added", back.memberships.size()}, {"memberships_removed", removed.memberships},
            {"assignments_removed", removed.assignments}};
}

}  // namespace

Result<sync::SourceChanged> SqliteSources::change(const sync::SourceChange& change) {
    return outcome_of([&] {
        Transaction transaction(db_, Transaction::Kind::write);
        RunWriter writer(db_);
        require_unmoved(db_, writer, change);
        const bool removes = effect_of(change.from, change.to) == sync::ChangeEffect::removes;
        sync::SourceChanged changed;
        changed.run = change.run;
        changed.snapshot_id = take_snapshot(db_, change.from, change.to, removes, change.run.ended);
        Removed removed;
        sync::Plan back;
        if (removes) {
            removed = remove_everything(db_, writer);
            forget_directory(db_);
            writer.renew_state();
        }
        if (sync::traits_of(change.to.kind).is_edited) {
            if (const auto parked = take_parked(db_)) {
                SqlitePresentRows present(db_);
                back = unparked(*parked, present);
                writer.write(back, change.run.ended);
            }
        }
        if (change.used_consent) {
            db_.run("INSERT OR REPLACE INTO used_consent (id, from_source, to_source) VALUES (1, ?, ?)",
                    change.used_consent->from, change.used_consent->to);
        }
        sync::SourceRecord to = change.to;
        to.change_pending = false;
        write_source(db_, to);
        changed.run.counts = counts_of(removed, back);
        writer.finish(changed.run);
        transaction.commit();
        return changed;
    });
}

Result<std::optional<sync::SourcePair>> SqliteSources::used_consent() {
    return outcome_of([&]() -> std::optional<sync::SourcePair> {
        const Transaction transaction(db_, Transaction::Kind::read);
        Query query = db_.query("SELECT from_source, to_source FROM used_consent");
        if (!query.step()) return std::nullopt;
        return sync::SourcePair{std::string(query->text(0)), std::string(query->text(1))};
    });
}

Result<void> SqliteSources::forget_consent() {
    return outcome_of([&] {
        Transaction transaction(db_, Transaction::Kind::write);
        if (db_.run("DELETE FROM used_consent") > 0) transaction.commit();
    });
}

Result<std::vector<sync::Snapshot>> SqliteSources::snapshots() {
    return outcome_of([&] {
        Transaction transaction(db_, Transaction::Kind::read);
        return read_snapshots(db_);
    });
}

Result<sync::SnapshotContents> SqliteSources::contents(const std::string& id) {
    return outcome_of([&] {
        Transaction transaction(db_, Transaction::Kind::read);
        return read_snapshot(db_, id);
    });
}

Result<sync::Snapshot> SqliteSources::import(const sync::SnapshotContents& contents) {
    return outcome_of([&] {
        Transaction transaction(db_, Transaction::Kind::write);
        sync::Snapshot snapshot = write_snapshot(db_, contents);
        transaction.commit();
        return snapshot;
    });
}

Result<sync::RestoreReport> SqliteSources::restore(const std::string& id, bool assignments_only, Time now,
                                                   const sync::Asked& by) {
    return outcome_of([&] {
        Transaction transaction(db_, Transaction::Kind::write);
        const sync::SourceRecord source = read_source(db_);
        if (source.change_pending) throw DbFailure{sync::frozen_store()};
        SqlitePresentRows present(db_);
        sync::Restore restore = restored(read_snapshot(db_, id), source, assignments_only, present);
        if (restore.plan.writes_nothing()) return std::move(restore.report);
        write_restored(db_, restore.plan, sync::run_of_admin("restore", by, now));
        transaction.commit();
        return std::move(restore.report);
    });
}

}  // namespace dirsync::store
