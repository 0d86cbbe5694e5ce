#include <gtest/gtest.h>

#include "tests/engine/revert/revert_fixture.hpp"

namespace dirsync::testing {
namespace {

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

// semantics 5.10: what a later run wrote is left alone, though it is the same value again.
TEST_P(Revert, WhatALaterRunDecidedAgainIsLeftAlone) {
    ad.object(alice).disabled = true;
    ad.object(team).members.erase(bob);
    bench.cycle();
    const auto first = bench.last_run_id();
    ad.object(alice).disabled = false;
    ad.object(team).members.insert(bob);
    bench.cycle();
    ad.object(alice).disabled = true;
    ad.object(team).members.erase(bob);
    bench.cycle();
    const auto last = bench.last_run_id();
    const auto now = picture();
    const auto report = bench.revert(first);
    ASSERT_TRUE(report.has_value());
    EXPECT_FALSE(report->wrote);
    EXPECT_EQ(report->not_restored.size(), 2u);
    EXPECT_EQ(picture(), now);
    // From the last one backwards each of them can be taken back.
    ASSERT_TRUE(bench.revert(last)->wrote);
    EXPECT_EQ(picture(), before);
}

TEST_P(Revert, OneRunAfterAnotherIsTakenBack) {
    ad.object(alice).disabled = true;
    bench.cycle();
    const auto first = bench.last_run_id();
    ad.remove(alice);
    bench.cycle();
    revert_last();
    const auto report = bench.revert(first);
    ASSERT_TRUE(report.has_value());
    EXPECT_TRUE(report->wrote);
    EXPECT_EQ(picture(), before);
}

// semantics 5.10: only the very change that was undone is held. Another reason is another change.
TEST_P(Revert, ALeaverIsDisabledForAnotherReasonAtOnce) {
    ad.object(alice).expires = bench.now.time_since_epoch().count() - 60;
    bench.cycle();
    ASSERT_EQ(bench.users().at(at("alice"))["status"], "DISABLED");
    revert_last();
    ASSERT_EQ(bench.users().at(at("alice"))["status"], "ENABLED");
    EXPECT_EQ(bench.cycle().holds.size(), 1u);
    ad.object(alice).disabled = true;
    for (const bool full : {false, true}) {
        EXPECT_TRUE(bench.cycle(full).holds.empty());
        EXPECT_EQ(bench.users().at(at("alice"))["status"], "DISABLED");
    }
    expect_settled();
}

INSTANTIATE_TEST_SUITE_P(Stores, Revert, ::testing::Values(Backend::memory, Backend::sqlite), name_of);

}  // namespace
}  // namespace dirsync::testing
