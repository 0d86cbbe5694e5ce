#include "store/sqlite/store.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "model/holds.hpp"
#include "model/words.hpp"
#include "store/codec.hpp"
#include "store/owner_lock.hpp"
#include "store/sqlite/admin.hpp"
#include "store/sqlite/commit.hpp"
#include "store/sqlite/facts_writer.hpp"
#include "store/sqlite/file/db.hpp"
#include "store/sqlite/file/schema.hpp"
#include "store/sqlite/file/soundness.hpp"
#include "store/sqlite/file/store_files.hpp"
#include "store/sqlite/file/store_watch.hpp"
#include "store/sqlite/held_objects.hpp"
#include "store/sqlite/history.hpp"
#include "store/sqlite/reader.hpp"
#include "store/sqlite/rows.hpp"
#include "store/sqlite/run_writer.hpp"
#include "store/sqlite/sources.hpp"
#include "store/sqlite/views.hpp"
#include "store/views.hpp"

namespace dirsync::store {
namespace {

constexpr std::int64_t large_log = 64LL << 20;

Time system_now() { return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()); }

class SqliteStore final : public sync::IdentityStore {
    template <class Read>
    auto read(Read work) {
        return outcome_of([&] {
            Transaction transaction(db_, Transaction::Kind::read);
            return work();
        });
    }
    /// Of no nodes there is nothing to read.
    template <class Read>
    auto read_some(std::span<const sync::Node> nodes, Read work) -> decltype(read(work)) {
        if (nodes.empty()) return decltype(work()){};
        return read(std::move(work));
    }

public:
    SqliteStore(const SqliteOptions& options, const std::string& path, OwnerLock lock)
        : lock_(std::move(lock)),
          watch_(path, lock_, options.look_lasts),
          now_(options.now ? options.now : &system_now),
          db_(path, Db::Mode::read_write),
          busy_timeout_(static_cast<int>(options.busy_timeout.count())) {
        db_.set_busy_timeout(busy_timeout_);
        // page_size counts for a new file only; nothing is written before the first migration.
        db_.execute(
            "PRAGMA page_size = 4096; PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY;"
            "PRAGMA trusted_schema = OFF; PRAGMA journal_size_limit = 67108864");
        if (options.max_pages > 0)
            db_.execute("PRAGMA max_page_count = " + std::to_string(options.max_pages));
        require_expected();
        migrate(db_, migrations());
        use_write_ahead_log();
        db_.keep_log();
        name_new_store();
        list_holds();
        go_on_counting();
        share_store_files(path);
        watch_.begin(file_id_of(db_));
        if (auto named = lock_.name(watch_.named()); !named) throw DbFailure{std::move(named).error()};
        lock_.note_next_seq(next_seq());
        db_.set_watch(watch_);
    }

    SqliteStore(const SqliteStore&) = delete;
    SqliteStore& operator=(const SqliteStore&) = delete;
    ~SqliteStore() override {
        if (watch_.is_written_over()) {
            db_.leave_log();
        } else {
            static_cast<void>(outcome_of([this] { lock_.note_next_seq(next_seq()); }));
        }
    }

    Result<void> present() const override { return watch_.present(); }

    Result<sync::StoredFacts> load(sync::StateSink& sink) override {
        return read([&] {
            auto damaged = read_state(db_, sink);
            auto facts = read_facts(db_);
            facts.damaged = std::move(damaged);
            // The whole file went through the page cache, and most of it is not read again.
            db_.release_memory();
            return facts;
        });
    }

    Result<sync::StoredFacts> facts() override {
        return read([&] {
            // Asked for in every cycle, and nearly always the same.
            const auto content = db_.content();
            if (!facts_ || facts_of_ != content) {
                facts_ = read_facts(db_);
                facts_of_ = content;
            }
            return *facts_;
        });
    }

    Result<sync::StoredFacts> commit(const sync::Commit& commit) override {
        auto written = outcome_of([&] {
            auto done = write_commit(db_, commit, now_);
            if (done) shorten_log();
            return done;
        });
        if (!written) return std::move(written).error();
        if (!*written) return facts();
        facts_ = std::move((*written)->facts);
        facts_of_ = (*written)->content;
        return *facts_;
    }

    void read_together(const std::function<void()>& work) override {
        std::optional<Transaction> together;
        // The transactions of its reads are parts of this one; where there is none, each of them says why.
        static_cast<void>(outcome_of([&] { together.emplace(db_, Transaction::Kind::read); }));
        work();
    }
    Result<std::vector<sync::StoredUser>> users(std::span<const sync::Node> nodes) override {
        return read_some(nodes, [&] { return read_users(db_, nodes); });
    }
    Result<std::vector<sync::StoredGroup>> groups(std::span<const sync::Node> nodes) override {
        return read_some(nodes, [&] { return read_groups(db_, nodes); });
    }
    Result<std::vector<sync::Edge>> members_of(std::span<const sync::Node> groups) override {
        return read_some(groups, [&] { return read_members_of(db_, groups); });
    }
    Result<std::vector<sync::Edge>> groups_of(std::span<const sync::Node> users) override {
        return read_some(users, [&] { return read_groups_of(db_, users); });
    }
    Result<std::vector<MirrorText>> mirror_texts(std::span<const sync::Node> nodes) override {
        return read_some(nodes, [&] { return read_mirror_texts(db_, nodes); });
    }

    Result<void> record_run(const sync::RunRecord& run) override {
        return outcome_of([&] {
            Transaction transaction(db_, Transaction::Kind::write);
            RunWriter(db_).finish(run);
            transaction.commit();
        });
    }

    Result<void> set_paused(std::optional<Time> since, bool in_doubt, const sync::RunRecord& run) override {
        return outcome_of([&] {
            Transaction transaction(db_, Transaction::Kind::write);
            const auto changed =
                db_.run("UPDATE meta SET paused_since = ?1 WHERE paused_since IS NOT ?1", seconds(since)) +
                db_.run("UPDATE time SET pause_in_doubt = ?1 WHERE pause_in_doubt <> ?1", in_doubt && since);
            if (changed == 0) return;
            RunWriter(db_).finish(run);
            transaction.commit();
        });
    }

    Result<sync::Hold> approve(const std::string& hold_id, const sync::RunRecord& run,
                               std::span<const ObjectGuid> only) override {
        return outcome_of([&] {
            Transaction transaction(db_, Transaction::Kind::write);
            const auto holds = read_holds(db_);
            const auto hold = std::ranges::find(holds, hold_id, &sync::Hold::id);
            if (hold == holds.end()) throw DbFailure{sync::no_such_hold(hold_id)};
            auto part = sync::part_of(*hold, only);
            if (!part) throw DbFailure{part.error()};
            sync::Approval approval;
            for (auto& given : read_approvals(db_)) {
                if (given.hold_id == hold_id) approval = std::move(given);
            }
            approval = sync::with_approved(std::move(approval), *part);
            const std::int64_t given = db_.run(
                "INSERT INTO approvals (hold_id, class, approved_at, objects, actor, note) "
                "VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (hold_id) DO UPDATE "
                "SET objects = excluded.objects, actor = excluded.actor, note = excluded.note "
                "WHERE objects <> excluded.objects",
                hold_id, static_cast<int>(approval.hold), seconds(run.ended), Blob{packed(approval.objects)},
                run.actor, run.note);
            if (given > 0) {
                sync::RunRecord record = run;
                record.hold_id = hold_id;
                RunWriter(db_).finish(record);
                transaction.commit();
            }
            return std::move(*part);
        });
    }

    Result<void> set_source(const sync::SourceRecord& source) override {
        return outcome_of([&] {
            Transaction transaction(db_, Transaction::Kind::write);
            if (write_source(db_, source)) transaction.commit();
        });
    }

    Result<void> prune_journal(Time before) override {
        return outcome_of([&] {
            if (pruned(db_, before)) shorten_log();
        });
    }

    sync::AdminStore& admin() override { return admin_; }
    sync::SourceStore& sources() override { return sources_; }
    sync::HistoryStore& history() override { return history_; }
    sync::RowReader& rows() override { return rows_; }

    Result<sync::Rows> query(const sync::ViewQuery& query) override {
        auto names = checked(query);
        if (!names) return std::move(names).error();
        return read([&] { return read_view(db_, *names); });
    }

    Result<void> check_integrity() override {
        return outcome_of([&] { check(db_); });
    }

    Result<bool> check_part(std::chrono::milliseconds patience) override {
        return outcome_of([&] { return soundness_.look_on(db_, watch_, patience); });
    }

private:
    void use_write_ahead_log() {
        Query mode = db_.query("PRAGMA journal_mode = WAL");
        if (!mode.step() || mode->text(0) != "wal") {
            throw DbFailure{
                Error(ErrorCode::store_unavailable, "the store " + db_.path() +
                                                        " cannot have a write-ahead log: its file system "
                                                        "lacks shared memory; name a path on a local disk")};
        }
        db_.execute("PRAGMA synchronous = FULL");
    }

    // Before anything is written to it: is it the store that the lock file stands for?
    void require_expected() {
        const auto& named = lock_.named();
        if (!named) return;
        const std::string found = file_id_of(db_);
        if (found == named->file_id) return;
        throw DbFailure{
            Error(ErrorCode::store_unavailable,
                  "the store " + db_.path() + " is another one than before: its lock file names " +
                      named->file_id + ", the file holds " + (found.empty() ? "no store" : found) +
                      "; nothing was changed: put the right one or a backup of it there, or remove " +
                      db_.path() + ".lock to go on with this file")};
    }

    void name_new_store() {
        if (db_.integer("SELECT count(*) FROM identity_source") != 0) return;
        sync::SourceRecord source;
        source.store_id = random_row_id();
        source.since = now_();
        Transaction transaction(db_, Transaction::Kind::write);
        write_source(db_, source);
        db_.run("UPDATE meta SET file_id = ?", to_text(source.store_id));
        transaction.commit();
    }

    std::uint64_t next_seq() { return static_cast<std::uint64_t>(db_.integer("SELECT next_seq FROM meta")); }

    // A store that was put back goes on behind the lines that were given out since: a reader that is ahead of
    // the backup would miss the next ones.
    void go_on_counting() {
        const auto noted = lock_.named() ? lock_.named()->next_seq : 0;
        if (noted <= next_seq()) return;
        Transaction transaction(db_, Transaction::Kind::write);
        db_.run("UPDATE meta SET next_seq = ?", static_cast<std::int64_t>(noted));
        transaction.commit();
    }

    void list_holds() {
        Transaction transaction(db_, Transaction::Kind::write);
        if (list_all_held(db_)) transaction.commit();
    }

    // A reader may be in the way; then the next commit tries again.
    void shorten_log() noexcept {
        struct stat status {};
        if (::stat((db_.path() + "-wal").c_str(), &status) != 0 || status.st_size < large_log) return;
        db_.set_busy_timeout(0);
        db_.checkpoint_and_truncate();
        watch_.note_own_write();
        db_.set_busy_timeout(busy_timeout_);
    }

    OwnerLock lock_;
    StoreWatch watch_;
    std::function<Time()> now_;
    Db db_;
    SqliteAdmin admin_{db_};
    SqliteSources sources_{db_};
    SqliteHistory history_{db_};
    SqliteRows rows_{db_};
    Soundness soundness_;
    std::optional<sync::StoredFacts> facts_;  // as last read
    Db::Content facts_of_;
    int busy_timeout_;
};

}  // namespace

Result<void> require_not_lost(const std::string& path) {
    std::error_code ignored;
    const auto canonical = std::filesystem::weakly_canonical(path, ignored);
    const std::string real = ignored ? path : canonical.string();
    if (auto error = why_not_opened(real, store_named_beside(real))) return std::move(*error);
    return {};
}

Result<std::unique_ptr<sync::IdentityStore>> open_sqlite(const SqliteOptions& options) {
    std::error_code ignored;
    // One store, one lock, by whatever name it is reached.
    const auto canonical = std::filesystem::weakly_canonical(options.path, ignored);
    const std::string path = ignored ? options.path : canonical.string();
    auto lock = OwnerLock::take(path);
    if (!lock) return std::move(lock).error();
    if (auto error = why_not_opened(path, lock->named())) return std::move(*error);
    return outcome_of([&]() -> std::unique_ptr<sync::IdentityStore> {
        make_store_file(path);
        if (auto taken = lock->take_store(path); !taken) throw DbFailure{std::move(taken).error()};
        return std::make_unique<SqliteStore>(options, path, std::move(*lock));
    });
}

}  // namespace dirsync::store
