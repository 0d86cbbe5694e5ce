#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/memory/store.hpp"
#include "tests/support/sync_bench.hpp"

// What counts as evidence, and for whom: cases that the simulation found.
namespace dirsync::testing {
namespace {

using Pairs = std::set<std::pair<std::string, std::string>>;
using Following = ModelDirectory::Following;
constexpr Duration day{86400};

std::string at(const std::string& name) { return name + "@corp.example.com"; }

class Evidence : public ::testing::Test {
protected:
    SyncBench bench{store::make_memory_store()};
    ModelDirectory& ad = bench.directory;

    Evidence() { ad.follow(Following::dirsync); }
    void scope_group(const std::string& name) { bench.settings.scope.groups.push_back(scope_name(at(name))); }
    /// Two GUIDs: a user, and the group of the scope that lists the user.
    std::pair<ObjectGuid, ObjectGuid> bob_in_team() {
        const auto bob = ad.add_user("bob").guid;
        const auto team = ad.add_group("team").guid;
        ad.object(team).members = {bob};
        scope_group("team");
        return {bob, team};
    }
    void limit_removals(std::uint64_t most) {
        bench.settings.safety.remove_users.count = most;
        bench.settings.safety.remove_memberships.count = most;
    }
};

TEST_F(Evidence, WhoWasDeletedAndIsBackStaysInAGroupThatCannotBeSeen) {  // semantics 4.3, 5.2
    const auto [bob, team] = bob_in_team();
    bench.cycle();
    const auto before = ad.object(bob);
    ad.object(team).visible = false;
    ad.remove(bob);
    ad.undelete(before);
    bench.cycle();
    EXPECT_TRUE(bench.memberships().contains({at("team"), at("bob")}));
    ad.object(team).visible = true;
    bench.cycle(true);
    EXPECT_FALSE(bench.memberships().contains({at("team"), at("bob")}));
}

TEST_F(Evidence, ALookUpThatShowsALostMemberAsksForThatMember) {  // semantics 5.1, 5.2
    const auto [bob, team] = bob_in_team();
    bench.cycle();
    ad.object(team).visible = false;
    bench.cycle(true);
    // Hidden while the team was, and told by nobody; the team's list lacks whom the account cannot see.
    ad.object(bob).visible = false;
    ad.object(team).visible = true;
    bench.cycle();
    EXPECT_TRUE(bench.memberships().contains({at("team"), at("bob")}));
    EXPECT_EQ(bench.users().at(at("bob"))["scope"], "held");
}

TEST_F(Evidence, NobodyGetsARowWithoutBeingSeen) {  // semantics 5.2
    const auto bob = ad.add_user("bob").guid;
    scope_group("team");
    ad.add_group("team");
    bench.cycle();
    ad.object(bob).visible = false;
    bench.cycle(true);
    bench.settings.scope.users.push_back(scope_name("guid:" + to_text(bob)));
    bench.cycle();
    EXPECT_FALSE(bench.users().contains(at("bob")));
    ad.object(bob).visible = true;
    bench.cycle();
    EXPECT_EQ(bench.users().at(at("bob"))["scope"], "in");
}

TEST_F(Evidence, WhoWasGivenUpAndIsSeenAgainHasItsMembershipsAgain) {  // semantics 5.2
    const auto [bob, team] = bob_in_team();
    bench.cycle();
    ad.object(bob).visible = false;
    const auto held = bench.cycle(true);
    ASSERT_EQ(held.holds.size(), 1u);
    bench.cycle(false, {held.holds[0].id});
    EXPECT_FALSE(bench.users().contains(at("bob")));
    bench.restart();
    EXPECT_TRUE(bench.cycle(true).holds.empty());
    ad.object(bob).visible = true;
    bench.cycle();
    EXPECT_EQ(ad.reads(), 3u) << "by a read of changes";
    EXPECT_TRUE(bench.memberships().contains({at("team"), at("bob")}));
    // Now it is proved.
    ad.remove(bob);
    bench.cycle();
    EXPECT_FALSE(bench.users().contains(at("bob")));
    EXPECT_EQ(bench.dry_run(true).changes, 0u);
}

TEST_F(Evidence, TheHoldOfAnEmptyingStaysAndCanBeApproved) {  // semantics 4.4, 5.3
    const auto bob = ad.add_user("bob").guid;
    const auto inner = ad.add_group("inner").guid;
    ad.object(inner).members = {bob};
    ad.add_group("outer").members = {inner, bob};
    scope_group("outer");
    bench.cycle();
    ad.find("outer")->members.erase(inner);
    bench.cycle();
    limit_removals(0);
    bench.now += 29 * day;
    const auto held = bench.cycle();
    ASSERT_EQ(held.holds.size(), 1u);
    EXPECT_EQ(held.holds[0].hold, sync::HoldClass::remove_memberships);
    ad.add_user("carol");
    ASSERT_EQ(bench.cycle().holds.size(), 1u);
    EXPECT_TRUE(bench.cycle(false, {held.holds[0].id}).holds.empty());
    EXPECT_EQ(bench.memberships(), (Pairs{{at("outer"), at("bob")}}));
    EXPECT_EQ(ad.reads(), 1u) << "by reads of changes";
}

TEST_F(Evidence, ARemovalThatIsHeldHoldsNoDisabling) {  // semantics 4.4, 5.3
    const auto [bob, team] = bob_in_team();
    bench.settings.lifecycle.delete_after = 28 * day;
    bench.cycle();
    ad.object(team).members.clear();
    bench.cycle();
    limit_removals(0);
    bench.now += 30 * day;
    const auto held = bench.cycle();
    ASSERT_EQ(held.holds.size(), 1u);
    EXPECT_EQ(held.holds[0].hold, sync::HoldClass::remove_users);
    EXPECT_EQ(bench.users().at(at("bob"))["status"], "DISABLED");
    bench.cycle(false, {held.holds[0].id});
    EXPECT_FALSE(bench.users().contains(at("bob")));
}

TEST_F(Evidence, WhoseContainerIsNotToldIsPlacedOnceItIs) {  // semantics 2.2
    const auto sales = ad.add(sync::EntryKind::container, "sales").guid;
    bench.settings.scope.organizational_units.push_back(scope_name("guid:" + to_text(sales)));
    bench.cycle();
    // Its new name is told after the user below it, who comes under that name.
    ad.object(sales).name = "selling";
    ad.object(sales).visible = false;
    ad.add_user("bob").parent = sales;
    bench.cycle();
    EXPECT_FALSE(bench.users().contains(at("bob")));
    ad.object(sales).visible = true;
    bench.cycle();
    EXPECT_EQ(ad.reads(), 1u) << "by reads of changes";
    EXPECT_EQ(bench.users().at(at("bob"))["scope"], "in");
    EXPECT_EQ(bench.dry_run(true).changes, 0u);
}

TEST_F(Evidence, WhoMayBeBelowAHiddenContainerOfTheScopeStays) {  // semantics 4.4, 5.2
    const auto sales = ad.add(sync::EntryKind::container, "sales").guid;
    const auto lab = ad.add(sync::EntryKind::container, "lab").guid;
    const auto bob = ad.add_user("bob").guid;
    ad.object(bob).parent = lab;
    for (const auto& ou : {sales, lab})
        bench.settings.scope.organizational_units.push_back(scope_name("guid:" + to_text(ou)));
    bench.cycle();
    ad.object(sales).visible = false;
    ad.object(sales).name = "selling";
    ad.object(bob).parent = sales;
    bench.cycle(true);
    EXPECT_EQ(bench.users().at(at("bob"))["scope"], "in");
    EXPECT_THAT(bench.explain("bob").status_note, ::testing::HasSubstr("nobody can say that the user left"));
    ad.object(bob).disabled = true;
    bench.cycle();
    EXPECT_EQ(bench.users().at(at("bob"))["status"], "DISABLED") << "what the entry itself says holds";
    bench.now += 60 * day;
    bench.restart();
    bench.cycle();
    EXPECT_EQ(bench.users().at(at("bob"))["scope"], "in");
    ad.object(bob).disabled = false;
    ad.object(bob).parent = ObjectGuid{};
    bench.cycle();
    EXPECT_EQ(bench.users().at(at("bob"))["scope"], "out") << "a place that is known is no doubt";
    ad.object(bob).parent = sales;
    ad.object(sales).visible = true;
    bench.cycle();
    EXPECT_EQ(bench.users().at(at("bob"))["scope"], "in");
    EXPECT_EQ(ad.reads(), 2u) << "by reads of changes";
}

TEST_F(Evidence, NoDoubtIsLeftOnceTheHiddenContainerIsBack) {  // semantics 4.4
    const auto sales = ad.add(sync::EntryKind::container, "sales").guid;
    const auto lab = ad.add(sync::EntryKind::container, "lab").guid;
    const auto attic = ad.add(sync::EntryKind::container, "attic").guid;
    const auto bob = ad.add_user("bob").guid;
    ad.object(bob).parent = lab;
    ad.object(attic).visible = false;
    for (const auto& ou : {sales, lab})
        bench.settings.scope.organizational_units.push_back(scope_name("guid:" + to_text(ou)));
    bench.cycle();
    ad.object(sales).visible = false;
    ad.object(bob).parent = attic;
    bench.cycle(true);
    EXPECT_EQ(bench.users().at(at("bob"))["scope"], "in") << "the attic may be the sales of before";
    ad.object(sales).visible = true;
    bench.cycle();
    EXPECT_EQ(bench.users().at(at("bob"))["scope"], "out");
}

TEST_F(Evidence, WhoIsVisibleAgainLosesWhatEndedMeanwhile) {  // semantics 5.2
    ad.follow(Following::usn);
    const auto [bob, team] = bob_in_team();
    bench.cycle();
    ad.object(bob).visible = false;
    bench.cycle(true);
    ad.object(team).members.clear();
    bench.cycle();
    EXPECT_TRUE(bench.memberships().contains({at("team"), at("bob")})) << "nobody can see that it ended";
    ad.object(bob).visible = true;
    bench.cycle();
    EXPECT_EQ(ad.reads(), 2u) << "by a read of changes";
    EXPECT_TRUE(bench.memberships().empty());
}

TEST_F(Evidence, WhoIsVisibleAgainIsInAGroupThatWasOnlyLookedFor) {  // semantics 4.4, 5.2
    ad.follow(Following::usn);
    const auto [bob, team] = bob_in_team();
    const auto desk = ad.add_group("desk").guid;
    const auto outer = ad.add_group("outer").guid;
    ad.object(outer).members = {desk};
    scope_group("desk");
    bench.cycle();
    ad.object(bob).visible = false;
    bench.cycle(true);
    ad.object(desk).members = {bob};
    bench.cycle();
    ad.object(bob).visible = true;
    ad.object(team).members.clear();
    ad.object(outer).members.clear();
    bench.cycle();
    EXPECT_EQ(ad.reads(), 2u) << "by a read of changes";
    EXPECT_EQ(bench.users().at(at("bob"))["scope"], "in");
    EXPECT_EQ(bench.memberships(), (std::set<std::pair<std::string, std::string>>{{at("desk"), at("bob")}}));
}

TEST_F(Evidence, WhoWasGivenUpStaysWhenTheLimitIsTakenBack) {  // semantics 5.2, 5.3
    const auto [bob, team] = bob_in_team();
    bench.settings.safety.unproven_deletion = 7 * day;
    bench.cycle();
    ad.object(bob).visible = false;
    bench.cycle(true);
    limit_removals(0);
    bench.now += 8 * day;
    for (const bool full : {true, false}) {
        const auto held = bench.cycle(full);
        ASSERT_EQ(held.holds.size(), 1u);
        EXPECT_EQ(held.holds[0].hold, sync::HoldClass::remove_users);
    }
    bench.settings.safety.unproven_deletion.reset();
    limit_removals(100);
    const auto held = bench.cycle();
    ASSERT_EQ(held.holds.size(), 1u);
    EXPECT_EQ(held.holds[0].hold, sync::HoldClass::absent);
    EXPECT_TRUE(bench.memberships().contains({at("team"), at("bob")}));
    EXPECT_TRUE(bench.cycle(false, {held.holds[0].id}).holds.empty());
    EXPECT_FALSE(bench.users().contains(at("bob")));
    EXPECT_TRUE(bench.cycle(true).holds.empty()) << "released once and for all";
}

TEST_F(Evidence, WhomNobodyCanSeeComesIntoNoGroup) {  // semantics 5.2, 5.14: kept as they were
    const auto [bob, team] = bob_in_team();
    bench.cycle();
    ad.object(bob).visible = false;
    ASSERT_EQ(bench.cycle(true).holds.size(), 1u);
    const auto before = bench.memberships();
    ASSERT_TRUE(before.contains({at("team"), at("bob")}));
    ad.add_group("above").members = {team};
    bench.settings.scope.groups.push_back(scope_name(at("above")));
    for (const bool full : {true, false}) {
        bench.cycle(full);
        EXPECT_FALSE(bench.memberships().contains({at("above"), at("bob")}));
        EXPECT_TRUE(bench.memberships().contains({at("team"), at("bob")}));
    }
    ad.object(bob).visible = true;
    bench.cycle();
    EXPECT_TRUE(bench.memberships().contains({at("above"), at("bob")}));
}

TEST_F(Evidence, ANameAndAnAddressAreJudgedEachByItself) {  // semantics 3.5
    const auto first = ad.add_user("first").guid;
    const auto second = ad.add_user("second").guid;
    const bool in_order = to_text(first) < to_text(second);
    const auto newcomer = in_order ? first : second;
    const auto owner = in_order ? second : first;
    ad.object(owner).name = "contested";
    ad.object(newcomer).name = "later";
    bench.settings.scope.users.push_back(scope_name("guid:" + to_text(owner)));
    bench.cycle();
    // The owner moves on, to a name and an address; the newcomer gets the old name, and as the first in order
    // the address that nobody had.
    ad.object(owner).name = "moved";
    ad.object(owner).attributes["mail"] = "M1@example.com";
    ad.object(newcomer).name = "contested";
    ad.object(newcomer).attributes["mail"] = "m1@example.com";
    bench.settings.scope.users.push_back(scope_name("guid:" + to_text(newcomer)));
    EXPECT_EQ(bench.cycle().entity_errors, 1u);
    EXPECT_EQ(bench.users().at(at("moved"))["email"], "");
    const auto errors = bench.rows("v1_entity_errors");
    ASSERT_EQ(errors.size(), 1u);
    EXPECT_EQ(errors[0].at("external_id"), to_text(owner));
    EXPECT_EQ(bench.users().at(at("contested"))["email"], "m1@example.com");
    EXPECT_FALSE(bench.cycle(true).wrote);
}

TEST_F(Evidence, AConflictIsToldByTheNameThatTheOwnerHasInTheEnd) {  // semantics 3.5, 5.6
    const auto owner = ad.add_user("before").guid;
    ad.object(owner).attributes["mail"] = "m1@example.com";
    const auto newcomer = ad.add_user("newcomer").guid;
    bench.settings.scope.users = {scope_name("guid:" + to_text(owner)),
                                  scope_name("guid:" + to_text(newcomer))};
    bench.cycle();
    ad.object(owner).name = "after";
    ad.object(newcomer).attributes["mail"] = "m1@example.com";
    bench.cycle();
    EXPECT_NE(bench.rows("v1_entity_errors").at(0).at("message").find(at("after")), std::string::npos);
    EXPECT_FALSE(bench.cycle().wrote);
}

TEST_F(Evidence, AWholeReadAsksForWhoWasGivenUpAndIsListedStill) {  // semantics 5.2, 5.6
    const auto [bob, team] = bob_in_team();
    const auto inner = ad.add_group("inner").guid;
    ad.object(team).members.insert(inner);
    bench.cycle();
    ad.object(inner).visible = false;
    bench.cycle(false, {bench.cycle(true).holds.at(0).id});
    ASSERT_FALSE(bench.groups().contains(at("inner")));
    ad.hide("memberOf");
    ad.hide_in_list(team, {bob});
    ad.remove(inner);
    EXPECT_EQ(bench.cycle(true).holds.size(), 1u);
    EXPECT_FALSE(bench.cycle().wrote) << "the tombstone is known already";
}

TEST_F(Evidence, WhoIsBelowAContainerThatWasGivenUpIsBelowTheNextOne) {  // semantics 4.4, 5.2, 5.6
    for (const bool full : {false, true}) {
        const std::string name = full ? "full" : "changes";
        const auto ou = ad.add(sync::EntryKind::container, name).guid;
        const auto inner = ad.add(sync::EntryKind::container, "inner " + name).guid;
        ad.object(inner).parent = ou;
        ad.add_user("below-" + name).parent = inner;
        bench.settings.scope.organizational_units = {scope_name("guid:" + to_text(ou))};
        bench.settings.safety.unproven_deletion = 7 * day;
        bench.cycle();
        ad.object(inner).visible = false;
        bench.cycle(true);
        bench.now += 8 * day;
        bench.cycle(full);
        EXPECT_FALSE(bench.cycle().wrote) << name;
        EXPECT_EQ(bench.users().at(at("below-" + name))["scope"], "in") << name;
        bench.cycle(true);
        EXPECT_EQ(bench.users().at(at("below-" + name))["scope"], "in") << name;
    }
}

}  // namespace
}  // namespace dirsync::testing
