#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <sstream>
#include <thread>

#include "consumer.hpp"
#include "model/seams/history_store.hpp"
#include "model/seams/source_store.hpp"
#include "store/sqlite/file/schema.hpp"
#include "store/sqlite/file/store_watch.hpp"
#include "store_fixture.hpp"
#include "sync/fold.hpp"

// A store whose files somebody else touched (semantics 5.18), and who may read it (11.1).
namespace dirsync::store::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

class SqliteFence : public ::testing::Test {
protected:
    std::string path() const { return folder_.file("identity.db"); }
    std::string copy() const { return folder_.file("copy.db"); }

    static sync::Plan one_user(Node node, const std::string& name) {
        sync::Plan plan;
        plan.users = {created(node, a_user(node, name))};
        return plan;
    }
    /// A store with alice, and a backup of it with nobody else; bob came later.
    std::unique_ptr<sync::IdentityStore> store_with_a_backup() {
        auto store = open_store(path());
        EXPECT_TRUE(store->commit(commit_of(one_user(1, "alice"), 0)));
        Consumer(path()).run("VACUUM INTO '" + copy() + "'");
        EXPECT_TRUE(store->commit(commit_of(one_user(2, "bob"), 0)));
        return store;
    }
    static Error opened_in_vain(const std::string& path) {
        SqliteOptions options;
        options.path = path;
        options.look_lasts = {};
        auto opened = open_sqlite(options);
        EXPECT_FALSE(opened) << path << " was opened";
        return opened ? Error(ErrorCode::internal, "") : opened.error();
    }
    /// Every call says that the store is lost, and why, and writes nothing.
    static void expect_lost(sync::IdentityStore& store, const std::string& why) {
        const auto present = store.present();
        ASSERT_FALSE(present);
        EXPECT_EQ(present.error().code(), ErrorCode::store_unavailable);
        EXPECT_THAT(present.error().message(),
                    AllOf(HasSubstr(why), HasSubstr("nothing is read or written")));
        EXPECT_FALSE(store.facts());
        EXPECT_FALSE(store.users(std::vector<Node>{1}));
        EXPECT_FALSE(store.query(view("v1_users")));
        const auto committed = store.commit(commit_of(one_user(3, "carol"), 0));
        ASSERT_FALSE(committed);
        EXPECT_EQ(committed.error().message(), present.error().message());
        EXPECT_FALSE(store.set_paused(noon, false, asked("pause")));
        EXPECT_FALSE(store.record_run(asked("reload")));
        EXPECT_FALSE(store.history().refusal());
    }
    std::vector<std::string> names_in(const std::string& file) {
        return Consumer(file).rows("SELECT user_name FROM v1_users ORDER BY user_name");
    }
    std::string lock_text() const {
        std::stringstream text;
        text << std::ifstream(path() + ".lock").rdbuf();
        return text.str();
    }

    TempFolder folder_;
};

TEST_F(SqliteFence, AStoreThatWasDeletedIsNotWrittenTo) {
    const auto store = store_with_a_backup();
    for (const auto* suffix : {"", "-wal", "-shm"}) fs::remove(path() + suffix);
    expect_lost(*store, "was deleted or moved away");
}

TEST_F(SqliteFence, ALookIsBelievedByWhatReadsAndByNoCommit) {
    store_with_a_backup().reset();
    SqliteOptions options;
    options.path = path();
    options.look_lasts = std::chrono::hours(1);
    auto opened = open_sqlite(options);
    ASSERT_TRUE(opened);
    const auto store = std::move(*opened);
    EXPECT_TRUE(store->facts());
    fs::remove(path());
    EXPECT_TRUE(store->facts()) << "it looked again";
    EXPECT_FALSE(store->commit(commit_of(one_user(3, "carol"), 0)));
    EXPECT_FALSE(store->facts()) << "the look that failed is the last one";
}

TEST_F(SqliteFence, AStoreThatWasEmptiedIsNotWrittenTo) {
    const auto store = store_with_a_backup();
    fs::resize_file(path(), 0);
    expect_lost(*store, "was emptied");
}

TEST_F(SqliteFence, ACopyInItsPlaceIsNotWrittenTo) {
    const auto store = store_with_a_backup();
    fs::rename(copy(), path());
    expect_lost(*store, "was replaced by another file");
}

TEST_F(SqliteFence, WithoutItsLogNobodyWouldSeeWhatIsWritten) {
    auto store = store_with_a_backup();
    fs::remove(path() + "-wal");
    expect_lost(*store, "-wal");
    // A restart loses nothing: SQLite has the file open still.
    store.reset();
    store = open_store(path());
    EXPECT_EQ(store->facts()->users, 2U);
    EXPECT_TRUE(store->check_integrity());
}

TEST_F(SqliteFence, AStoreThatComesBackGoesOn) {
    const auto store = store_with_a_backup();
    fs::rename(path(), folder_.file("aside.db"));
    expect_lost(*store, "was deleted or moved away");
    fs::rename(folder_.file("aside.db"), path());
    EXPECT_TRUE(store->present());
    EXPECT_TRUE(store->commit(commit_of(one_user(3, "carol"), 0)));
    EXPECT_EQ(names_in(path()).size(), 3U);
}

// 5.11
TEST_F(SqliteFence, ALockFileThatIsTakenAwayIsNoticedOnBothSides) {
    const auto store = store_with_a_backup();
    fs::remove(path() + ".lock");
    const Error second = opened_in_vain(path());
    EXPECT_EQ(second.code(), ErrorCode::store_in_use);
    EXPECT_THAT(second.message(), HasSubstr("was removed meanwhile"));
    EXPECT_FALSE(fs::exists(path() + ".lock")) << "it would name the one that does not run";
    expect_lost(*store, "may have a second owner");
}

// 1.5, 5.7: the next start is no first sync.
TEST_F(SqliteFence, AStoreThatIsLostIsNotMadeAnew) {
    store_with_a_backup().reset();
    for (const auto* suffix : {"", "-wal", "-shm"}) fs::remove(path() + suffix);
    for (int attempt = 0; attempt < 2; ++attempt) {
        const Error error = opened_in_vain(path());
        EXPECT_EQ(error.code(), ErrorCode::store_unavailable);
        EXPECT_THAT(error.message(), AllOf(HasSubstr("is lost: its file is missing"),
                                           HasSubstr("put a backup there, or remove " + path() + ".lock")));
        EXPECT_FALSE(fs::exists(path()));
    }
    EXPECT_EQ(require_not_lost(path()).error().message(), opened_in_vain(path()).message());
    std::ofstream(path()).close();
    EXPECT_THAT(opened_in_vain(path()).message(), HasSubstr("is lost: its file is empty"));
    Consumer(path()).run("VACUUM");
    EXPECT_THAT(opened_in_vain(path()).message(), AllOf(HasSubstr("holds no store"), HasSubstr(".lock")));

    fs::remove(path());
    fs::copy_file(copy(), path());
    EXPECT_EQ(open_store(path())->facts()->users, 1U) << "a backup of it is it";
    fs::remove(path());
    fs::remove(path() + ".lock");
    EXPECT_EQ(open_store(path())->facts()->users, 0U) << "the admin begins anew";
}

TEST_F(SqliteFence, AnotherStoreInItsPlaceIsRefused) {
    store_with_a_backup().reset();
    const std::string other = folder_.file("other.db");
    open_store(other).reset();
    fs::rename(other, path());
    const std::string text = lock_text();
    const Error error = opened_in_vain(path());
    EXPECT_EQ(error.code(), ErrorCode::store_unavailable);
    EXPECT_THAT(error.message(),
                AllOf(HasSubstr("is another one than before"), HasSubstr("remove " + path())));
    EXPECT_EQ(lock_text(), text) << "it still stands for the one that was there";
}

// contract: seq is never used twice. A reader that is ahead of the backup misses nothing.
TEST_F(SqliteFence, ABackupThatIsPutBackGoesOnBehindTheLinesThatItLacks) {
    const auto last_seq = [this] {
        return std::stoll(Consumer(path()).rows("SELECT max(seq) FROM v1_changes").at(0));
    };
    store_with_a_backup().reset();
    const auto before = last_seq();
    for (const auto* suffix : {"-wal", "-shm"}) fs::remove(path() + suffix);
    fs::copy_file(copy(), path(), fs::copy_options::overwrite_existing);
    ASSERT_LT(last_seq(), before);
    auto store = open_store(path());
    ASSERT_TRUE(store->commit(commit_of(one_user(3, "carol"), 0)));
    EXPECT_EQ(last_seq(), before + 1);
    store.reset();
    store = open_store(path());
    ASSERT_TRUE(store->commit(commit_of(one_user(4, "dave"), 0)));
    EXPECT_EQ(last_seq(), before + 2);
    EXPECT_TRUE(store->check_integrity());
}

// 1.3: a change of the source gives the store another id, and the file stays the same.
TEST_F(SqliteFence, AChangeOfTheSourceIsNoOtherFile) {
    auto store = open_store(path());
    ASSERT_TRUE(store->commit(commit_of(one_user(1, "alice"), 0)));
    sync::SourceChange change;
    change.from = store->facts()->source;
    change.to = change.from;
    change.to.kind = sync::SourceKind::active_directory;
    change.to.store_id = random_row_id();
    change.run = asked("admin");
    ASSERT_TRUE(store->sources().change(change));
    store.reset();
    EXPECT_TRUE(open_store(path()));
}

TEST_F(SqliteFence, ALockOfAnOlderVersionIsTakenOver) {
    store_with_a_backup().reset();
    std::ofstream(path() + ".lock") << "12345678\n";
    EXPECT_TRUE(open_store(path()));
    EXPECT_THAT(lock_text(), HasSubstr("store "));
    std::ofstream(path() + ".lock").close();
    EXPECT_TRUE(open_store(path()));
}

TEST_F(SqliteFence, TheLogOfOneFileIsNotReplayedOntoAnother) {
    const auto store = store_with_a_backup();
    // As kill -9 leaves it, in a folder of its own: this process has the files open.
    const std::string killed = folder_.file("killed.db");
    for (const auto* suffix : {"", "-wal"}) fs::copy_file(path() + suffix, killed + suffix);
    struct stat database {};
    struct stat log {};
    ASSERT_EQ(::stat(killed.c_str(), &database), 0);
    ASSERT_EQ(::stat((killed + "-wal").c_str(), &log), 0);
    const std::string id = Consumer(path()).rows("SELECT file_id FROM meta").at(0);
    std::ofstream(killed + ".lock") << "1\nstore " << id << "\nfiles " << database.st_ino << " " << log.st_ino
                                    << "\n";
    fs::rename(copy(), killed);
    EXPECT_THAT(opened_in_vain(killed).message(),
                AllOf(HasSubstr("write-ahead log"), HasSubstr("remove " + killed + "-wal")));
    fs::remove(killed + "-wal");
    EXPECT_EQ(open_store(killed)->facts()->users, 1U);
}

// `cp copy.db identity.db`: the same inode, and SQLite sees no change.
TEST_F(SqliteFence, ACopyOverTheOpenStoreIsNoticedAndTheLogIsNotFoldedIntoIt) {
    auto store = store_with_a_backup();
    fs::copy_file(copy(), path(), fs::copy_options::overwrite_existing);
    EXPECT_FALSE(store->facts());
    expect_lost(*store, "was written over by something that is not SQLite");
    store.reset();
    const auto bytes = [](const std::string& file) {
        std::stringstream text;
        text << std::ifstream(file, std::ios::binary).rdbuf();
        return text.str();
    };
    EXPECT_TRUE(bytes(path()) == bytes(copy()));
    EXPECT_THAT(opened_in_vain(path()).message(),
                AllOf(HasSubstr("write-ahead log"), HasSubstr("remove " + path() + "-wal")));
    for (const auto* suffix : {"-wal", "-shm"}) fs::remove(path() + suffix);
    store = open_store(path());
    EXPECT_EQ(store->facts()->users, 1U);
    EXPECT_TRUE(store->check_integrity());
}

TEST_F(SqliteFence, ACopyThatNobodyLookedAtIsNotWrittenToAtTheEndEither) {
    auto store = store_with_a_backup();
    fs::copy_file(copy(), path(), fs::copy_options::overwrite_existing);
    store.reset();
    for (const auto* suffix : {"-wal", "-shm"}) fs::remove(path() + suffix);
    EXPECT_THAT(names_in(path()), ElementsAre("alice@corp.example.com"));
}

TEST_F(SqliteFence, ACopyDuringAWriteIsNoticedBeforeItIsCommitted) {
    const auto store = store_with_a_backup();
    const auto edited = store->admin().edit(
        {},
        [&](const sync::AdminFacts&) -> Result<sync::AdminPlan> {
            fs::copy_file(copy(), path(), fs::copy_options::overwrite_existing);
            sync::AdminPlan plan;
            plan.rows = one_user(3, "carol");
            return plan;
        },
        asked("admin"));
    ASSERT_FALSE(edited);
    EXPECT_THAT(edited.error().message(), HasSubstr("was written over"));
}

// Neither our own checkpoints nor those of other programs, nor a change of rights, are a copy.
TEST_F(SqliteFence, WhatSqliteWritesIsNoCopy) {
    const auto store = store_with_a_backup();
    const auto fills = [&](Node first) {
        sync::Plan plan;
        for (Node node = first; node < first + 4000; ++node)
            plan.users.push_back(created(node, a_user(node, "user" + std::to_string(node))));
        return plan;
    };
    ASSERT_TRUE(store->commit(commit_of(fills(10), 0)));
    EXPECT_TRUE(store->facts()) << "a log of more than 1000 pages was folded in";
    Consumer(path()).run("PRAGMA wal_checkpoint(TRUNCATE)");
    EXPECT_TRUE(store->facts()) << "by another program";
    ASSERT_TRUE(store->commit(commit_of(one_user(5, "dave"), 0)));
    Consumer(path()).run("UPDATE permission_sets SET description = 'x'; PRAGMA wal_checkpoint(PASSIVE)");
    EXPECT_TRUE(store->facts());
    ASSERT_EQ(::chmod(path().c_str(), 0600), 0);
    fs::create_hard_link(path(), folder_.file("linked.db"));
    EXPECT_TRUE(store->facts());
    EXPECT_TRUE(store->commit(commit_of(one_user(3, "carol"), 0)));
}

// A look may fall into the middle of another program's checkpoint.
TEST_F(SqliteFence, ACheckpointUnderWayIsNoCopy) {
    const auto store = store_with_a_backup();
    Consumer(path()).run("CREATE TABLE scratch (filling BLOB)");
    std::atomic<bool> is_done = false;
    std::thread other([&] {
        Consumer consumer(path());
        for (int round = 0; round < 40; ++round) {
            consumer.run(
                "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300) "
                "INSERT INTO scratch SELECT randomblob(4000) FROM n; PRAGMA wal_checkpoint(PASSIVE)");
        }
        is_done = true;
    });
    std::string fault;
    int looks = 0;
    while (!is_done && fault.empty()) {
        ++looks;
        if (const auto facts = store->facts(); !facts) fault = facts.error().message();
    }
    other.join();
    EXPECT_EQ(fault, "");
    EXPECT_GT(looks, 0);
}

// As kill -9 leaves a log, and a backup that was copied over the file since: the same inode.
TEST_F(SqliteFence, ALogOfLongAgoIsNotReplayedOntoABackup) {
    const auto store = store_with_a_backup();
    const std::string killed = folder_.file("killed.db");
    fs::copy_file(path(), killed);
    fs::copy_file(path() + "-wal", killed + "-wal");
    const auto named = store_named_beside(path());
    ASSERT_TRUE(named);
    EXPECT_FALSE(why_not_opened(killed, named, std::chrono::nanoseconds(0)));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    fs::copy_file(copy(), killed, fs::copy_options::overwrite_existing);
    EXPECT_FALSE(why_not_opened(killed, named)) << "a checkpoint takes its time";
    const auto error = why_not_opened(killed, named, std::chrono::nanoseconds(0));
    ASSERT_TRUE(error);
    EXPECT_THAT(error->message(), AllOf(HasSubstr("if this file is the backup, remove " + killed + "-wal"),
                                        HasSubstr("if it is not, touch " + killed + "-wal")));
    fs::resize_file(killed + "-wal", 0);
    EXPECT_FALSE(why_not_opened(killed, named, std::chrono::nanoseconds(0))) << "there is nothing to replay";
}

// `sqlite3 identity.db ".restore copy.db"` writes into the open file.
TEST_F(SqliteFence, ARestoreIntoTheOpenStoreIsAnotherState) {
    const auto store = store_with_a_backup();
    const auto before = *store->facts();
    Consumer(path()).restore(copy());
    const auto after = store->facts();
    ASSERT_TRUE(after) << after.error().message();
    EXPECT_NE(after->state, before.state);
    EXPECT_EQ(after->users, 1U);
    auto plan = one_user(3, "carol");
    auto commit = commit_of(plan, 0);
    commit.from_state = before.state;
    EXPECT_EQ(store->commit(commit).error().code(), ErrorCode::cursor_moved);
}

TEST_F(SqliteFence, ARestoreOfAnotherStoreIsRefused) {
    const auto store = store_with_a_backup();
    const std::string other = folder_.file("other.db");
    open_store(other).reset();
    Consumer(path()).restore(other);
    for (int attempt = 0; attempt < 2; ++attempt) {
        const auto facts = store->facts();
        ASSERT_FALSE(facts);
        EXPECT_EQ(facts.error().code(), ErrorCode::store_unavailable);
        EXPECT_THAT(facts.error().message(), HasSubstr("was replaced under dirsyncd by another one"));
    }
    EXPECT_FALSE(store->commit(commit_of(one_user(3, "carol"), 0)));
    Consumer(path()).restore(copy());
    EXPECT_TRUE(store->facts()) << "the right one is back";
}

TEST_F(SqliteFence, ARestoreOfAnOlderVersionAsksForARestart) {
    const auto store = store_with_a_backup();
    Consumer(copy()).run("PRAGMA user_version = 1");
    Consumer(path()).restore(copy());
    EXPECT_THAT(store->facts().error().message(),
                AllOf(HasSubstr("of another version"), HasSubstr("restart")));
}

// 11.1: the log and its index stay, so that nobody needs the right to make them.
TEST_F(SqliteFence, AReaderNeedsNoRightToWriteAndNoDaemon) {
    if (::geteuid() != 0) GTEST_SKIP() << "needs another uid";
    constexpr gid_t readers = 54321;
    ASSERT_EQ(::chown(folder_.file("").c_str(), 0, readers), 0);
    ASSERT_EQ(::chmod(folder_.file("").c_str(), 02750), 0);
    const auto reads = [this] {
        const pid_t child = ::fork();
        if (child == 0) {
            if (::setgroups(0, nullptr) != 0 || ::setgid(readers) != 0 || ::setuid(54321) != 0) ::_exit(3);
            sqlite3* db = nullptr;
            sqlite3_stmt* statement = nullptr;
            const bool good =
                sqlite3_open_v2(path().c_str(), &db, SQLITE_OPEN_READWRITE, nullptr) == SQLITE_OK &&
                sqlite3_prepare_v2(db, "SELECT count(*) FROM v1_users", -1, &statement, nullptr) ==
                    SQLITE_OK &&
                sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_int(statement, 0) == 2;
            const bool writes = sqlite3_exec(db, "DELETE FROM users", nullptr, nullptr, nullptr) == SQLITE_OK;
            ::_exit(!good ? 1 : writes ? 2 : 0);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    };
    auto store = store_with_a_backup();
    EXPECT_EQ(reads(), 0) << "while the owner runs";
    store.reset();
    EXPECT_EQ(reads(), 0) << "after it has stopped";
    for (const auto* suffix : {"", "-wal", "-shm"}) {
        struct stat status {};
        ASSERT_EQ(::stat((path() + suffix).c_str(), &status), 0) << suffix;
        EXPECT_EQ(status.st_mode & 0777, 0640U) << suffix;
        EXPECT_EQ(status.st_gid, readers) << suffix;
    }
}

// What an older version left, or root copied into its place.
TEST_F(SqliteFence, AStoreTakesTheGroupOfItsFolder) {
    if (::geteuid() != 0) GTEST_SKIP() << "needs the right to give files away";
    store_with_a_backup().reset();
    ASSERT_EQ(::chown(folder_.file("").c_str(), 0, 54321), 0);
    ASSERT_EQ(::chmod(folder_.file("").c_str(), 02750), 0);
    open_store(path()).reset();
    for (const auto* suffix : {"", "-wal", "-shm", ".lock"}) {
        struct stat status {};
        ASSERT_EQ(::stat((path() + suffix).c_str(), &status), 0) << suffix;
        EXPECT_EQ(status.st_gid, 54321U) << suffix;
    }
}

sync::MirrorUpsert mirrored(Node node, sync::EntryKind kind, const std::string& dn) {
    sync::MirrorUpsert upsert;
    upsert.row.node = node;
    upsert.row.guid = guid_of_node(node);
    upsert.row.kind = kind;
    upsert.dn = dn;
    upsert.attributes = "packed";
    upsert.row.hash = sync::hash_of(upsert.row, upsert.dn, upsert.attributes);
    return upsert;
}

TEST_F(SqliteFence, ATextThatIsNotWhatWasWrittenIsNotHandedOut) {
    const auto store = open_store(path());
    sync::MirrorDelta delta;
    delta.upserts = {mirrored(1, sync::EntryKind::user, "CN=alice"),
                     mirrored(2, sync::EntryKind::user, "CN=bob"),
                     mirrored(3, sync::EntryKind::container, "OU=Staff"),
                     mirrored(4, sync::EntryKind::container, "OU=Sales")};
    sync::Commit commit;
    commit.mirror = &delta;
    commit.cursor = sync::Cursor{};
    commit.run.ended = noon;
    ASSERT_TRUE(store->commit(commit));
    Consumer(path()).run(
        "UPDATE mirror_objects SET attributes = x'7061636b6564ff' WHERE node = 1;"
        "UPDATE mirror_objects SET dn = 'OU=Stbff' WHERE node = 3");
    const auto texts = store->mirror_texts(std::vector<Node>{1, 2});
    ASSERT_TRUE(texts);
    EXPECT_TRUE(texts->at(0).damaged);
    EXPECT_EQ(texts->at(0).attributes, "");
    EXPECT_FALSE(texts->at(1).damaged);
    EXPECT_EQ(texts->at(1).attributes, "packed");
    LoadedState state;
    const auto facts = store->load(state);
    ASSERT_TRUE(facts);
    EXPECT_THAT(facts->damaged, ElementsAre(3U));
    EXPECT_THAT(state.containers, ElementsAre(std::pair<Node, std::string>(4, "OU=Sales")));
}

TEST_F(SqliteFence, ALookThroughASoundStoreEnds) {
    const auto store = store_with_a_backup();
    int parts = 0;
    for (;;) {
        const auto done = store->check_part(std::chrono::seconds(30));
        ASSERT_TRUE(done) << done.error().message();
        ++parts;
        if (*done) break;
    }
    EXPECT_GT(parts, 10);
    EXPECT_TRUE(store->commit(commit_of(one_user(3, "carol"), 0)));
}

TEST_F(SqliteFence, ALookThatRunsOutOfMemoryFoundNoDamage) {
    const auto store = store_with_a_backup();
    int failed = 0;
    for (std::int64_t more = 0; more < 300'000; more += 1000) {
        sqlite3_hard_heap_limit64(sqlite3_memory_used() + more);
        const bool looked = store->check_part(std::chrono::seconds(30)).has_value();
        sqlite3_hard_heap_limit64(0);
        failed += looked ? 0 : 1;
        ASSERT_TRUE(store->present()) << more << ": " << store->present().error().message();
    }
    EXPECT_GT(failed, 0);
    EXPECT_TRUE(store->commit(commit_of(one_user(3, "carol"), 0)));
}

TEST_F(SqliteFence, AfterDamageWasFoundNothingIsWritten) {
    {
        const auto store = open_store(path());
        sync::Plan plan;
        for (Node node = 1; node <= 500; ++node)
            plan.users.push_back(created(node, a_user(node, "user" + std::to_string(node))));
        ASSERT_TRUE(store->commit(commit_of(plan, 0)));
    }
    const int page =
        std::stoi(Consumer(path()).rows("SELECT max(pageno) FROM dbstat WHERE name = 'users'").at(0));
    {
        std::fstream file(path(), std::ios::in | std::ios::out | std::ios::binary);
        file.seekp((page - 1) * 4096L);
        file << std::string(4096, '\0');
    }
    const auto store = open_store(path());
    Result<bool> done = false;
    while (done && !*done) done = store->check_part(std::chrono::seconds(30));
    ASSERT_FALSE(done);
    EXPECT_THAT(done.error().message(),
                AllOf(HasSubstr("is damaged in users"), HasSubstr("restore a backup")));
    expect_lost(*store, "is damaged in users");
}

}  // namespace
}  // namespace dirsync::store::testing
