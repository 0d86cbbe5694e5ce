#include <sys/stat.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "store/owner_lock.hpp"
#include "store/sqlite/file/store_watch.hpp"
#include "tests/contract/fence_fixture.hpp"

// Logs, copies and backups that come over an open store (semantics 5.18).
namespace dirsync::store::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

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

}  // namespace
}  // namespace dirsync::store::testing
