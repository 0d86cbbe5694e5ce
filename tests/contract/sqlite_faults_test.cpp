#include <grp.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "store_fixture.hpp"

namespace dirsync::store::testing {
namespace {

using ::testing::HasSubstr;

/// `count` users from `first` on, each a member of one group.
sync::Plan a_big_plan(Node first, Node count) {
    sync::Plan plan;
    const Node group = first + count;
    plan.groups.push_back(created(group, a_group(group, "group" + std::to_string(group))));
    for (Node node = first; node < first + count; ++node) {
        plan.users.push_back(created(node, a_user(node, "user" + std::to_string(node))));
        plan.memberships.push_back(member_added(group, node));
    }
    return plan;
}

sync::Commit with_cursor(const sync::Plan& plan, std::uint64_t generation) {
    sync::Commit commit = commit_of(plan, generation);
    commit.cursor.emplace();
    return commit;
}

void expect_whole(sync::IdentityStore& store) {
    const auto whole = store.check_integrity();
    EXPECT_TRUE(whole) << whole.error().message();
}

class SqliteFaults : public ::testing::Test {
protected:
    std::string path() const { return folder_.file("identity.db"); }
    TempFolder folder_;
};

// semantics 5.7: kill -9 at any moment of a commit leaves the old state or the new one.
TEST_F(SqliteFaults, AKilledCommitLeavesTheOldStateOrTheNew) {
    constexpr Node batch = 1500;
    int interrupted = 0;
    for (int round = 0; round < 12; ++round) {
        SCOPED_TRACE(round);
        std::uint64_t generation = 0;
        {
            const auto store = open_store(path());
            ASSERT_TRUE(store);
            expect_whole(*store);
            generation = store->facts()->cursor.generation;
            EXPECT_EQ(store->facts()->users, generation * batch);
            EXPECT_EQ(store->facts()->memberships, generation * batch);
        }
        const sync::Plan plan = a_big_plan(static_cast<Node>(generation) * (batch + 1), batch);
        int started[2];
        ASSERT_EQ(::pipe(started), 0);
        const pid_t child = ::fork();
        if (child == 0) {
            auto store = open_store(path());
            const char ready = 1;
            if (::write(started[1], &ready, 1) != 1) ::_exit(3);
            const auto done = store->commit(with_cursor(plan, generation));
            ::_exit(done ? 0 : 4);
        }
        char ready = 0;
        ASSERT_EQ(::read(started[0], &ready, 1), 1);
        std::this_thread::sleep_for(std::chrono::milliseconds(round * round));
        ::kill(child, SIGKILL);
        int status = 0;
        ::waitpid(child, &status, 0);
        ::close(started[0]);
        ::close(started[1]);
        if (WIFSIGNALED(status))
            ++interrupted;
        else
            EXPECT_EQ(WEXITSTATUS(status), 0);
    }
    EXPECT_GT(interrupted, 0);
    const auto store = open_store(path());
    expect_whole(*store);
    EXPECT_EQ(store->facts()->users, store->facts()->cursor.generation * batch);
}

// A full disk, by a limit on the size of the file: the commit fails whole, says what to do, and the next one
// works.
TEST_F(SqliteFaults, AFullDiskStopsTheCommitWhole) {
    const sync::Plan small = a_big_plan(0, 10);
    const sync::Plan big = a_big_plan(100, 5000);
    {
        SqliteOptions options;
        options.path = path();
        options.max_pages = 120;
        const auto store = std::move(*open_sqlite(options));
        ASSERT_TRUE(store->commit(with_cursor(small, 0)));
        const auto full = store->commit(with_cursor(big, 1));
        ASSERT_FALSE(full);
        EXPECT_EQ(full.error().code(), ErrorCode::store_unavailable);
        EXPECT_THAT(full.error().message(), HasSubstr("disk is full; free space"));
        EXPECT_THAT(full.error().message(), HasSubstr(path()));
        EXPECT_EQ(store->facts()->users, 10U);
        expect_whole(*store);
        sync::Plan removal;
        removal.users = {removed(1, a_user(1, "user1"))};
        EXPECT_TRUE(store->commit(with_cursor(removal, 1)));
    }
    const auto store = open_store(path());
    EXPECT_TRUE(store->commit(with_cursor(big, 2)));
    EXPECT_EQ(store->facts()->users, 5009U);
    expect_whole(*store);
}

// The operating system refuses to write on (here: a limit of the process) in the middle of the log.
TEST_F(SqliteFaults, AWriteThatTheSystemRefusesIsUndone) {
    open_store(path()).reset();
    const pid_t child = ::fork();
    if (child == 0) {
        ::signal(SIGXFSZ, SIG_IGN);
        auto store = open_store(path());
        const rlimit limit{400'000, 400'000};
        ::setrlimit(RLIMIT_FSIZE, &limit);
        const sync::Plan big = a_big_plan(100, 5000);
        const auto refused = store->commit(with_cursor(big, 0));
        if (refused) ::_exit(1);
        if (refused.error().code() != ErrorCode::store_unavailable) ::_exit(2);
        if (store->facts()->users != 0 || !store->check_integrity()) ::_exit(3);
        const sync::Plan small = a_big_plan(0, 3);
        ::_exit(store->commit(with_cursor(small, 0)) ? 0 : 4);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0);
    const auto store = open_store(path());
    EXPECT_EQ(store->facts()->users, 3U);
    expect_whole(*store);
}

// Without the right to write, a store is not opened at all.
TEST_F(SqliteFaults, AReadOnlyFileIsRefused) {
    open_store(path()).reset();
    std::filesystem::permissions(folder_.file("."), std::filesystem::perms::all);
    ::chmod(path().c_str(), 0444);
    ::chmod((path() + ".lock").c_str(), 0666);
    const pid_t child = ::fork();
    if (child == 0) {
        constexpr uid_t nobody = 65534;
        if (::geteuid() == 0 &&
            (::setgroups(0, nullptr) != 0 || ::setgid(nobody) != 0 || ::setuid(nobody) != 0)) {
            ::_exit(5);
        }
        SqliteOptions options;
        options.path = path();
        const auto opened = open_sqlite(options);
        if (opened) ::_exit(1);
        if (opened.error().code() != ErrorCode::store_unavailable) ::_exit(2);
        ::_exit(opened.error().message().find("read-only") == std::string::npos ? 3 : 0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

// Somebody else writes to the file for too long.
TEST_F(SqliteFaults, AForeignLockIsReported) {
    SqliteOptions options;
    options.path = path();
    options.busy_timeout = std::chrono::milliseconds(20);
    const auto store = std::move(*open_sqlite(options));
    sqlite3* other = nullptr;
    ASSERT_EQ(sqlite3_open(path().c_str(), &other), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
    const sync::Plan plan = a_big_plan(0, 2);
    const auto refused = store->commit(with_cursor(plan, 0));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::store_unavailable);
    EXPECT_THAT(refused.error().message(), HasSubstr("locked by another program"));
    EXPECT_TRUE(store->facts()) << "reading goes on";
    sqlite3_exec(other, "ROLLBACK", nullptr, nullptr, nullptr);
    sqlite3_close(other);
    EXPECT_TRUE(store->commit(with_cursor(plan, 0)));
}

// After a large commit the log is cut, also when a reader delayed it.
TEST_F(SqliteFaults, TheLogDoesNotStayLarge) {
    const auto store = open_store(path());
    ASSERT_TRUE(store);
    sqlite3* reader = nullptr;
    ASSERT_EQ(sqlite3_open(path().c_str(), &reader), SQLITE_OK);
    sqlite3_exec(reader, "BEGIN; SELECT * FROM v1_users", nullptr, nullptr, nullptr);
    sync::MirrorDelta delta;
    for (Node node = 0; node < 20'000; ++node) {
        sync::MirrorUpsert upsert;
        upsert.row.node = node;
        upsert.row.guid = guid_of_node(node);
        upsert.attributes = std::string(4000, 'x');
        delta.upserts.push_back(std::move(upsert));
    }
    sync::Commit commit;
    commit.cursor.emplace();
    commit.mirror = &delta;
    commit.run.ended = noon;
    ASSERT_TRUE(store->commit(commit));
    EXPECT_GT(std::filesystem::file_size(path() + "-wal"), 64U << 20) << "the reader is in the way";
    sqlite3_exec(reader, "COMMIT", nullptr, nullptr, nullptr);
    sqlite3_close(reader);
    sync::Plan plan = a_big_plan(30'000, 2);
    ASSERT_TRUE(store->commit(with_cursor(plan, 1)));
    EXPECT_LE(std::filesystem::file_size(path() + "-wal"), 64U << 20);
    expect_whole(*store);
}

}  // namespace
}  // namespace dirsync::store::testing
