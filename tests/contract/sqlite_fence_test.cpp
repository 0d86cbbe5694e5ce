#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "tests/contract/fence_fixture.hpp"

// A store whose files somebody else touched (semantics 5.18), and who may read it (11.1).
namespace dirsync::store::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

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

}  // namespace
}  // namespace dirsync::store::testing
