#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include <sqlite3.h>

#include "store/memory/store.hpp"
#include "store/sqlite/store.hpp"
#include "tests/support/sync_bench.hpp"

// A store that changes behind the engine's back (semantics 5.18).
namespace dirsync::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class FenceTest : public ::testing::Test {
protected:
    void SetUp() override {
        std::string pattern = (std::filesystem::temp_directory_path() / "fenceXXXXXX").string();
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        folder = pattern;
        bench.emplace(open());
        staff = bench->directory.add(sync::EntryKind::container, "Staff").guid;
        bench->settings.scope.organizational_units.push_back(
            scope_name("OU=Staff,DC=corp,DC=example,DC=com"));
        for (const auto* name : {"alice", "bob", "carol"}) people[name] = add(name);
        bench->directory.follow(ModelDirectory::Following::dirsync);
        bench->cycle();
        ASSERT_THAT(bench->users(), SizeIs(3));
    }
    void TearDown() override {
        bench.reset();
        std::filesystem::remove_all(folder);
    }
    std::unique_ptr<sync::IdentityStore> open() {
        store::SqliteOptions options;
        options.path = path();
        options.look_lasts = {};
        auto opened = store::open_sqlite(options);
        EXPECT_TRUE(opened) << opened.error().message();
        return std::move(*opened);
    }
    std::string path() const { return (folder / "identity.db").string(); }
    ObjectGuid add(const std::string& name) {
        auto& user = bench->directory.add_user(name);
        user.parent = staff;
        user.attributes["mail"] = name + "@example.com";
        return user.guid;
    }
    ModelDirectory::Object& person(const std::string& name) {
        return bench->directory.object(people.at(name));
    }
    /// What another program does to the file.
    void sql(const std::string& statement) {
        sqlite3* db = nullptr;
        ASSERT_EQ(sqlite3_open(path().c_str(), &db), SQLITE_OK);
        char* message = nullptr;
        EXPECT_EQ(sqlite3_exec(db, statement.c_str(), nullptr, nullptr, &message), SQLITE_OK) << message;
        sqlite3_free(message);
        sqlite3_close(db);
    }
    std::string copy() const { return (folder / "copy.db").string(); }
    void take_copy() { sql("VACUUM INTO '" + copy() + "'"); }
    void restore_copy() {
        sqlite3* from = nullptr;
        sqlite3* to = nullptr;
        ASSERT_EQ(sqlite3_open(copy().c_str(), &from), SQLITE_OK);
        ASSERT_EQ(sqlite3_open(path().c_str(), &to), SQLITE_OK);
        auto* backup = sqlite3_backup_init(to, "main", from, "main");
        ASSERT_NE(backup, nullptr);
        EXPECT_EQ(sqlite3_backup_step(backup, -1), SQLITE_DONE);
        sqlite3_backup_finish(backup);
        sqlite3_close(from);
        sqlite3_close(to);
    }

    std::filesystem::path folder;
    std::optional<SyncBench> bench;
    ObjectGuid staff;
    std::map<std::string, ObjectGuid> people;
};

TEST_F(FenceTest, AStoreThatWasRestoredIsLoadedAnewAndMendedInOneCycle) {
    take_copy();
    for (const auto* name : {"dave", "erin"}) add(name);
    bench->cycle();
    bench->directory.remove(people["alice"]);
    bench->cycle();
    const auto wanted = bench->users();
    ASSERT_THAT(wanted, SizeIs(4));

    restore_copy();
    ASSERT_THAT(bench->users(), SizeIs(3));
    const auto report = bench->cycle();
    EXPECT_FALSE(report.error) << report.error->message();
    EXPECT_TRUE(report.reloaded);
    EXPECT_THAT(report.run.note, HasSubstr("loaded anew"));
    EXPECT_EQ(bench->users().size(), wanted.size());
    for (const auto& [name, row] : wanted) EXPECT_EQ(bench->users()[name]["user_id"], row.at("user_id"));
    EXPECT_FALSE(bench->cycle().reloaded);
    EXPECT_FALSE(bench->cycle(true).error);
    EXPECT_TRUE(bench->store().check_integrity());
}

TEST_F(FenceTest, APlanOnAStoreThatWasRestoredSaysWhatTheRunWillDo) {  // 5.4
    take_copy();
    add("dave");
    bench->cycle();
    restore_copy();
    const auto plan = bench->dry_run();
    EXPECT_TRUE(plan.reloaded);
    ASSERT_THAT(plan.lines, SizeIs(1));
    EXPECT_EQ(plan.lines[0].name, "dave@corp.example.com");
    bench->cycle();
    EXPECT_THAT(bench->users(), SizeIs(4));
}

TEST_F(FenceTest, WhatAPlanSawFirstTheNextRunSays) {  // 5.18
    take_copy();
    add("dave");
    bench->cycle();
    restore_copy();
    EXPECT_TRUE(bench->dry_run().reloaded);
    const auto report = bench->cycle();
    EXPECT_TRUE(report.reloaded);
    EXPECT_THAT(report.run.note, HasSubstr("loaded anew"));
    EXPECT_FALSE(bench->cycle().reloaded);
}

TEST_F(FenceTest, WhatARevertSawFirstTheNextRunSays) {  // 5.18
    take_copy();
    add("dave");
    bench->cycle();
    const auto run = bench->last_run_id();
    restore_copy();
    EXPECT_FALSE(bench->revert(run)) << "it is not in the copy";
    EXPECT_TRUE(bench->cycle().reloaded);
    EXPECT_FALSE(bench->cycle().reloaded);
}

TEST_F(FenceTest, WhatThisProcessRevertsIsNotSomebodyElses) {
    add("dave");
    bench->cycle();
    ASSERT_TRUE(bench->revert(bench->last_run_id()));
    EXPECT_FALSE(bench->cycle().reloaded);
}

TEST_F(FenceTest, WhatAdminsDoBesideTheMirrorIsNoReasonToLoadItAnew) {
    ASSERT_TRUE(bench->store().set_paused(bench->now, false, sync::run_of_admin("pause", {}, bench->now)));
    bench->cycle();
    ASSERT_TRUE(bench->store().set_paused(std::nullopt, false, sync::run_of_admin("resume", {}, bench->now)));
    ASSERT_TRUE(bench->store().record_run(sync::run_of_admin("reload", {}, bench->now)));
    EXPECT_FALSE(bench->cycle().reloaded);
    add("dave");
    EXPECT_FALSE(bench->cycle().reloaded);
    EXPECT_FALSE(bench->cycle(true).reloaded);
}

TEST_F(FenceTest, AStoreThatIsLostIsNeitherReadNorWritten) {
    std::filesystem::rename(path(), path() + ".away");
    add("dave");
    const auto asked = bench->directory.reads() + bench->directory.change_reads();
    const auto report = bench->cycle();
    ASSERT_TRUE(report.error);
    EXPECT_EQ(report.exit_code(false), 75);
    EXPECT_THAT(report.error->message(), HasSubstr("was deleted or moved away"));
    EXPECT_EQ(bench->directory.reads() + bench->directory.change_reads(), asked);
    EXPECT_FALSE(std::filesystem::exists(path()));
    std::filesystem::rename(path() + ".away", path());
    EXPECT_FALSE(bench->cycle().error);
    EXPECT_THAT(bench->users(), SizeIs(4));
}

TEST_F(FenceTest, ADamagedTextIsReadAnewBeforeItIsWrittenOverAGoodRow) {
    const auto before = bench->users();
    sql("UPDATE mirror_objects SET attributes = CAST(replace(CAST(attributes AS TEXT), 'bob@', 'b0b@') AS "
        "BLOB) "
        "WHERE instr(attributes, CAST('bob@' AS BLOB)) > 0");
    const auto report = bench->cycle(true);
    EXPECT_FALSE(report.error) << report.error->message();
    EXPECT_THAT(report.full_reason, HasSubstr("damaged"));
    EXPECT_THAT(report.scope_warnings, IsEmpty());
    EXPECT_EQ(report.changes, 0U);
    EXPECT_EQ(bench->users(), before);
    const auto again = bench->cycle(true);
    EXPECT_EQ(again.full_reason, "asked for") << "it is as it was written";
    EXPECT_EQ(bench->users(), before);
}

TEST_F(FenceTest, ADamagedTextThatNobodyCanReadAnewLeavesTheRowAsItIs) {
    const auto before = bench->users();
    sql("UPDATE mirror_objects SET attributes = x'ff' WHERE instr(attributes, CAST('bob@' AS BLOB)) > 0");
    person("bob").visible = false;
    const auto report = bench->cycle(true);
    EXPECT_FALSE(report.error) << report.error->message();
    EXPECT_THAT(report.scope_warnings, ::testing::Contains(HasSubstr("damaged in the store")));
    auto after = bench->users();
    ASSERT_THAT(after, SizeIs(3));
    EXPECT_EQ(after["bob@corp.example.com"]["status"], "ENABLED");
    EXPECT_EQ(after["bob@corp.example.com"]["email"], before.at("bob@corp.example.com").at("email"));
    person("bob").visible = true;
    bench->cycle(true);
    EXPECT_THAT(bench->cycle(true).scope_warnings, IsEmpty());
    EXPECT_EQ(bench->users()["bob@corp.example.com"]["scope"], "in");
}

TEST_F(FenceTest, ADamagedContainerIsReadAnewAtTheNextStart) {
    sql("UPDATE mirror_objects SET dn = 'OU=Stbff,DC=corp,DC=example,DC=com' WHERE kind = 3 AND dn LIKE "
        "'OU=Staff%'");
    bench->restart();
    add("dave");
    const auto report = bench->cycle();
    EXPECT_FALSE(report.error) << report.error->message();
    EXPECT_THAT(report.full_reason, HasSubstr("damaged"));
    EXPECT_THAT(bench->users(), SizeIs(4));
    EXPECT_THAT(bench->status().holds, IsEmpty());
    bench->restart();
    EXPECT_EQ(bench->cycle().full_reason, "");
}

// 5.12
TEST_F(FenceTest, TheRunThatAnApprovalLetsThroughNamesWhoGaveIt) {
    bench->settings.safety.remove_users = {1, 100};
    for (const auto* name : {"alice", "bob"}) bench->directory.remove(people[name]);
    const auto held = bench->cycle();
    ASSERT_THAT(held.holds, SizeIs(1));
    EXPECT_EQ(held.run.actor, "dirsyncd");
    auto approval = sync::run_of_admin("approve", {sync::host_user("alice"), "they left"}, bench->now);
    ASSERT_TRUE(bench->store().approve(held.holds[0].id, approval));
    bench->cycle();
    EXPECT_THAT(bench->users(), SizeIs(1));
    const auto run = bench->rows("v1_runs", "run_id").back();
    EXPECT_EQ(run.at("actor"), "alice");
    EXPECT_EQ(run.at("note"), "they left");
    EXPECT_EQ(run.at("hold_id"), held.holds[0].id);
}

// 5.18: what is missing keeps its damaged text, and the mark of it.
TEST_F(FenceTest, ADamagedTextOfSomebodyMissingIsNotTakenForSoundLater) {
    sql("UPDATE mirror_objects SET attributes = x'ff' WHERE instr(attributes, CAST('bob@' AS BLOB)) > 0");
    bench->restart();
    person("bob").visible = false;
    EXPECT_THAT(bench->cycle(true).scope_warnings, ::testing::Contains(HasSubstr("damaged in the store")));
    bench->restart();
    const auto report = bench->cycle();
    EXPECT_THAT(report.full_reason, HasSubstr("damaged"));
    EXPECT_THAT(report.scope_warnings, ::testing::Contains(HasSubstr("damaged in the store")));
}

// 5.8: what fails in a cycle that reads damaged objects anew is not tried again in that cycle.
TEST_F(FenceTest, RefusedCredentialsAreTriedOnceThoughObjectsAreDamaged) {
    sql("UPDATE mirror_objects SET dn = 'OU=Stbff,DC=corp,DC=example,DC=com' WHERE kind = 3 AND dn LIKE "
        "'OU=Staff%'");
    bench->restart();
    bench->directory.refuse(ErrorCode::invalid_credentials);
    const auto before = bench->directory.connects();
    EXPECT_TRUE(bench->cycle().error);
    EXPECT_EQ(bench->directory.connects(), before + 1);
}

// 5.4
TEST_F(FenceTest, APlanForgetsNoDamage) {
    sql("UPDATE mirror_objects SET dn = 'OU=Stbff,DC=corp,DC=example,DC=com' WHERE kind = 3 AND dn LIKE "
        "'OU=Staff%'");
    bench->restart();
    EXPECT_FALSE(bench->dry_run().error);
    EXPECT_THAT(bench->cycle().full_reason, HasSubstr("1 objects are damaged"));
    EXPECT_EQ(bench->cycle().full_reason, "");
}

}  // namespace
}  // namespace dirsync::testing
