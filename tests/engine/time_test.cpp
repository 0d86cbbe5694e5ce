#include <gtest/gtest.h>

#include "tests/engine/clock_fixture.hpp"

// Clocks that are wrong (semantics 5.13).
namespace dirsync::testing {
namespace {

INSTANTIATE_TEST_SUITE_P(Modes, WrongClock, all_modes(), mode_name);

TEST_P(WrongClock, SlowLetsNoLeaverIn) {
    expire(0, 30, bench.now - 10 * day);
    certain();
    ASSERT_EQ(disabled(), 30u);
    for (const bool restarted : {false, true}) {
        bench.host_error = -60 * day;
        if (restarted) bench.restart();
        doubtful();
        EXPECT_EQ(disabled(), 30u);
        bench.host_error = {};
        certain();
        EXPECT_EQ(disabled(), 30u);
    }
}

TEST_P(WrongClock, TheDomainControllersMayBeTheOnesThatAreWrong) {
    expire(0, 9, bench.now - 10 * day);
    expire(9, 18, bench.now + 30 * day);
    certain();
    for (const Duration error : {60 * day, -60 * day}) {
        bench.directory_error = error;
        doubtful();
        EXPECT_EQ(disabled(), 9u);
    }
}

TEST_P(WrongClock, FastDisablesNobody) {
    expire(0, 9, bench.now + 30 * day);
    certain();
    bench.host_error = 60 * day;
    doubtful();
    EXPECT_EQ(disabled(), 0u);
    bench.host_error = {};
    certain();
    bench.now += 30 * day;
    certain();
    EXPECT_EQ(disabled(), 9u) << "once they really expire, at once";
}

TEST_P(WrongClock, AMomentThatPassesMeanwhileIsNotSwallowed) {
    expire(0, 5, bench.now + day);
    certain();
    for (const bool restarted : {false, true}) {
        const std::size_t first = restarted ? 5 : 0;
        expire(first, first + 5, bench.now + day);
        certain();
        bench.host_error = -60 * day;
        bench.now += 2 * day;
        doubtful();
        EXPECT_EQ(disabled(), first);
        if (restarted) bench.restart();
        doubtful();
        bench.host_error = {};
        if (restarted) bench.restart();
        certain();
        EXPECT_EQ(disabled(), first + 5);
    }
}

TEST_P(WrongClock, AnExtensionIsAppliedOnceTimeIsCertain) {
    expire(0, 5, bench.now - day);
    certain();
    bench.host_error = 60 * day;
    expire(0, 3, bench.now + 10 * day);
    expire(3, 5, Time(Duration(sync::never_expires)));
    doubtful();
    EXPECT_EQ(disabled(), 3u) << "who never expires does not depend on time";
    bench.host_error = {};
    certain();
    EXPECT_EQ(disabled(), 0u);
}

TEST_P(WrongClock, DisabledInTheDirectoryIsAppliedAtOnce) {
    expire(0, 5, bench.now + 300 * day);
    certain();
    bench.host_error = -60 * day;
    ad.object(people[0]).disabled = true;
    ad.object(people[10]).disabled = true;
    doubtful();
    EXPECT_EQ(disabled(), 2u);
    ad.object(people[0]).disabled = false;
    ad.object(people[10]).disabled = false;
    doubtful();
    EXPECT_EQ(disabled(), 1u) << "whose expiry is not known to be ahead waits";
    bench.host_error = {};
    certain();
    EXPECT_EQ(disabled(), 0u);
}

TEST_P(WrongClock, ANewcomerWaitsUnlessEveryClockSaysTheSame) {
    certain();
    for (const Duration error : {60 * day, -60 * day}) {
        bench.host_error = error;
        for (const Duration left : {30 * day, -30 * day, 90 * day, -90 * day}) {
            const std::string name =
                "new" + std::to_string(error.count()) + "_" + std::to_string(left.count());
            const auto guid = ad.add_user(name).guid;
            ad.object(guid).expires = (bench.now + left).time_since_epoch().count();
            ad.find("staff")->members.insert(guid);
            doubtful();
            const bool is_ahead = left > Duration(0) && left > error;
            const bool is_over = left <= Duration(0) && left <= error;
            EXPECT_EQ(bench.users().contains(at(name)), is_ahead || is_over) << name;
            if (is_ahead || is_over) {
                EXPECT_EQ(bench.users().at(at(name))["status"], is_ahead ? "ENABLED" : "DISABLED") << name;
            }
        }
    }
    bench.host_error = {};
    certain();
    EXPECT_EQ(bench.users().size(), population + 8);
    EXPECT_EQ(disabled(), 4u);
}

TEST_P(WrongClock, NoClockStartsAndNoneRunsOut) {
    bench.settings.lifecycle.delete_after = 40 * day;
    certain();
    leave(0, 4);
    certain();
    EXPECT_EQ(out(), 4u);
    bench.host_error = 60 * day;
    leave(4, 8);
    doubtful();
    EXPECT_EQ(bench.users().size(), population);
    EXPECT_EQ(disabled(), 0u);
    EXPECT_EQ(out(), 4u) << "the row stays as it is";
    bench.host_error = {};
    certain();
    EXPECT_EQ(out(), 8u);
    EXPECT_EQ(bench.users().at(at("user5"))["out_since"], to_text(bench.now));
    bench.now += 28 * day;
    certain();
    EXPECT_EQ(disabled(), 8u);
    bench.host_error = -60 * day;
    doubtful();
    EXPECT_EQ(disabled(), 8u) << "what ran out is not taken back";
    bench.host_error = {};
    bench.now += 12 * day;
    certain();
    EXPECT_EQ(bench.users().size(), population - 8);
}

TEST_P(WrongClock, WhoLeavesUnderASlowClockHasTheWholeTime) {
    certain();
    bench.host_error = -60 * day;
    leave(0, 9);
    doubtful();
    bench.restart();
    bench.host_error = {};
    certain();
    EXPECT_EQ(out(), 9u);
    EXPECT_EQ(disabled(), 0u);
}

TEST_P(WrongClock, AGroupThatLeftIsNotEmptied) {
    auto& team = ad.add_group("team");
    for (std::size_t i = 0; i < 5; ++i) team.members.insert(people[i]);
    bench.settings.scope.groups.push_back(scope_name(at("team")));
    certain();
    bench.settings.scope.groups.pop_back();
    certain();
    const auto members = bench.memberships();
    bench.host_error = 60 * day;
    doubtful();
    EXPECT_EQ(bench.memberships(), members);
}

TEST_P(WrongClock, NobodyIsGivenUpWhoIsOnlyHidden) {
    bench.settings.safety.unproven_deletion = 30 * day;
    certain();
    for (std::size_t i = 0; i < 9; ++i) ad.object(people[i]).visible = false;
    EXPECT_EQ(bench.cycle(true).exit_code(false), 3);
    bench.host_error = 60 * day;
    doubtful();
    doubtful();
    EXPECT_EQ(bench.users().size(), population);
    bench.host_error = {};
    EXPECT_EQ(bench.cycle().exit_code(false), 3);
    bench.now += 30 * day;
    certain();
    EXPECT_EQ(bench.users().size(), population - 9) << "the time of the configuration is over";
}

TEST_P(WrongClock, WhoIsMissedFirstInDoubtIsMissedSinceTimeIsCertain) {
    bench.settings.safety.unproven_deletion = 30 * day;
    certain();
    bench.host_error = -60 * day;
    for (std::size_t i = 0; i < 9; ++i) ad.object(people[i]).visible = false;
    EXPECT_EQ(doubtful(true).holds.size(), 1u);
    bench.restart();
    bench.host_error = {};
    EXPECT_EQ(bench.cycle().exit_code(false), 3);
    EXPECT_EQ(bench.users().size(), population);
    bench.now += 30 * day - Duration(1);
    EXPECT_EQ(bench.cycle().exit_code(false), 3);
    bench.now += Duration(1);
    certain();
    EXPECT_EQ(bench.users().size(), population - 9);
}

TEST_P(WrongClock, WhoIsMissedFirstInDoubtAndIsBackByARevertIsMissedSinceThen) {  // semantics 5.2, 5.6
    certain();
    bench.host_error = -60 * day;
    ad.object(people[0]).visible = false;
    const auto hold = doubtful(true).holds.at(0).id;
    bench.host_error = {};
    EXPECT_EQ(bench.cycle(false, {hold}).exit_code(false), 0);
    EXPECT_EQ(bench.users().size(), population - 1);
    ASSERT_TRUE(bench.revert(bench.last_run_id()).has_value());
    bench.cycle();
    EXPECT_EQ(bench.users().size(), population);
    EXPECT_FALSE(bench.cycle().wrote);
}

TEST_P(WrongClock, DoubtIsARunWhenItBeginsAndWhenItEnds) {
    certain();
    const auto runs = [this] { return bench.rows("v1_runs", "run_id").size(); };
    const auto before = runs();
    bench.host_error = 60 * day;
    EXPECT_TRUE(doubtful().wrote);
    EXPECT_EQ(runs(), before + 1);
    EXPECT_EQ(bench.rows("v1_runs", "run_id").back()["outcome"], "partial");
    bench.restart();
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(doubtful().wrote);
    EXPECT_EQ(runs(), before + 1);
    bench.host_error = {};
    certain();
    certain();
    EXPECT_EQ(runs(), before + 2);
    EXPECT_EQ(bench.rows("v1_runs", "run_id").back()["outcome"], "ok");
}

TEST_P(WrongClock, APlanInDoubtLeavesNoTrace) {  // 5.4
    certain();
    bench.host_error = 60 * day;
    EXPECT_EQ(bench.dry_run().exit_code(true), 75);
    bench.host_error = {};
    EXPECT_FALSE(bench.cycle().wrote);
}

TEST_P(WrongClock, AFirstSyncWaitsForTheTimeWithItsClocksOnly) {
    expire(0, 5, bench.now + 30 * day);
    bench.host_error = 60 * day;
    doubtful();
    EXPECT_EQ(bench.users().size(), population - 5);
    bench.host_error = {};
    certain();
    EXPECT_EQ(bench.users().size(), population);
    EXPECT_EQ(disabled(), 0u);
}

TEST_P(WrongClock, WithoutATimeOfTheDirectoryTheSteadyClockCounts) {
    expire(0, 9, bench.now + 30 * day);
    certain();
    ad.clock = nullptr;
    bench.now += 3 * day;
    certain();
    bench.host_error = 60 * day;
    doubtful();
    EXPECT_EQ(disabled(), 0u);
    bench.restart();
    doubtful();
    EXPECT_EQ(disabled(), 0u);
}

}  // namespace
}  // namespace dirsync::testing
