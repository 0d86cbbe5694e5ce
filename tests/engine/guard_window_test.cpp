#include <gtest/gtest.h>

#include "store/memory/store.hpp"
#include "tests/support/sync_bench.hpp"

namespace dirsync::testing {
namespace {

using sync::HoldClass;

// A loss that comes a few objects at a time, as changes that are followed within seconds do.
class GuardWindowTest : public ::testing::Test {
protected:
    static constexpr std::size_t population = 60;  // 10% are 6; a percentage counts above 10 objects

    SyncBench bench{store::make_memory_store()};
    ModelDirectory& ad = bench.directory;
    std::vector<ObjectGuid> people;

    void SetUp() override {
        auto& staff = ad.add_group("staff");
        auto& floor = ad.add_group("floor");
        for (std::size_t i = 0; i < population; ++i) {
            people.push_back(ad.add_user("user" + std::to_string(i)).guid);
            staff.members.insert(people.back());
            floor.members.insert(people.back());
        }
        for (const char* name : {"staff", "floor"})
            bench.settings.scope.groups.push_back(scope_name(std::string(name) + "@corp.example.com"));
        ASSERT_EQ(bench.cycle().exit_code(false), 0);
    }

    /// One run each for `first` to `last`, ten seconds apart.
    sync::CycleReport trickle(std::size_t first, std::size_t last,
                              const std::function<void(const ObjectGuid&)>& loss) {
        sync::CycleReport report;
        for (std::size_t i = first; i < last; ++i) {
            loss(people[i]);
            bench.now += Duration(10);
            report = bench.cycle();
        }
        return report;
    }

    sync::CycleReport remove(std::size_t first, std::size_t last) {
        return trickle(first, last, [this](const ObjectGuid& guid) { ad.remove(guid); });
    }
};

TEST_F(GuardWindowTest, ALossInManySmallRunsIsOneLoss) {  // semantics 5.3
    EXPECT_EQ(remove(0, 10).exit_code(false), 0);
    const auto held = remove(10, 15);
    EXPECT_EQ(held.exit_code(false), 3);
    ASSERT_EQ(held.holds.size(), 1U);
    EXPECT_EQ(held.holds[0].hold, HoldClass::remove_users);
    EXPECT_EQ(held.holds[0].objects.size(), 5U);
    EXPECT_EQ(held.holds[0].limit, "500 or 10% in 1h, 10 went through before");
    EXPECT_EQ(bench.users().size(), 50U);
}

TEST_F(GuardWindowTest, APlanShowsWhatTheWindowWillHold) {  // semantics 5.4
    remove(0, 10);
    ad.remove(people[10]);
    const auto plan = bench.dry_run();
    ASSERT_EQ(plan.holds.size(), 1U);
    EXPECT_EQ(plan.holds[0].id, bench.cycle().holds.at(0).id);
}

TEST_F(GuardWindowTest, WhatTheWindowHoldsWaitsForAnAdminAndNotForTheClock) {  // semantics 5.3
    remove(0, 10);
    const auto held = remove(10, 12);
    for (int hour = 0; hour < 5; ++hour) {
        bench.now += Duration(3600);
        ad.find("user50")->attributes["mail"] = "m" + std::to_string(hour) + "@example.com";
        EXPECT_EQ(bench.cycle().holds.at(0).id, held.holds.at(0).id);
    }
    EXPECT_EQ(bench.users().size(), 50U);
    EXPECT_EQ(bench.cycle(false, {held.holds.at(0).id}).exit_code(false), 0);
    EXPECT_EQ(bench.users().size(), 48U);
}

TEST_F(GuardWindowTest, AHoldThatGrowsKeepsItsBeginning) {  // semantics 5.3
    remove(0, 10);
    const Time since = remove(10, 11).holds.at(0).since;
    const auto grown = remove(11, 13);
    EXPECT_EQ(grown.holds.at(0).since, since);
    EXPECT_EQ(bench.rows("v1_users").size(), 50U);
}

TEST_F(GuardWindowTest, AWiderLimitLetsGoAtOnce) {  // semantics 5.3
    remove(0, 10);
    ASSERT_EQ(remove(10, 12).holds.size(), 1U);
    bench.settings.safety.remove_users.percent = 50;
    EXPECT_TRUE(bench.cycle().holds.empty()) << "nothing is new in the directory";
    EXPECT_EQ(bench.users().size(), 48U);
}

TEST_F(GuardWindowTest, ItCountsAcrossRestarts) {  // semantics 5.3
    remove(0, 10);
    bench.restart();
    EXPECT_EQ(remove(10, 11).exit_code(false), 3);
    bench.restart();
    EXPECT_EQ(remove(11, 12).holds.at(0).objects.size(), 2U);
}

TEST_F(GuardWindowTest, AnApprovalBeginsANewWindow) {  // semantics 5.3
    remove(0, 10);
    const auto id = remove(10, 11).holds.at(0).id;
    ASSERT_EQ(bench.cycle(false, {id}).exit_code(false), 0);
    EXPECT_EQ(remove(11, 21).exit_code(false), 0);
    EXPECT_EQ(remove(21, 22).exit_code(false), 3);
}

TEST_F(GuardWindowTest, ALongWayApartIsNoLossAtOnce) {  // semantics 5.3
    remove(0, 10);
    bench.now += Duration(3600);
    EXPECT_EQ(remove(10, 20).exit_code(false), 0);
    EXPECT_EQ(bench.users().size(), 40U);
}

TEST_F(GuardWindowTest, WithoutAWindowEachRunIsJudgedByItself) {  // semantics 5.3
    bench.settings.safety.window = std::nullopt;
    EXPECT_EQ(remove(0, 30).exit_code(false), 0);
    EXPECT_EQ(bench.users().size(), 30U);
}

TEST_F(GuardWindowTest, DisablingInManyRunsIsHeldAndOtherClassesGoThrough) {  // semantics 5.3
    trickle(0, 10, [this](const ObjectGuid& guid) { ad.object(guid).disabled = true; });
    ad.remove(people[50]);
    const auto held = trickle(10, 13, [this](const ObjectGuid& guid) { ad.object(guid).disabled = true; });
    ASSERT_EQ(held.holds.size(), 1U);
    EXPECT_EQ(held.holds[0].hold, HoldClass::disable_users);
    EXPECT_EQ(held.holds[0].objects.size(), 3U);
    EXPECT_EQ(bench.users().size(), 59U);
}

TEST_F(GuardWindowTest, AGroupThatEmptiesMemberByMemberIsHeld) {  // semantics 5.3
    bench.settings.safety.remove_memberships = {5000, 100};
    bench.settings.safety.remove_members_per_group = {1000, 50};
    const auto held =
        trickle(0, 40, [this](const ObjectGuid& guid) { ad.find("staff")->members.erase(guid); });
    ASSERT_EQ(held.holds.size(), 1U);
    EXPECT_EQ(held.holds[0].hold, HoldClass::remove_members_of_group);
    EXPECT_EQ(held.holds[0].objects.size(), 10U);
    // Another group has a window of its own.
    ad.find("floor")->members.erase(people[0]);
    bench.cycle();
    EXPECT_EQ(bench.memberships().size(), 30U + 59U);
}

// semantics 5.3: by the limits that a site has which sets none.
TEST(GuardDefaults, AGroupThatLosesMostOfItsMembersIsHeldByItself) {
    SyncBench bench{store::make_memory_store()};
    ModelDirectory& ad = bench.directory;
    std::vector<ObjectGuid> people;
    for (int i = 0; i < 392; ++i) people.push_back(ad.add_user("user" + std::to_string(i)).guid);
    const std::vector<std::pair<std::string, std::size_t>> sizes{{"big", 100}, {"small", 8}, {"all", 392}};
    for (const auto& [name, size] : sizes) {
        auto& group = ad.add_group(name);
        group.members.insert(people.begin(), people.begin() + static_cast<std::ptrdiff_t>(size));
        bench.settings.scope.groups.push_back(scope_name(name + "@corp.example.com"));
    }
    ASSERT_EQ(bench.cycle().exit_code(false), 0);
    ASSERT_EQ(bench.memberships().size(), 500U);
    for (std::size_t i = 0; i < 80; ++i) ad.find("big")->members.erase(people[i]);
    for (std::size_t i = 0; i < 5; ++i) ad.find("small")->members.erase(people[i]);
    for (const bool full : {false, true}) {
        const auto report = bench.cycle(full);
        ASSERT_EQ(report.holds.size(), 1U);
        EXPECT_EQ(report.holds[0].hold, HoldClass::remove_members_of_group);
        EXPECT_EQ(report.holds[0].objects.size(), 80U);
        EXPECT_EQ(bench.memberships().size(), 500U - 5U);
    }
}

TEST_F(GuardWindowTest, MembershipsThatGoWithAUserAreNotCounted) {  // semantics 5.3
    bench.settings.safety.remove_memberships = {5, 100};
    EXPECT_EQ(remove(0, 10).exit_code(false), 0);
}

TEST_F(GuardWindowTest, AContestedRenameIsNotCountedEachTime) {  // semantics 3.4, 5.3
    bench.settings.safety.rename_users = {3, 100};
    ad.object(people[0]).attributes["userPrincipalName"] = "user1@corp.example.com";
    for (int i = 0; i < 10; ++i) {
        ad.object(people[0]).attributes["mail"] = "m" + std::to_string(i) + "@example.com";
        bench.now += Duration(10);
        EXPECT_TRUE(bench.cycle().holds.empty()) << i;
    }
}

}  // namespace
}  // namespace dirsync::testing
