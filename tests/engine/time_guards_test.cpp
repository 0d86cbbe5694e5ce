#include <gtest/gtest.h>

#include "tests/engine/clock_fixture.hpp"

// Guards and holds while clocks are wrong (semantics 5.3, 5.13).
namespace dirsync::testing {
namespace {

using GuardsInDoubt = WrongClock;
INSTANTIATE_TEST_SUITE_P(Modes, GuardsInDoubt, all_modes(), mode_name);

TEST_P(GuardsInDoubt, ManyNewcomersAreNotHeldLater) {  // 5.14
    certain();
    bench.host_error = 60 * day;
    for (int i = 0; i < 40; ++i) {
        const auto guid = ad.add_user("new" + std::to_string(i)).guid;
        ad.object(guid).expires = (bench.now + 30 * day).time_since_epoch().count();
        ad.find("staff")->members.insert(guid);
    }
    doubtful();
    EXPECT_EQ(bench.users().size(), population);
    bench.host_error = {};
    certain();
    EXPECT_EQ(bench.users().size(), population + 40);
    EXPECT_EQ(disabled(), 0u);
}

TEST_P(GuardsInDoubt, ATypoInTheScopeTakesNobodyAwayOnceTimeIsCertain) {  // 2.10
    certain();
    const auto members = bench.memberships();
    bench.settings.scope.groups = {scope_name(at("staffs"))};
    bench.settings.scope.exclude_users = {scope_name(at("user1"))};
    bench.host_error = 60 * day;
    std::string id;
    for (const bool restarted : {false, true}) {
        if (restarted) bench.restart();
        const auto report = doubtful();
        ASSERT_EQ(report.holds.size(), 1u);
        EXPECT_EQ(report.holds[0].hold, HoldClass::scope_edit);
        EXPECT_EQ(report.holds[0].objects.size(), population + 1);
        if (restarted) {
            EXPECT_EQ(report.holds[0].id, id);
        }
        id = report.holds[0].id;
    }
    EXPECT_EQ(bench.memberships(), members);
    bench.host_error = {};
    const auto report = bench.cycle();
    ASSERT_EQ(report.holds.size(), 1u);
    EXPECT_EQ(report.holds[0].id, id);
    EXPECT_EQ(out(), 0u);
    EXPECT_EQ(bench.memberships(), members);
}

TEST_P(GuardsInDoubt, ATypoThatIsHeldStaysSo) {  // 2.10
    certain();
    bench.settings.scope.groups = {scope_name(at("staffs"))};
    const auto held = bench.cycle();
    ASSERT_EQ(held.holds.size(), 1u);
    bench.host_error = 60 * day;
    EXPECT_EQ(doubtful().holds.at(0).id, held.holds[0].id);
    bench.host_error = {};
    EXPECT_EQ(bench.cycle().holds.at(0).id, held.holds[0].id);
    EXPECT_EQ(out(), 0u);
}

TEST_P(GuardsInDoubt, WhatIsHeldStaysSoAndItsApprovalWaits) {  // 5.3
    expire(0, 30, bench.now + day);
    certain();
    bench.now += day;
    const auto held = bench.cycle();
    ASSERT_EQ(held.holds.size(), 1u);
    const auto& hold = held.holds[0];
    bench.host_error = -60 * day;
    for (const bool restarted : {false, true}) {
        if (restarted) bench.restart();
        const auto report = doubtful();
        ASSERT_EQ(report.holds.size(), 1u);
        EXPECT_EQ(report.holds[0].id, hold.id);
        EXPECT_EQ(report.holds[0].since, hold.since);
    }
    // One of them for another reason: the rest only waits for the time.
    ad.object(people[0]).disabled = true;
    EXPECT_EQ(doubtful().holds.at(0).id, hold.id);
    EXPECT_EQ(disabled(), 0u);
    EXPECT_EQ(bench.cycle(false, {hold.id}).holds.at(0).objects.size(), 29u);
    EXPECT_EQ(disabled(), 1u) << "that one does not depend on time";
    EXPECT_FALSE(doubtful().wrote);
    bench.restart();
    bench.host_error = {};
    certain();
    EXPECT_EQ(disabled(), 30u) << "by the approval that was given before";
}

TEST_P(GuardsInDoubt, WhoWasGivenUpAndIsHeldGoesWhenTimeIsCertainAgain) {  // 5.2, 5.3
    bench.settings.safety.unproven_deletion = 30 * day;
    bench.settings.safety.remove_users = {1, 100};
    certain();
    for (std::size_t i = 0; i < 9; ++i) ad.object(people[i]).visible = false;
    bench.cycle(true);
    bench.now += 60 * day;
    const auto held = bench.cycle();
    ASSERT_EQ(held.holds.size(), 1u);
    ASSERT_EQ(held.holds[0].hold, HoldClass::remove_users);
    const auto members = bench.memberships();
    bench.host_error = -60 * day;
    EXPECT_EQ(doubtful().holds.at(0).id, held.holds[0].id);
    EXPECT_EQ(bench.cycle(false, {held.holds[0].id}).holds.at(0).id, held.holds[0].id);
    bench.settings.safety.remove_users = {1000, 100};
    bench.restart();
    EXPECT_FALSE(doubtful().wrote);
    EXPECT_EQ(bench.users().size(), population);
    EXPECT_EQ(bench.memberships(), members);
    bench.host_error = {};
    certain();
    EXPECT_EQ(bench.users().size(), population - 9) << "by the approval that was given before";
}

TEST_P(GuardsInDoubt, NothingIsCountedForTheGuardsOfLater) {  // 5.3
    certain();
    bench.host_error = 60 * day;
    for (std::size_t i = 0; i < 6; ++i) ad.object(people[i]).disabled = true;
    doubtful();
    bench.host_error = {};
    certain();
    for (std::size_t i = 6; i < 12; ++i) ad.object(people[i]).disabled = true;
    certain();
    EXPECT_EQ(disabled(), 12u);
}

TEST_P(GuardsInDoubt, CountsOfTheFutureDoNotCountAndGo) {  // 5.3
    certain();
    // Both clocks were wrong together: that is the time.
    bench.host_error = bench.directory_error = 60 * day;
    for (std::size_t i = 0; i < 6; ++i) ad.object(people[i]).disabled = true;
    certain();
    bench.host_error = bench.directory_error = {};
    bench.restart();
    for (std::size_t i = 6; i < 12; ++i) ad.object(people[i]).disabled = true;
    certain();
    EXPECT_EQ(disabled(), 12u);
    bench.now += 60 * day;
    bench.restart();
    for (std::size_t i = 12; i < 17; ++i) ad.object(people[i]).disabled = true;
    certain();
    EXPECT_EQ(disabled(), 17u);
}

TEST_P(GuardsInDoubt, ASmallStepBackKeepsTheWindow) {  // 5.3
    certain();
    for (std::size_t i = 0; i < 10; ++i) ad.object(people[i]).disabled = true;
    certain();
    bench.now -= 2 * minute;
    ad.object(people[10]).disabled = true;
    EXPECT_EQ(bench.cycle().exit_code(false), 3);
}

TEST_P(GuardsInDoubt, WhoCameBackWhileBothClocksWereSlowIsPutBackWithoutAnApproval) {
    expire(0, 30, bench.now - 10 * day);
    certain();
    bench.host_error = bench.directory_error = -60 * day;
    const auto held = bench.cycle();
    ASSERT_EQ(held.holds.size(), 1u) << "letting in is guarded (5.14)";
    bench.cycle(false, {held.holds[0].id});
    const std::size_t let_in = 30 - disabled();
    ASSERT_EQ(let_in, 30u);
    bench.host_error = bench.directory_error = {};
    certain();
    EXPECT_EQ(disabled(), 30u);
    // They do not stand in the way of others.
    for (std::size_t i = 40; i < 46; ++i) ad.object(people[i]).disabled = true;
    certain();
}

TEST_P(GuardsInDoubt, AMassExpiryAfterAnExtensionIsHeld) {  // 5.3
    expire(0, 30, bench.now - 10 * day);
    certain();
    expire(0, 30, bench.now + 10 * day);
    const auto extended = bench.cycle();
    ASSERT_EQ(extended.holds.size(), 1u) << "as is the extension (5.14)";
    bench.cycle(false, {extended.holds[0].id});
    ASSERT_EQ(disabled(), 0u);
    bench.now += 10 * day;
    EXPECT_EQ(bench.cycle().exit_code(false), 3);
    EXPECT_EQ(disabled(), 0u);
}
// semantics 5.3, 5.13: what trickles through while time is in doubt adds up all the same.
TEST_P(GuardsInDoubt, ATrickleInDoubtIsHeldAsWell) {
    for (const Duration error : {11 * minute, -11 * minute}) {
        for (auto& guid : people) ad.object(guid).disabled = false;
        bench.host_error = {};
        auto back = bench.cycle();
        if (!back.holds.empty()) bench.cycle(false, {back.holds[0].id});
        bench.now += day;
        certain();
        ASSERT_EQ(disabled(), 0u);
        bench.host_error = error;
        for (std::size_t step = 0; step < 4; ++step) {
            for (std::size_t i = 0; i < 6; ++i) ad.object(people[step * 6 + i]).disabled = true;
            bench.cycle();
        }
        EXPECT_EQ(disabled(), 6u) << "more than a tenth within the hour";
        bench.host_error = {};
        EXPECT_EQ(bench.cycle().exit_code(false), 3) << "those who wait are too many by themselves";
        bench.now += day;
        for (auto& guid : people) ad.object(guid).disabled = false;
        bench.cycle();
    }
}

}  // namespace
}  // namespace dirsync::testing
