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

class TwoDomains : public ::testing::Test {
protected:
    SyncBench bench{store::make_memory_store(), {"corp.example.com", "emea.example.com"}};
    ModelDirectory& ad = bench.directory;
};

TEST_F(TwoDomains, NothingIsReachedThroughADomainThatIsNoLongerRead) {  // semantics 1.2, 2.3
    const auto bob = ad.add_user("bob", 0).guid;
    const auto carol = ad.add_user("carol", 0).guid;
    const auto inner = ad.add_group("inner", 1).guid;
    ad.object(inner).members = {bob};
    ad.add_group("outer", 0).members = {inner, carol};
    bench.settings.scope.groups = {scope_name("outer@corp.example.com")};
    bench.settings.scope.users = {scope_name("bob@corp.example.com")};
    bench.cycle();
    EXPECT_TRUE(bench.memberships().contains({at("outer"), at("bob")}));
    bench.settings.domains = {"corp.example.com"};
    ad.add_group("below", 0).members = {ad.object(inner).guid};
    ad.object(inner).members.insert(carol);
    bench.cycle();
    EXPECT_EQ(bench.groups().size(), 2u);
    // What led through it stays for a time (5.17); nothing new comes.
    EXPECT_EQ(
        bench.memberships(),
        (Pairs{{at("outer"), at("bob")}, {at("outer"), at("carol")}, {"inner@emea.example.com", at("bob")}}));
}

TEST_F(TwoDomains, AForeignPrincipalStandsForNobodyWhoHasAnotherSid) {  // semantics 2.6, 5.17
    const auto zoe = ad.add_user("zoe", 0).guid;
    const auto team = ad.add_group("team", 1).guid;
    ad.object(team).members = {ad.add_foreign(ad.object(zoe), 1).guid};
    bench.settings.scope.groups = {scope_name("team@emea.example.com")};
    bench.cycle();
    ASSERT_EQ(bench.memberships().size(), 1u);
    ad.move(zoe, 1);
    bench.cycle();
    EXPECT_TRUE(bench.memberships().empty());
    bench.restart();
    EXPECT_FALSE(bench.cycle(true).wrote);
}

TEST_F(TwoDomains, WhoComesOutOfADomainThatIsNotReadIsInNoGroupThatDoesNotListIt) {  // semantics 5.17
    const auto zoe = ad.add_user("zoe", 1).guid;
    const auto team = ad.add_group("team", 0).guid;
    ad.object(team).members = {zoe, ad.add_user("amy", 0).guid};
    bench.settings.scope.groups = {scope_name("team@corp.example.com")};
    bench.cycle();
    ASSERT_EQ(bench.memberships().size(), 2u);
    bench.settings.domains = {"corp.example.com"};
    bench.cycle();
    ad.move(zoe, 0);
    ad.object(team).members.erase(zoe);
    bench.cycle(true);
    EXPECT_EQ(bench.memberships().size(), 1u);
}

TEST_F(TwoDomains, WhoIsAliveInBothIsOneOfTheTwo) {  // semantics 5.17: one of them is late
    const auto zoe = ad.add_user("zoe", 0).guid;
    bench.settings.scope.users = {scope_name("zoe@corp.example.com")};
    ad.follow(ModelDirectory::Following::usn);
    bench.cycle();
    ad.object(zoe).attributes["displayName"] = "Zoe";
    bench.cycle();
    auto twin = ad.object(zoe);
    twin.domain = 1;
    twin.name = "zara";
    ad.late = {twin};
    bench.cycle(true);
    const auto users = bench.users();
    EXPECT_TRUE(users.contains("zara@emea.example.com") || users.contains("zoe@corp.example.com"));
    ad.late.clear();
    bench.cycle(true);
    EXPECT_EQ(bench.users().count("zoe@corp.example.com"), 1u);
}

TEST_F(TwoDomains, WhoIsHeldLeavesTheScopeWithItsDomain) {  // semantics 1.2, 4.4
    const auto zoe = ad.add_user("zoe", 1).guid;
    bench.settings.scope.users = {scope_name("zoe@emea.example.com")};
    bench.cycle();
    ad.object(zoe).visible = false;
    EXPECT_EQ(bench.cycle(true).holds.size(), 1u);
    bench.settings.domains = {"corp.example.com"};
    EXPECT_TRUE(bench.cycle().holds.empty());
    EXPECT_EQ(bench.users().at("zoe@emea.example.com")["scope"], "out");
}

TEST_F(TwoDomains, AForeignPrincipalThatCannotBeSeenEndsNoMembership) {  // semantics 2.6, 5.2
    ad.follow(Following::usn);
    const auto zoe = ad.add_user("zoe", 1).guid;
    const auto team = ad.add_group("team", 0).guid;
    const auto foreign = ad.add_foreign(ad.object(zoe), 0).guid;
    ad.object(team).members = {foreign};
    bench.settings.scope.groups = {scope_name("team@corp.example.com")};
    bench.cycle();
    const Pairs with_zoe{{at("team"), "zoe@emea.example.com"}};
    ASSERT_EQ(bench.memberships(), with_zoe);
    ad.object(foreign).visible = false;
    for (const bool full : {true, false, true}) {
        const auto held = bench.cycle(full);
        ASSERT_EQ(held.holds.size(), 1u);
        EXPECT_EQ(held.holds[0].hold, sync::HoldClass::absent);
        EXPECT_EQ(held.holds[0].sample, std::vector<std::string>{"zoe@emea.example.com"});
        EXPECT_EQ(bench.memberships(), with_zoe);
    }
    ad.object(foreign).visible = true;
    EXPECT_TRUE(bench.cycle().holds.empty());
    EXPECT_EQ(bench.memberships(), with_zoe);
    ad.object(foreign).visible = false;
    const auto held = bench.cycle(true);
    EXPECT_TRUE(bench.cycle(false, {held.holds.at(0).id}).holds.empty());
    EXPECT_TRUE(bench.memberships().empty()) << "an admin released it";
}

TEST_F(TwoDomains, AMembershipOfSomebodyWhoIsNotReadStaysInTheMirror) {  // semantics 1.2, 5.2
    const auto zoe = ad.add_user("zoe", 1).guid;
    ad.add_group("team", 0).members = {zoe};
    bench.settings.scope.groups = {scope_name("team@corp.example.com")};
    bench.cycle();
    bench.settings.domains = {"corp.example.com"};
    ad.object(zoe).visible = false;
    EXPECT_TRUE(bench.cycle().holds.empty()) << "it is frozen (5.17)";
    EXPECT_EQ(bench.memberships(), (Pairs{{at("team"), "zoe@emea.example.com"}}));
    bench.settings.domains = {"corp.example.com", "emea.example.com"};
    bench.cycle();
    EXPECT_EQ(bench.memberships(), (Pairs{{at("team"), "zoe@emea.example.com"}}));
    ad.object(zoe).visible = true;
    bench.cycle();
    EXPECT_EQ(bench.memberships(), (Pairs{{at("team"), "zoe@emea.example.com"}}));
}

TEST_F(TwoDomains, AMembershipGoesWithItsForeignPrincipal) {  // semantics 2.6
    ad.follow(Following::dirsync);
    const auto bob = ad.add_user("bob", 0).guid;
    const auto inner = ad.add_group("inner", 1).guid;
    const auto outer = ad.add_group("outer", 0).guid;
    ad.object(outer).members = {inner, bob};
    const auto foreign = ad.add_foreign(ad.object(outer), 1).guid;
    ad.object(inner).members = {foreign};
    bench.settings.scope.groups = {scope_name("outer@corp.example.com")};
    bench.cycle();
    EXPECT_TRUE(bench.memberships().contains({"inner@emea.example.com", at("bob")}));
    ad.object(inner).members.clear();
    bench.cycle();
    EXPECT_EQ(bench.memberships(), (Pairs{{at("outer"), at("bob")}}));
}

}  // namespace
}  // namespace dirsync::testing
