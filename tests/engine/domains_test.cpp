#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/memory/store.hpp"
#include "tests/support/counting_store.hpp"
#include "tests/support/sync_bench.hpp"

// One object in several domains, names that replication has changed, and domains that are no longer read.
namespace dirsync::testing {
namespace {

using Pairs = std::set<std::pair<std::string, std::string>>;
using Following = ModelDirectory::Following;

std::string corp(const std::string& name) { return name + "@corp.example.com"; }
std::string emea(const std::string& name) { return name + "@emea.example.com"; }

/// How changes are found, and whether the domain that objects leave is read first.
class Moves : public ::testing::TestWithParam<std::tuple<Following, bool>> {
protected:
    const sync::DomainIndex old_home = std::get<1>(GetParam()) ? 0 : 1;
    const sync::DomainIndex new_home = 1 - old_home;
    SyncBench bench{store::make_memory_store(),
                    old_home == 0 ? std::vector<std::string>{"emea.example.com", "corp.example.com"}
                                  : std::vector<std::string>{"corp.example.com", "emea.example.com"}};
    ModelDirectory& ad = bench.directory;
    ObjectGuid zoe = ad.add_user("zoe", old_home).guid;
    ObjectGuid team = ad.add_group("team", new_home).guid;

    void SetUp() override {
        ad.follow(std::get<0>(GetParam()));
        ad.object(zoe).attributes["userPrincipalName"] = corp("zoe");
        ad.object(team).members = {zoe};
        bench.settings.scope.groups = {scope_name(corp("team"))};
        bench.cycle();
        ASSERT_EQ(bench.memberships(), with_zoe);
    }
    std::string id() { return bench.users().at(corp("zoe"))["user_id"]; }

    const Pairs with_zoe{{corp("team"), corp("zoe")}};
};
INSTANTIATE_TEST_SUITE_P(Reads, Moves,
                         ::testing::Combine(::testing::Values(Following::none, Following::usn,
                                                              Following::dirsync),
                                            ::testing::Bool()));

/// Nobody knows the account that they have now; the one that they had is over.
TEST_P(Moves, WhoMovedAndCannotBeReadComesInByNoAccountOfBefore) {  // semantics 2.6, 5.14
    const auto second = ad.add_group("second", new_home).guid;
    bench.settings.scope.groups.push_back(scope_name(corp("second")));
    bench.cycle();
    ad.object(second).members = {ad.add_foreign(ad.object(zoe), new_home).guid};
    ad.move(zoe, new_home);
    ad.hide("accountExpires");
    for (const bool full : {false, true, false}) {
        bench.cycle(full);
        EXPECT_EQ(bench.memberships(), with_zoe);
    }
    ad.show("accountExpires");
    bench.cycle();
    EXPECT_EQ(bench.memberships(), with_zoe);
}

TEST_P(Moves, WhoeverLivesInAnotherDomainIsNotDeleted) {  // semantics 5.17
    const std::string before = id();
    ad.move(zoe, new_home);
    const auto report = bench.cycle();
    EXPECT_TRUE(report.holds.empty());
    EXPECT_EQ(report.changes, 1u) << "its SID is another one";
    EXPECT_EQ(id(), before);
    EXPECT_EQ(bench.memberships(), with_zoe);
    for (const bool full : {false, true}) EXPECT_FALSE(bench.cycle(full).wrote);
}

/// The tombstone is told late, of somebody whom the other domain does not tell of in this read.
TEST_P(Moves, ATombstoneOfTheOldHomeIsAskedAbout) {  // semantics 5.17
    ad.move(zoe, new_home);
    bench.cycle();
    ad.object(zoe).visible = false;
    ad.remove(zoe);
    auto object = ad.add_user("other", old_home);
    object.guid = zoe;
    object.name = "zoe";
    ad.undelete(object);
    ad.move(zoe, new_home);
    ad.object(zoe).attributes["userPrincipalName"] = corp("zoe");
    ad.object(team).members = {zoe};
    EXPECT_TRUE(bench.cycle().holds.empty());
    EXPECT_TRUE(bench.users().contains(corp("zoe")));
    EXPECT_EQ(bench.memberships(), with_zoe);
}

TEST_P(Moves, WhoIsHiddenInTheNewHomeIsHeld) {  // semantics 5.2, 5.17
    ad.move(zoe, new_home);
    bench.cycle();
    ad.object(zoe).visible = false;
    const auto report = bench.cycle(true);
    ASSERT_EQ(report.holds.size(), 1u);
    EXPECT_EQ(report.holds[0].hold, sync::HoldClass::absent);
    EXPECT_EQ(bench.memberships(), with_zoe);
    ad.object(zoe).visible = true;
    EXPECT_TRUE(bench.cycle(true).holds.empty());
    EXPECT_EQ(bench.memberships(), with_zoe);
}

TEST_P(Moves, WhoIsDeletedInTheNewHomeIsGoneAtOnce) {  // semantics 4.1
    ad.move(zoe, new_home);
    bench.cycle();
    ad.remove(zoe);
    EXPECT_TRUE(bench.cycle().holds.empty());
    EXPECT_TRUE(bench.users().empty());
}

TEST_P(Moves, WhoMovesAndIsDeletedBeforeAnybodyLooksIsGoneAtOnce) {  // semantics 4.1
    ad.move(zoe, new_home);
    ad.remove(zoe);
    EXPECT_TRUE(bench.cycle().holds.empty());
    EXPECT_TRUE(bench.users().empty());
}

TEST_P(Moves, WhoIsDeletedAtHomeIsGoneAtOnce) {  // semantics 4.1
    ad.remove(zoe);
    EXPECT_TRUE(bench.cycle().holds.empty());
    EXPECT_TRUE(bench.users().empty());
}

TEST_P(Moves, ThereAndBackAgain) {  // semantics 4.3, 5.17
    const std::string before = id();
    ad.move(zoe, new_home);
    bench.cycle();
    ad.move(zoe, old_home);
    ad.object(team).members = {zoe};
    EXPECT_TRUE(bench.cycle().holds.empty());
    EXPECT_EQ(id(), before);
    EXPECT_EQ(bench.memberships(), with_zoe);
    EXPECT_FALSE(bench.cycle(true).wrote);
}

class ToldMoves : public Moves {};
INSTANTIATE_TEST_SUITE_P(Reads, ToldMoves,
                         ::testing::Combine(::testing::Values(Following::dirsync), ::testing::Bool()));

/// The new home is late: when it tells of them, nobody tells of the link any more.
TEST_P(ToldMoves, ALinkThatIsToldBesideTheTombstoneStays) {  // semantics 5.6, 5.17, 6.1
    const auto club = ad.add_group("club", old_home).guid;
    bench.settings.scope.groups.push_back(scope_name("guid:" + to_text(club)));
    bench.cycle();
    ad.move(zoe, new_home);
    ad.object(zoe).visible = false;
    ad.object(club).members = {zoe};
    bench.cycle();
    EXPECT_TRUE(bench.users().empty());
    EXPECT_FALSE(bench.cycle().wrote);
    bench.restart();
    ad.object(zoe).visible = true;
    bench.cycle();
    EXPECT_TRUE(bench.memberships().contains({emea("club"), corp("zoe")}));
}

TEST_P(ToldMoves, WhoIsDeletedAndWaitsForAGuardIsMissedInNoList) {  // semantics 5.6, 5.15
    const auto club = ad.add_group("club", old_home).guid;
    bench.settings.scope.groups.push_back(scope_name("guid:" + to_text(club)));
    bench.settings.safety.remove_users.count = 0;
    bench.cycle();
    ad.move(zoe, new_home);
    ad.object(zoe).visible = false;
    ad.object(club).members = {zoe};
    for (const bool full : {false, true, false}) {
        const auto report = bench.cycle(full);
        ASSERT_EQ(report.holds.size(), 1u);
        EXPECT_EQ(report.holds[0].hold, sync::HoldClass::remove_users);
    }
    EXPECT_FALSE(bench.cycle().wrote);
}

/// What they left behind is found again in each cycle, and is no news of their groups.
TEST_P(ToldMoves, WhoMovedAndCannotBeReadSaysNothingOfTheirGroups) {  // semantics 5.6, 5.14, 5.17
    ad.move(zoe, new_home);
    ad.object(team).members = {zoe};
    ad.hide("accountExpires");
    bench.cycle();
    EXPECT_FALSE(bench.cycle().wrote);
    ad.object(team).visible = false;
    const auto report = bench.cycle();
    EXPECT_FALSE(report.wrote);
    EXPECT_TRUE(report.holds.empty());
    EXPECT_EQ(bench.cycle(true).holds.size(), 1u);
}

class Conflicts : public ::testing::TestWithParam<Following> {
protected:
    SyncBench bench{std::make_unique<CountingStore>(store::make_memory_store())};
    CountingStore& counting = static_cast<CountingStore&>(bench.store());
    ModelDirectory& ad = bench.directory;
    ObjectGuid ann = ad.add_user("ann").guid;
    ObjectGuid team = ad.add_group("team").guid;

    void SetUp() override {
        ad.follow(GetParam());
        ad.object(team).members = {ann};
        bench.settings.scope.groups = {scope_name(corp("team"))};
        bench.settings.scope.user_filters.push_back(
            {"corp.example.com", *sync::Filter::parse("(sAMAccountName=ann)")});
        bench.cycle();
        ASSERT_EQ(bench.memberships(), with_ann);
    }
    void mangle(const ObjectGuid& guid) {
        ad.object(guid).mangled = true;
        ad.object(guid).name = "$DUPLICATE-1f4";
    }
    std::vector<SyncBench::Row> errors() { return bench.rows("v1_entity_errors"); }

    const Pairs with_ann{{corp("team"), corp("ann")}};
};
INSTANTIATE_TEST_SUITE_P(Reads, Conflicts,
                         ::testing::Values(Following::none, Following::usn, Following::dirsync));

TEST_P(Conflicts, TakeNobodyOut) {  // semantics 5.17
    mangle(ann);
    EXPECT_TRUE(bench.cycle().holds.empty());
    EXPECT_EQ(bench.users().at(corp("ann"))["scope"], "in");
    EXPECT_EQ(bench.memberships(), with_ann);
    ASSERT_EQ(errors().size(), 1u);
    EXPECT_EQ(errors()[0]["code"], "InvalidValue");
    EXPECT_THAT(errors()[0]["message"], ::testing::HasSubstr("replication conflict"));
    for (const bool full : {false, true}) EXPECT_FALSE(bench.cycle(full).wrote);
    bench.restart();
    EXPECT_FALSE(bench.cycle().wrote);
    // In no group any more, and still somebody whom the filter once named.
    ad.object(team).members.clear();
    bench.cycle();
    EXPECT_EQ(bench.users().at(corp("ann"))["scope"], "in");
    EXPECT_TRUE(bench.memberships().empty());
}

TEST_P(Conflicts, EndWithAProperName) {  // semantics 5.17
    mangle(ann);
    bench.cycle();
    ad.object(ann).mangled = false;
    ad.object(ann).name = "anne";
    bench.cycle();
    EXPECT_TRUE(errors().empty());
    EXPECT_EQ(bench.memberships(), (Pairs{{corp("team"), corp("anne")}}));
}

TEST_P(Conflicts, HideNoLeaver) {  // semantics 3.4, 5.17
    mangle(ann);
    ad.object(ann).disabled = true;
    bench.cycle();
    EXPECT_EQ(bench.users().at(corp("ann"))["status"], "DISABLED");
    ad.object(ann).disabled = false;
    ad.object(ann).expires = (bench.now + Duration(60)).time_since_epoch().count();
    bench.cycle();
    EXPECT_EQ(bench.users().at(corp("ann"))["status"], "ENABLED");
    bench.now += Duration(3600);
    bench.cycle();
    EXPECT_EQ(bench.users().at(corp("ann"))["status"], "DISABLED");
    ad.remove(ann);
    bench.cycle();
    EXPECT_TRUE(bench.users().empty());
    EXPECT_TRUE(errors().empty());
}

TEST_P(Conflicts, KeepAGroupAndItsMembers) {  // semantics 5.17
    mangle(team);
    bench.cycle();
    EXPECT_EQ(bench.memberships(), with_ann);
    EXPECT_EQ(bench.groups().at(corp("team"))["scope"], "in");
    ASSERT_EQ(errors().size(), 1u);
    EXPECT_EQ(errors()[0]["object_type"], "GROUP");
}

TEST_P(Conflicts, LetNobodyIn) {  // semantics 2.4, 5.17
    const auto twin = ad.add_user("twin").guid;
    const auto inner = ad.add_group("inner").guid;
    const auto below = ad.add_user("below").guid;
    mangle(twin);
    mangle(inner);
    ad.object(inner).members = {below};
    ad.object(team).members = {ann, twin, inner};
    bench.cycle();
    EXPECT_EQ(bench.users().size(), 1u);
    EXPECT_EQ(bench.groups().size(), 1u);
    EXPECT_TRUE(errors().empty());
    ad.object(inner).mangled = false;
    ad.object(inner).name = "inner";
    bench.cycle();
    EXPECT_TRUE(bench.memberships().contains({corp("team"), corp("below")}));
}

TEST_P(Conflicts, TakeNobodyOutWhoseRowAnAdminBroughtBack) {  // semantics 5.10, 5.17
    ASSERT_TRUE(bench.revert(bench.last_run_id())->wrote);
    const auto id = bench.last_run_id();
    bench.cycle();
    mangle(ann);
    mangle(team);
    bench.cycle();
    ASSERT_TRUE(bench.revert(id)->wrote);
    bench.restart();
    EXPECT_TRUE(bench.cycle().holds.empty());
    EXPECT_EQ(bench.users().at(corp("ann"))["scope"], "in");
    EXPECT_EQ(bench.groups().at(corp("team"))["scope"], "in");
    EXPECT_EQ(bench.memberships(), with_ann);
    EXPECT_EQ(errors().size(), 2u);
    EXPECT_FALSE(bench.cycle().wrote);
    ad.object(ann).disabled = true;
    bench.cycle();
    EXPECT_EQ(bench.users().at(corp("ann"))["status"], "DISABLED");
}

// A domain controller of the old home is late. Neither tells anything of the one that is read last.
TEST(TwoHomes, WhatOneDomainTellsIsNotKeptInTheOther) {  // semantics 5.1, 5.17
    SyncBench bench{store::make_memory_store(), {"corp.example.com", "emea.example.com"}};
    ModelDirectory& ad = bench.directory;
    ad.follow(Following::usn);
    auto& zoe = ad.add_user("zoe");
    zoe.usn = 1;
    zoe.attributes["userPrincipalName"] = corp("zoe");
    zoe.attributes["displayName"] = "Zoe";
    bench.settings.scope.users = {scope_name(corp("zoe"))};
    bench.cycle(true);
    ASSERT_EQ(bench.users().at(corp("zoe"))["display_name"], "Zoe");
    auto moved = zoe;
    moved.domain = 1;
    moved.attributes.erase("displayName");
    for (const std::uint64_t usn : {1U, 1'000'000U}) {
        moved.usn = usn;
        ad.late = {moved};
        bench.cycle(true);
        EXPECT_EQ(bench.users().at(corp("zoe"))["display_name"], "zoe");
        ad.late.clear();
        bench.cycle(true);
    }
}

TEST_P(Conflicts, OfWhomNobodyKnowsWhetherTheyExpiredNobodyIsLetIn) {  // semantics 5.14
    ad.hide("accountExpires");
    const auto late = ad.add_user("late").guid;
    ad.object(late).expires = (bench.now - Duration(86400)).time_since_epoch().count();
    const auto fresh = ad.add_user("fresh").guid;
    ad.object(team).members = {ann, late, fresh};
    bench.cycle();
    EXPECT_EQ(bench.users().size(), 1u);
    ASSERT_EQ(errors().size(), 2u);
    EXPECT_EQ(errors()[0]["code"], "MalformedEntry");
    EXPECT_THAT(errors()[0]["message"], ::testing::HasSubstr("accountExpires"));
    EXPECT_EQ(bench.users().at(corp("ann"))["status"], "ENABLED") << "who is known stays as it was";
    bench.cycle();
    const auto plans = counting.plans;
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(bench.cycle().wrote);
    if (GetParam() != Following::none) {
        EXPECT_EQ(counting.plans, plans) << "the same answer is no news";
    }
    // Nothing tells that the right is back.
    ad.show("accountExpires");
    bench.cycle();
    EXPECT_TRUE(errors().empty());
    EXPECT_EQ(bench.users().at(corp("late"))["status"], "DISABLED");
    EXPECT_EQ(bench.users().at(corp("fresh"))["status"], "ENABLED");
}

TEST_P(Conflicts, WhoCouldNotBeReadAndIsDeletedIsForgotten) {  // semantics 3.4, 5.14
    ad.hide("accountExpires");
    const auto late = ad.add_user("late").guid;
    ad.object(team).members = {ann, late};
    bench.cycle();
    ASSERT_EQ(errors().size(), 1u);
    ad.remove(late);
    bench.cycle();
    EXPECT_TRUE(errors().empty());
    EXPECT_FALSE(bench.cycle().wrote);
}

TEST_P(Conflicts, WhoCouldNotBeReadAndIsNotThereAnyMoreIsListedNoMore) {  // semantics 3.4, 5.14
    ad.hide("accountExpires");
    const auto late = ad.add_user("late").guid;
    ad.object(team).members = {ann, late};
    bench.cycle();
    ad.object(team).members = {ann};
    bench.cycle();
    ASSERT_EQ(errors().size(), 1u);
    ad.remove(late);
    bench.cycle(true);
    EXPECT_TRUE(errors().empty());
    EXPECT_FALSE(bench.cycle().wrote);
}

/// emea is taken out of the configuration.
class Removed : public ::testing::TestWithParam<Following> {
protected:
    SyncBench bench{store::make_memory_store(), {"corp.example.com", "emea.example.com"}};
    ModelDirectory& ad = bench.directory;
    ObjectGuid zoe = ad.add_user("zoe", 1).guid;
    ObjectGuid yan = ad.add_user("yan", 1).guid;
    ObjectGuid bob = ad.add_user("bob", 0).guid;
    ObjectGuid cem = ad.add_user("cem", 0).guid;
    ObjectGuid inner = ad.add_group("inner", 1).guid;
    ObjectGuid team = ad.add_group("team", 0).guid;

    void SetUp() override {
        ad.follow(GetParam());
        ad.object(inner).members = {yan, bob, cem};
        ad.object(team).members = {zoe, inner};
        bench.settings.scope.groups = {scope_name(corp("team"))};
        bench.settings.scope.users = {scope_name(corp("bob"))};
        bench.cycle();
        ASSERT_EQ(bench.memberships(), all);
    }
    void take_emea_out() { bench.settings.domains = {"corp.example.com"}; }
    std::string scope_of(const std::string& name) { return bench.users().at(name)["scope"]; }

    const Pairs all{{corp("team"), emea("zoe")}, {corp("team"), emea("yan")},  {corp("team"), corp("bob")},
                    {corp("team"), corp("cem")}, {emea("inner"), emea("yan")}, {emea("inner"), corp("bob")},
                    {emea("inner"), corp("cem")}};
    static constexpr Duration day{86400};
};
INSTANTIATE_TEST_SUITE_P(Reads, Removed,
                         ::testing::Values(Following::none, Following::usn, Following::dirsync));

TEST_P(Removed, MembershipsFreezeUntilTheClockRunsOut) {  // semantics 5.17
    take_emea_out();
    const auto report = bench.cycle();
    EXPECT_EQ(bench.memberships(), all);
    EXPECT_EQ(scope_of(emea("zoe")), "out");
    EXPECT_EQ(scope_of(corp("cem")), "out") << "nothing else brings him in";
    EXPECT_EQ(scope_of(corp("bob")), "in");
    EXPECT_THAT(report.scope_warnings,
                ::testing::Contains(::testing::HasSubstr(
                    "emea.example.com is no longer configured: 2 users of it keep their memberships")));
    for (const bool full : {false, true}) EXPECT_FALSE(bench.cycle(full).wrote);
    bench.restart();
    bench.now += 27 * day;
    EXPECT_FALSE(bench.cycle(true).wrote);
    bench.now += 2 * day;
    bench.cycle();
    EXPECT_TRUE(bench.memberships().empty()) << "the group that led to bob has run out as well";
    EXPECT_EQ(bench.users().at(emea("zoe"))["status"], "DISABLED");
    EXPECT_EQ(bench.users().at(corp("bob"))["status"], "ENABLED");
    const auto lines = bench.rows("v1_changes", "seq");
    EXPECT_EQ(lines.back().at("action"), "update");
    for (auto line : lines) {
        if (line["action"] == "remove_member") {
            EXPECT_EQ(line["reason"], "out of scope for too long");
        }
    }
    for (const bool full : {false, true}) EXPECT_FALSE(bench.cycle(full).wrote);
}

TEST_P(Removed, TheDomainIsBackAndAllIsAsBefore) {  // semantics 5.17
    take_emea_out();
    bench.cycle();
    bench.now += 20 * day;
    bench.cycle(true);
    bench.settings.domains = {"corp.example.com", "emea.example.com"};
    bench.cycle();
    EXPECT_EQ(bench.memberships(), all);
    for (const auto& [name, row] : bench.users()) EXPECT_EQ(row.at("scope"), "in") << name;
    bench.now += 20 * day;
    EXPECT_FALSE(bench.cycle(true).wrote) << "the clocks have ended";
}

TEST_P(Removed, WhoIsSeenElsewhereAndCannotBeReadThereHasNotLeft) {  // semantics 5.2, 5.14, 5.17
    ad.move(zoe, 0);
    ad.object(team).members = {zoe, inner};
    ad.hide("accountExpires");
    take_emea_out();
    bench.cycle();
    for (const bool full : {false, true}) {
        bench.now += 40 * day;
        bench.cycle(full);
        EXPECT_EQ(scope_of(emea("zoe")), "in");
        EXPECT_EQ(bench.users().at(emea("zoe"))["status"], "ENABLED");
        EXPECT_TRUE(bench.memberships().contains({corp("team"), emea("zoe")}));
    }
    ad.show("accountExpires");
    bench.cycle(true);
    EXPECT_EQ(scope_of(corp("zoe")), "in");
    EXPECT_TRUE(bench.memberships().contains({corp("team"), corp("zoe")}));
}

/// No change of the configuration, and none of the groups that are reached, says that the scope is another
/// one.
TEST_P(Removed, WhomTheScopeNamesIsBackWhenTheyMoveIntoADomainThatIsRead) {  // semantics 2.8, 4.4, 5.17
    const auto eve = ad.add_user("eve", 1).guid;
    const auto club = ad.add_group("club", 1).guid;
    bench.settings.scope.users.push_back(scope_name("guid:" + to_text(eve)));
    bench.settings.scope.groups.push_back(scope_name("guid:" + to_text(club)));
    bench.cycle();
    ASSERT_EQ(scope_of(emea("eve")), "in");
    take_emea_out();
    bench.cycle();
    EXPECT_EQ(scope_of(emea("eve")), "out");
    ad.move(eve, 0);
    bench.cycle();
    ASSERT_TRUE(bench.users().contains(corp("eve")));
    EXPECT_EQ(scope_of(corp("eve")), "in");
    ad.move(club, 0);
    bench.cycle();
    ASSERT_TRUE(bench.groups().contains(corp("club")));
    EXPECT_EQ(bench.groups().at(corp("club"))["scope"], "in");
    for (const bool full : {false, true}) EXPECT_FALSE(bench.cycle(full).wrote);
}

TEST_P(Removed, WhoHadNoMembershipGetsNone) {  // semantics 5.17
    take_emea_out();
    bench.cycle();
    ad.object(inner).members.insert(ad.add_user("new", 0).guid);
    bench.cycle(true);
    EXPECT_EQ(bench.memberships(), all);
}

TEST_P(Removed, MembershipsOfTheDomainsThatAreReadGoOn) {  // semantics 5.17
    const auto dan = ad.add_user("dan", 0).guid;
    ad.object(team).members.insert(dan);
    take_emea_out();
    bench.cycle();
    EXPECT_TRUE(bench.memberships().contains({corp("team"), corp("dan")}));
    ad.object(team).members.erase(dan);
    bench.cycle();
    EXPECT_EQ(bench.memberships(), all);
}

TEST_P(Removed, WhoIsExcludedIsInNoGroup) {  // semantics 2.1
    take_emea_out();
    bench.settings.scope.exclude_users = {scope_name("guid:" + to_text(zoe)),
                                          scope_name("guid:" + to_text(bob))};
    bench.cycle();
    EXPECT_FALSE(bench.memberships().contains({corp("team"), corp("bob")}));
}

TEST_P(Conflicts, KeepWhatAGroupWithoutARowBrings) {  // semantics 5.17
    auto& inner = ad.add_group("inner");
    const auto below = ad.add_user("below").guid;
    inner.members = {below};
    inner.attributes["description"] = std::string(1025, 'x');
    ad.object(team).members.insert(inner.guid);
    bench.cycle();
    ASSERT_FALSE(bench.groups().contains(corp("inner")));
    ASSERT_TRUE(bench.memberships().contains({corp("team"), corp("below")}));
    mangle(inner.guid);
    for (const bool full : {false, true}) {
        bench.cycle(full);
        EXPECT_TRUE(bench.memberships().contains({corp("team"), corp("below")}));
    }
    ad.object(inner.guid).members.clear();
    bench.cycle();
    EXPECT_FALSE(bench.memberships().contains({corp("team"), corp("below")}));
}

}  // namespace
}  // namespace dirsync::testing
