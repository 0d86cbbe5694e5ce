#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>

#include "model/admin_store.hpp"
#include "store/memory/store.hpp"
#include "store/sqlite/store.hpp"
#include "tests/support/sync_bench.hpp"

namespace dirsync::testing {
namespace {

using Pairs = std::set<std::pair<std::string, std::string>>;

std::string at(const std::string& name) { return name + "@corp.example.com"; }

enum class Backend { memory, sqlite };

/// A synced domain: `staff` with alice and bob, `team` with bob.
class Revert : public ::testing::TestWithParam<Backend> {
protected:
    Revert() {
        staff = ad.add_group("staff").guid;
        team = ad.add_group("team").guid;
        alice = ad.add_user("alice").guid;
        bob = ad.add_user("bob").guid;
        ad.object(staff).members = {alice, bob};
        ad.object(team).members = {bob};
        bench.settings.scope.groups = {scope_name(at("staff")), scope_name(at("team"))};
        EXPECT_TRUE(bench.cycle().wrote);
        before = picture();
    }
    ~Revert() override {
        EXPECT_TRUE(bench.store().check_integrity().has_value());
        std::error_code ignored;
        if (!folder.empty()) std::filesystem::remove_all(folder, ignored);
    }

    /// All rows and memberships as consumers see them, without the times of writing.
    struct Picture {
        std::map<std::string, SyncBench::Row> users, groups;
        Pairs memberships;
        bool operator==(const Picture&) const = default;
    };
    Picture picture() {
        Picture all{bench.users(), bench.groups(), bench.memberships()};
        for (auto* rows : {&all.users, &all.groups}) {
            for (auto& [name, row] : *rows) {
                for (const auto* column : {"created_at", "updated_at", "revision"}) row.erase(column);
            }
        }
        return all;
    }
    /// Takes the latest run back and expects nothing to be left over.
    void revert_last() {
        const auto report = bench.revert(bench.last_run_id());
        ASSERT_TRUE(report.has_value()) << report.error().message();
        EXPECT_TRUE(report->wrote);
        EXPECT_TRUE(report->not_restored.empty()) << report->not_restored.front().why;
    }
    /// Cycles of every kind hold what came back: one hold, and nothing is written but the hold.
    std::string expect_held(std::size_t objects) {
        const auto kept = picture();
        std::string id;
        for (const bool full : {false, true, false}) {
            const auto report = bench.cycle(full);
            EXPECT_EQ(report.exit_code(false), 3);
            EXPECT_EQ(report.changes, 0u);
            if (report.holds.size() != 1u) {
                ADD_FAILURE() << report.holds.size() << " holds";
                return "";
            }
            EXPECT_EQ(report.holds[0].hold, sync::HoldClass::reverted);
            EXPECT_EQ(report.holds[0].objects.size(), objects);
            EXPECT_TRUE(id.empty() || id == report.holds[0].id) << "the id of a hold stays";
            id = report.holds[0].id;
            EXPECT_EQ(picture(), kept);
        }
        bench.restart();
        EXPECT_EQ(bench.cycle().changes, 0u);
        EXPECT_EQ(picture(), kept);
        return id;
    }
    void expect_settled() {
        EXPECT_TRUE(bench.status().holds.empty());
        const auto facts = bench.store().facts();
        EXPECT_TRUE(facts.has_value() && facts->reverted.empty());
        EXPECT_FALSE(bench.cycle(true).wrote);
    }

    std::filesystem::path folder;
    SyncBench bench{GetParam() == Backend::memory ? store::make_memory_store() : sqlite()};
    ModelDirectory& ad = bench.directory;
    ObjectGuid staff, team, alice, bob;
    Picture before;

private:
    std::unique_ptr<sync::IdentityStore> sqlite() {
        std::string name = (std::filesystem::temp_directory_path() / "dirsync-revert-XXXXXX").string();
        folder = ::mkdtemp(name.data());
        store::SqliteOptions options;
        options.path = folder / "identity.db";
        auto opened = store::open_sqlite(options);
        EXPECT_TRUE(opened.has_value()) << opened.error().message();
        return std::move(*opened);
    }
};

// semantics 5.10: a deleted user comes back with its id and memberships; the next cycles leave it there.
TEST_P(Revert, ADeletionIsHeldUntilItIsApproved) {
    ad.remove(alice);
    EXPECT_EQ(bench.cycle().changes, 1u);
    EXPECT_FALSE(bench.users().contains(at("alice")));
    revert_last();
    EXPECT_EQ(picture(), before);
    const auto id = expect_held(1);
    EXPECT_EQ(bench.status().holds.at(0).sample, std::vector<std::string>{at("alice")});
    EXPECT_EQ(bench.cycle(false, {id}).exit_code(false), 0);
    EXPECT_FALSE(bench.users().contains(at("alice")));
    EXPECT_EQ(bench.memberships(), (Pairs{{at("staff"), at("bob")}, {at("team"), at("bob")}}));
    expect_settled();
}

// semantics 4.3, 5.10: undeleted in AD, the row goes on with its id and the hold is over.
TEST_P(Revert, ADeletionThatIsUndoneInTheDirectoryIsSettled) {
    const auto object = ad.object(alice);
    ad.remove(alice);
    bench.cycle();
    revert_last();
    expect_held(1);
    ad.undelete(object);
    ad.object(staff).members.insert(alice);
    ad.object(alice).attributes["givenName"] = "Alice";
    EXPECT_EQ(bench.cycle().exit_code(false), 0);
    EXPECT_EQ(bench.users().at(at("alice"))["user_id"], before.users.at(at("alice")).at("user_id"));
    EXPECT_EQ(bench.users().at(at("alice"))["given_name"], "Alice");
    EXPECT_EQ(bench.memberships(), before.memberships);
    expect_settled();
    // It is an object like any other again.
    ad.remove(alice);
    EXPECT_EQ(bench.cycle().exit_code(false), 0);
    EXPECT_FALSE(bench.users().contains(at("alice")));
}

// An object that comes back without its links: the memberships that the revert restored are held themselves.
TEST_P(Revert, MembershipsOfAnUndeletedUserAreHeldUntilApproved) {
    const auto object = ad.object(alice);
    ad.remove(alice);
    bench.cycle();
    revert_last();
    expect_held(1);
    ad.undelete(object);
    bench.settings.scope.users = {scope_name(at("alice"))};
    bench.cycle();
    EXPECT_EQ(bench.memberships(), before.memberships);
    const auto id = expect_held(1);
    bench.cycle(false, {id});
    EXPECT_EQ(bench.memberships(), (Pairs{{at("staff"), at("bob")}, {at("team"), at("bob")}}));
    expect_settled();
}

TEST_P(Revert, ADisablingIsHeldAndOtherChangesGoThrough) {  // semantics 5.10
    ad.object(alice).disabled = true;
    bench.cycle();
    EXPECT_EQ(bench.users().at(at("alice"))["status"], "DISABLED");
    revert_last();
    EXPECT_EQ(picture(), before);
    const auto id = expect_held(1);
    ad.object(alice).attributes["displayName"] = "Alice A.";
    bench.cycle();
    EXPECT_EQ(bench.users().at(at("alice"))["display_name"], "Alice A.");
    EXPECT_EQ(bench.users().at(at("alice"))["status"], "ENABLED");
    // Somebody else who leaves is not held back by it (5.3).
    ad.object(bob).disabled = true;
    bench.cycle();
    EXPECT_EQ(bench.users().at(at("bob"))["status"], "DISABLED");
    bench.cycle(false, {id});
    EXPECT_EQ(bench.users().at(at("alice"))["status"], "DISABLED");
    expect_settled();
}

TEST_P(Revert, WhatWasUndoneDoesNotComeBackWithWhoCannotBeSeen) {  // semantics 5.2, 5.10
    ad.object(alice).attributes["displayName"] = "Alice A.";
    bench.cycle();
    revert_last();
    ad.object(alice).visible = false;
    bench.cycle(true);
    EXPECT_EQ(bench.users().at(at("alice"))["display_name"], "alice");
    ad.object(alice).visible = true;
    bench.cycle(true);
    EXPECT_EQ(bench.users().at(at("alice"))["display_name"], "alice");
    expect_held(1);
}

TEST_P(Revert, ADisablingThatTheDirectoryTakesBackIsSettled) {
    ad.object(alice).disabled = true;
    bench.cycle();
    revert_last();
    expect_held(1);
    ad.object(alice).disabled = false;
    bench.cycle();
    expect_settled();
    ad.object(alice).disabled = true;
    EXPECT_EQ(bench.cycle().exit_code(false), 0);
    EXPECT_EQ(bench.users().at(at("alice"))["status"], "DISABLED");
}

TEST_P(Revert, ARenameIsHeldButAnotherNameIsANewChange) {  // semantics 5.10
    ad.object(alice).name = "alicia";
    bench.cycle();
    EXPECT_TRUE(bench.users().contains(at("alicia")));
    revert_last();
    EXPECT_EQ(picture(), before);
    expect_held(1);
    ad.object(alice).name = "alexandra";
    EXPECT_EQ(bench.cycle().exit_code(false), 0);
    EXPECT_TRUE(bench.users().contains(at("alexandra")));
    expect_settled();
}

TEST_P(Revert, MembershipsAreHeldBothWays) {  // semantics 5.10
    ad.object(staff).members = {bob};
    ad.object(team).members = {alice, bob};
    bench.cycle();
    revert_last();
    EXPECT_EQ(picture(), before);
    const auto id = expect_held(2);
    bench.cycle(false, {id});
    EXPECT_EQ(bench.memberships(),
              (Pairs{{at("staff"), at("bob")}, {at("team"), at("alice")}, {at("team"), at("bob")}}));
    expect_settled();
}

TEST_P(Revert, AGroupComesBackWithItsIdAndMembers) {  // semantics 5.10
    const auto object = ad.object(staff);
    ad.remove(staff);
    bench.cycle();
    EXPECT_FALSE(bench.groups().contains(at("staff")));
    EXPECT_EQ(bench.users().at(at("alice"))["scope"], "out");
    revert_last();
    EXPECT_EQ(bench.memberships(), before.memberships);
    EXPECT_EQ(bench.groups().at(at("staff"))["group_id"], before.groups.at(at("staff")).at("group_id"));
    bench.cycle();
    ASSERT_EQ(bench.status().holds.size(), 1u);
    EXPECT_EQ(bench.memberships(), before.memberships);
    bench.cycle(true);
    EXPECT_EQ(bench.memberships(), before.memberships);
    ad.undelete(object);
    ad.object(staff).members = {alice, bob};
    bench.cycle();
    EXPECT_EQ(picture(), before);
    expect_settled();
}

TEST_P(Revert, AFirstSyncIsUndoneAndDoesNotComeBackByItself) {  // semantics 5.10
    revert_last();
    EXPECT_TRUE(bench.users().empty());
    EXPECT_TRUE(bench.groups().empty());
    EXPECT_TRUE(bench.memberships().empty());
    const auto id = expect_held(4);
    bench.cycle(false, {id});
    EXPECT_EQ(picture(), before);
    expect_settled();
}

TEST_P(Revert, ARevertIsARunThatCanBeReverted) {  // semantics 5.10
    ad.object(alice).name = "alicia";
    ad.remove(bob);
    bench.cycle();
    const auto applied = picture();
    revert_last();
    const auto run = bench.rows("v1_runs", "run_id").back();
    EXPECT_EQ(run.at("kind"), "admin");
    EXPECT_EQ(run.at("trigger"), "revert");
    for (const auto& line : bench.rows("v1_changes", "seq")) {
        if (line.at("run_id") == run.at("run_id")) {
            EXPECT_EQ(line.at("reason"), "a run was reverted");
        }
    }
    revert_last();
    EXPECT_EQ(picture(), applied);
    EXPECT_EQ(bench.cycle().exit_code(false), 0);
    EXPECT_EQ(picture(), applied);
    expect_settled();
}

TEST_P(Revert, TwiceIsOnceAndAnUnknownRunIsSaid) {
    ad.remove(alice);
    bench.cycle();
    const auto id = bench.last_run_id();
    EXPECT_TRUE(bench.revert(id)->wrote);
    const auto again = bench.revert(id);
    ASSERT_TRUE(again.has_value());
    EXPECT_FALSE(again->wrote);
    EXPECT_TRUE(again->not_restored.empty());
    const auto unknown = bench.revert("0190aaaa-0000-7000-8000-000000000000");
    ASSERT_FALSE(unknown.has_value());
    EXPECT_EQ(unknown.error().code(), ErrorCode::not_found);
}

TEST_P(Revert, ADryRunWritesNothingAndSaysWhatTheRevertWillWrite) {  // semantics 5.4
    ad.remove(alice);
    bench.cycle();
    const auto id = bench.last_run_id();
    const auto applied = picture();
    const auto lines = bench.rows("v1_changes").size();
    const auto dry = bench.revert(id, true);
    ASSERT_TRUE(dry.has_value());
    EXPECT_EQ(picture(), applied);
    EXPECT_EQ(bench.rows("v1_changes").size(), lines);
    ASSERT_EQ(dry->lines.size(), 2u);
    ASSERT_TRUE(bench.revert(id)->wrote);
    const auto written = bench.rows("v1_changes", "seq");
    ASSERT_EQ(written.size(), lines + 2);
    for (std::size_t i = 0; i < 2; ++i) {
        EXPECT_EQ(written[lines + i].at("action"), text_of(dry->lines[i].action));
        EXPECT_EQ(written[lines + i].at("object_id"), dry->lines[i].object_id);
        EXPECT_EQ(written[lines + i].at("after"), dry->lines[i].after);
    }
}

TEST_P(Revert, WhatCannotBeRestoredIsSaid) {  // semantics 5.10
    ad.object(alice).name = "alicia";
    ad.object(bob).attributes["displayName"] = "Bob B.";
    const auto carol = ad.add_user("carol").guid;
    ad.object(staff).members.insert(carol);
    bench.cycle();
    const auto id = bench.last_run_id();
    // Later: the name is taken, one row changes again, another one goes, a member's row does too.
    const auto other = ad.add_user("alice").guid;
    ad.object(staff).members.insert(other);
    ad.object(bob).attributes["displayName"] = "Bobby";
    ad.object(carol).attributes["displayName"] = "Carol C.";
    bench.cycle();
    const auto later = picture();
    const auto report = bench.revert(id);
    ASSERT_TRUE(report.has_value());
    std::map<std::string, std::string> why;
    for (const auto& line : report->not_restored) why[line.name] = line.why;
    EXPECT_EQ(why.at(at("alice")), "userName 'alice@corp.example.com' belongs to somebody else by now");
    EXPECT_EQ(why.at(at("bob")), "it was changed again by a later run: display_name");
    EXPECT_EQ(why.at(at("carol")), "it was changed again by a later run: revert that one first");
    EXPECT_EQ(why.size(), 3u);
    auto expected = later;
    expected.memberships.erase({at("staff"), at("carol")});
    EXPECT_EQ(picture(), expected);
}

TEST_P(Revert, AMembershipOfSomebodyWhoIsGoneIsSaid) {  // semantics 5.10
    ad.object(staff).members = {bob};
    bench.cycle();
    const auto id = bench.last_run_id();
    ad.remove(alice);
    bench.cycle();
    const auto report = bench.revert(id);
    ASSERT_TRUE(report.has_value());
    ASSERT_EQ(report->not_restored.size(), 2u);
    EXPECT_EQ(report->not_restored[0].why, "it is not in the store any more");
    EXPECT_EQ(report->not_restored[1].why, "the member 'alice@corp.example.com' is not in the store");
    EXPECT_FALSE(report->wrote);
}

TEST_P(Revert, RunsFromBeforeAChangeOfSourceAreRefused) {  // semantics 1.3, 5.10
    const auto id = bench.last_run_id();
    auto source = bench.store().facts()->source;
    source.since = bench.now + Duration(60);
    ASSERT_TRUE(bench.store().set_source(source).has_value());
    const auto report = bench.revert(id);
    ASSERT_FALSE(report.has_value());
    EXPECT_EQ(report.error().code(), ErrorCode::refused);
    EXPECT_EQ(picture(), before);
}

TEST_P(Revert, AssignmentsAndPermissionSetsComeBackAndGo) {  // semantics 5.10
    const RowId set_id = random_row_id();
    const RowId assignment_id = random_row_id();
    const auto alice_id = *parse<RowId>(bench.users().at(at("alice"))["user_id"]);
    const auto edit = [&](sync::Action action) {
        sync::AdminPlan plan;
        plan.permission_sets = {{action, {set_id, "ReadOnly", "looks only"}}};
        plan.assignments = {{action,
                             {assignment_id, sync::PrincipalType::user, alice_id, set_id, "billing"},
                             at("alice"),
                             "ReadOnly"}};
        const sync::AdminStore::Decide decide = [&plan](const sync::AdminFacts&) -> Result<sync::AdminPlan> {
            return plan;
        };
        sync::RunRecord run;
        run.kind = sync::RunKind::admin;
        run.trigger = "admin";
        run.ended = bench.now;
        const auto done = bench.store().admin().edit({}, decide, run);
        ASSERT_TRUE(done.has_value()) << done.error().message();
    };
    const auto names = [&](const std::string& view, const std::string& column) {
        std::vector<std::string> list;
        for (auto& row : bench.rows(view)) list.push_back(row[column]);
        return list;
    };
    using List = std::vector<std::string>;
    edit(sync::Action::create);
    const auto assigned = bench.last_run_id();
    edit(sync::Action::remove);
    const auto removed = bench.last_run_id();
    EXPECT_TRUE(names("v1_assignments", "target").empty());
    EXPECT_EQ(bench.revert(removed, true)->lines.size(), 2u);
    revert_last();
    EXPECT_EQ(names("v1_assignments", "assignment_id"), List{to_text(assignment_id)});
    EXPECT_EQ(names("v1_permission_sets", "description"), List{"looks only"});
    EXPECT_FALSE(bench.revert(removed)->wrote);
    ASSERT_TRUE(bench.revert(assigned)->wrote);
    EXPECT_TRUE(names("v1_assignments", "target").empty());
    EXPECT_TRUE(names("v1_permission_sets", "name").empty());
    EXPECT_EQ(picture(), before);
    // semantics 5.12: two edits, then what took each of them back.
    List reasons;
    for (auto& line : bench.rows("v1_changes", "seq")) {
        if (line["object_type"] == "ASSIGNMENT") reasons.push_back(line["reason"]);
    }
    EXPECT_EQ(reasons, (List{"by an admin", "by an admin", "a run was reverted", "a run was reverted"}));
}

INSTANTIATE_TEST_SUITE_P(Stores, Revert, ::testing::Values(Backend::memory, Backend::sqlite),
                         [](const auto& instance) {
                             return instance.param == Backend::memory ? "memory" : "sqlite";
                         });

}  // namespace
}  // namespace dirsync::testing
