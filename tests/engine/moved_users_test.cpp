#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/memory/store.hpp"
#include "tests/support/counting_store.hpp"
#include "tests/support/sync_bench.hpp"

// Users that move from one domain to another (semantics 5.17).
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

/// Where very many entries cannot be read, they are not asked for again in each cycle.
TEST_P(Moves, OfWhomNobodyAsksAgainNobodyComesInByTheAccountOfBefore) {  // semantics 2.6, 5.14
    const auto second = ad.add_group("second", old_home).guid;
    bench.settings.scope.groups.push_back(scope_name(old_home == 0 ? emea("second") : corp("second")));
    bench.cycle();
    const auto old = ad.object(zoe);
    ad.move(zoe, new_home);
    ad.hide("accountExpires");
    for (int i = 0; i < 501; ++i) ad.add_user("new" + std::to_string(i), new_home);
    bench.cycle();
    ASSERT_EQ(bench.memberships(), with_zoe);
    ad.object(second).members = {zoe};
    for (int i = 0; i < 2; ++i) {
        bench.cycle();
        EXPECT_EQ(bench.memberships(), with_zoe);
    }
}

/// It has no row, and brings in those whom the store has.
TEST_P(Moves, ANestedGroupThatMovedIntoAConflictKeepsItsMembers) {  // semantics 2.3, 5.17
    const auto inner = ad.add_group("inner", old_home).guid;
    ad.object(inner).attributes["description"] = std::string(1025, 'x');  // too long for a row
    ad.object(inner).members = {zoe};
    ad.object(team).members = {inner};
    bench.cycle();
    ASSERT_EQ(bench.memberships(), with_zoe);
    ad.move(inner, new_home);
    ad.object(inner).mangled = true;
    ad.object(inner).members = {zoe};
    ad.object(team).members = {inner};
    for (const bool full : {false, true}) {
        bench.cycle(full);
        EXPECT_EQ(bench.memberships(), with_zoe);
    }
}

/// A list may name the account that they have now.
TEST_P(Moves, WhoMovedAndCannotBeReadLeavesNoGroup) {  // semantics 5.14, 5.17
    const auto inner = ad.add_group("inner", old_home).guid;
    ad.object(team).members.insert(inner);
    bench.cycle();
    ad.move(zoe, new_home);
    ad.object(inner).members = {ad.add_foreign(ad.object(zoe), old_home).guid};
    ad.object(team).members = {inner};
    ad.hide("accountExpires");
    for (const bool full : {false, true, false}) {
        EXPECT_TRUE(bench.cycle(full).holds.empty());
        EXPECT_EQ(bench.memberships(), with_zoe);
    }
    // Once the account can be read, the lists count again.
    ad.object(inner).members.clear();
    ad.show("accountExpires");
    bench.cycle(true);
    EXPECT_TRUE(bench.memberships().empty());
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

}  // namespace
}  // namespace dirsync::testing
