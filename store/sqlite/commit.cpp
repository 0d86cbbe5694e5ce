#include "store/sqlite/commit.hpp"

#include "store/codec.hpp"
#include "store/sqlite/facts_writer.hpp"
#include "store/sqlite/history.hpp"
#include "store/sqlite/mirror_writer.hpp"
#include "store/sqlite/plan_writer.hpp"
#include "store/sqlite/reader.hpp"
#include "store/sqlite/run_writer.hpp"

namespace dirsync::store {
namespace {

/// Foreign keys switched off as long as it lives; outside of transactions.
class WithoutForeignKeys {
public:
    WithoutForeignKeys(Db& db, bool wanted) : db_(db), off_(wanted) {
        if (off_) db_.execute("PRAGMA foreign_keys = OFF");
    }
    WithoutForeignKeys(const WithoutForeignKeys&) = delete;
    WithoutForeignKeys& operator=(const WithoutForeignKeys&) = delete;
    ~WithoutForeignKeys() {
        if (off_) db_.execute("PRAGMA foreign_keys = ON");
    }

private:
    Db& db_;
    bool off_;
};

/// The compare-and-set of every commit (semantics 5.7, 5.18).
void require_unmoved(const Db& db, const sync::Commit& commit, const RunWriter::Meta& before) {
    if (before.generation != commit.from_generation) {
        throw DbFailure{Error(ErrorCode::cursor_moved, "the store " + db.path() + " is at generation " +
                                                           std::to_string(before.generation) + ", not " +
                                                           std::to_string(commit.from_generation) +
                                                           ": somebody committed in between")};
    }
    if (commit.from_state && before.state != *commit.from_state) {
        throw DbFailure{Error(ErrorCode::cursor_moved,
                              "the store " + db.path() +
                                  " is not as this process left it: it was restored, or another program "
                                  "wrote to it; it is loaded anew")};
    }
}

}  // namespace

std::optional<Written> write_commit(Db& db, const sync::Commit& commit, const std::function<Time()>& now) {
    const WithoutForeignKeys unchecked(db,
                                       commit.plan != nullptr && PlanWriter::checks_references(*commit.plan));
    Transaction transaction(db, Transaction::Kind::write);
    RunWriter writer(db);
    require_unmoved(db, commit, writer.before());
    const Time at = commit.run.ended == Time{} ? now() : commit.run.ended;
    bool wrote = false;
    if (commit.source) wrote |= write_source(db, *commit.source);
    if (commit.mirror != nullptr && !commit.mirror->empty()) {
        write_mirror(db, *commit.mirror);
        const auto bound = static_cast<std::int64_t>(node_bound(*commit.mirror));
        db.run("UPDATE meta SET next_node = ?1 WHERE next_node < ?1", bound);
        wrote = true;
    }
    if (commit.pins) wrote |= write_pins(db, *commit.pins);
    if (commit.settings_fingerprint) {
        wrote |= db.run("UPDATE meta SET settings_fingerprint = ?1 WHERE settings_fingerprint <> ?1",
                        *commit.settings_fingerprint) > 0;
    }
    if (commit.plan != nullptr) {
        writer.write(*commit.plan, at);
        wrote |= writer.has_lines();
        wrote |= write_errors(db, commit.plan->errors, at);
        wrote |= write_holds(db, commit.plan->holds, at);
    }
    wrote |=
        drop_approvals(db, commit.approvals_used, commit.plan == nullptr ? nullptr : &commit.plan->holds);
    if (commit.reverted) wrote |= write_reverted(db, *commit.reverted);
    if (commit.cursor) {
        db.run("UPDATE meta SET generation = generation + 1, cursor = ?", cursor_text(*commit.cursor));
        wrote = true;
    }
    if (commit.time) wrote |= commit.time->in_doubt != read_time(db).in_doubt;
    if (!wrote) return std::nullopt;
    if (commit.time) write_time(db, *commit.time);
    write_tally(db, commit.tally);
    writer.renew_state();

    sync::RunRecord run = commit.run;
    run.ended = at;
    writer.finish(run);
    Written written{read_facts(db), db.content()};
    transaction.commit();
    return written;
}

bool pruned(Db& db, Time before) {
    Transaction transaction(db, Transaction::Kind::write);
    const std::int64_t first_kept = db.integer(
        "SELECT coalesce((SELECT min(id) FROM runs WHERE ended_at >= ?), (SELECT next_run FROM meta))",
        seconds(before));
    bool wrote = false;
    if (db.integer("SELECT count(*) FROM runs WHERE id < ?", first_kept) > 0) {
        const std::int64_t last_seq =
            db.integer("SELECT coalesce(max(last_seq), 0) FROM runs WHERE id < ?", first_kept);
        db.run("DELETE FROM journal WHERE seq <= ?", last_seq);
        db.run("DELETE FROM journal_names WHERE retired < ?", first_kept);
        db.run("DELETE FROM runs WHERE id < ?", first_kept);
        wrote = true;
    }
    if (db.integer("SELECT count(*) FROM mirror_gone") > 0) {
        db.run("DELETE FROM mirror_edges WHERE member IN (SELECT node FROM mirror_gone)");
        db.run("DELETE FROM mirror_gone");
        wrote = true;
    }
    if (wrote) transaction.commit();
    return wrote;
}

}  // namespace dirsync::store
