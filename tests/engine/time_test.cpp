#include <gtest/gtest.h>

#include "store/memory/store.hpp"
#include "tests/support/sync_bench.hpp"

// Clocks that are wrong (semantics 5.13).
namespace dirsync::testing {
namespace {

using Following = ModelDirectory::Following;
using sync::HoldClass;
using sync::Outcome;

constexpr Duration minute{60};
constexpr Duration day{86400};

std::string at(const std::string& name) { return name + "@corp.example.com"; }

/// `population` users in a group; the first `expired` of them expired ten days ago.
class WrongClock : public ::testing::TestWithParam<Following> {
protected:
    static constexpr std::size_t population = 60;

    void SetUp() override {
        auto& staff = ad.add_group("staff");
        for (std::size_t i = 0; i < population; ++i) {
            people.push_back(ad.add_user("user" + std::to_string(i)).guid);
            staff.members.insert(people.back());
        }
        bench.settings.scope.groups = {scope_name(at("staff"))};
        ad.follow(GetParam());
    }
    void expire(std::size_t first, std::size_t last, Time when) {
        for (std::size_t i = first; i < last; ++i)
            ad.object(people[i]).expires = when.time_since_epoch().count();
    }
    std::size_t disabled() {
        std::size_t count = 0;
        for (auto& [name, row] : bench.users()) count += row["status"] == "DISABLED" ? 1U : 0U;
        return count;
    }
    std::size_t out() {
        std::size_t count = 0;
        for (auto& [name, row] : bench.users()) count += row["scope"] == "out" ? 1U : 0U;
        return count;
    }
    void leave(std::size_t first, std::size_t last) {
        for (std::size_t i = first; i < last; ++i) ad.find("staff")->members.erase(people[i]);
    }
    /// A cycle while time is in doubt.
    sync::CycleReport doubtful(bool full = false) {
        const auto report = bench.cycle(full);
        EXPECT_EQ(report.run.outcome, Outcome::partial);
        EXPECT_EQ(report.exit_code(false), 75);
        EXPECT_FALSE(report.scope_warnings.empty());
        if (!report.scope_warnings.empty()) {
            EXPECT_EQ(report.scope_warnings.front(), report.time_doubt);
        }
        EXPECT_EQ(report.time_doubt.find("the clock of this host says"), 0u);
        EXPECT_EQ(bench.status().time_doubt, report.time_doubt);
        return report;
    }
    void certain() {
        const auto report = bench.cycle();
        EXPECT_EQ(report.exit_code(false), 0);
        EXPECT_EQ(report.time_doubt, "");
        EXPECT_EQ(bench.status().time_doubt, "");
        EXPECT_TRUE(report.scope_warnings.empty());
    }

    SyncBench bench{store::make_memory_store()};
    ModelDirectory& ad = bench.directory;
    std::vector<ObjectGuid> people;
};

const auto all_modes = ::testing::Values(Following::none, Following::usn, Following::dirsync);
std::string mode_name(const ::testing::TestParamInfo<Following>& mode) {
    if (mode.param == Following::none) return "Full";
    return mode.param == Following::usn ? "Usn" : "DirSync";
}
INSTANTIATE_TEST_SUITE_P(Modes, WrongClock, all_modes, mode_name);

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

TEST_P(WrongClock, ManyNewcomersAreNotHeldLater) {  // 5.14
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

TEST_P(WrongClock, ATypoInTheScopeTakesNobodyAwayOnceTimeIsCertain) {  // 2.10
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

TEST_P(WrongClock, ATypoThatIsHeldStaysSo) {  // 2.10
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

TEST_P(WrongClock, WhatIsHeldStaysSoAndItsApprovalWaits) {  // 5.3
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

TEST_P(WrongClock, WhoWasGivenUpAndIsHeldGoesWhenTimeIsCertainAgain) {  // 5.2, 5.3
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

TEST_P(WrongClock, NothingIsCountedForTheGuardsOfLater) {  // 5.3
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

TEST_P(WrongClock, CountsOfTheFutureDoNotCountAndGo) {  // 5.3
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

TEST_P(WrongClock, ASmallStepBackKeepsTheWindow) {  // 5.3
    certain();
    for (std::size_t i = 0; i < 10; ++i) ad.object(people[i]).disabled = true;
    certain();
    bench.now -= 2 * minute;
    ad.object(people[10]).disabled = true;
    EXPECT_EQ(bench.cycle().exit_code(false), 3);
}

TEST_P(WrongClock, WhoCameBackWhileBothClocksWereSlowIsPutBackWithoutAnApproval) {
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

TEST_P(WrongClock, AMassExpiryAfterAnExtensionIsHeld) {  // 5.3
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
TEST_P(WrongClock, ATrickleInDoubtIsHeldAsWell) {
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

class PauseInDoubt : public WrongClock {
protected:
    void SetUp() override {
        WrongClock::SetUp();
        bench.settings.lifecycle.paused_disable_after = 28 * day;
        certain();
    }
    void pause(bool in_doubt = false) {
        ASSERT_TRUE(bench.store().set_paused(bench.now + bench.host_error, in_doubt,
                                             sync::run_of_admin("pause", {}, bench.now)));
    }
};

INSTANTIATE_TEST_SUITE_P(Modes, PauseInDoubt, all_modes, mode_name);

TEST_P(PauseInDoubt, AFastClockDisablesNobody) {  // 4.5
    pause();
    bench.host_error = 60 * day;
    for (const bool restarted : {false, true}) {
        for (const bool reachable : {true, false}) {
            if (restarted) bench.restart();
            ad.refuse(reachable ? std::nullopt : std::optional(ErrorCode::unreachable));
            const auto report = bench.cycle();
            EXPECT_TRUE(report.paused);
            EXPECT_EQ(report.exit_code(false), 75);
            EXPECT_NE(report.time_doubt, "");
            EXPECT_EQ(disabled(), 0u);
        }
    }
    EXPECT_EQ(bench.rows("v1_runs", "run_id").size(), 2u) << "the first sync, and the pause";
}

TEST_P(PauseInDoubt, ARealOneEndsAlsoAfterARestart) {  // 4.5
    pause();
    bench.restart();
    bench.now += 28 * day;
    ad.refuse(ErrorCode::unreachable);
    EXPECT_FALSE(bench.cycle().wrote) << "nothing bears the time out";
    ad.refuse(std::nullopt);
    EXPECT_TRUE(bench.cycle().wrote);
    EXPECT_EQ(disabled(), population);
}

TEST_P(PauseInDoubt, TheSteadyClockEndsOneThoughNoDomainControllerAnswers) {  // 4.5
    pause();
    bench.now += 28 * day;
    ad.refuse(ErrorCode::unreachable);
    EXPECT_TRUE(bench.cycle().wrote);
    EXPECT_EQ(disabled(), population);
}

TEST_P(PauseInDoubt, RefusedCredentialsAreAnError) {  // 5.8
    pause();
    bench.restart();
    bench.now += 28 * day;
    ad.refuse(ErrorCode::invalid_credentials);
    EXPECT_EQ(bench.cycle().exit_code(false), 77);
    EXPECT_EQ(disabled(), 0u);
}

TEST_P(PauseInDoubt, WhoResumesWhileADomainControllerIsAskedIsNotOverrun) {  // 4.5
    for (const bool in_doubt : {false, true}) {
        pause(in_doubt);
        bench.restart();
        bench.now += 28 * day;
        ad.on_connect = [this] {
            ASSERT_TRUE(
                bench.store().set_paused(std::nullopt, false, sync::run_of_admin("resume", {}, bench.now)));
        };
        EXPECT_FALSE(bench.cycle().wrote);
        ad.on_connect = {};
        EXPECT_EQ(disabled(), 0u);
        EXPECT_FALSE(bench.status().paused);
        EXPECT_FALSE(bench.status().paused_since);
        EXPECT_FALSE(bench.cycle().paused);
    }
}

TEST_P(PauseInDoubt, OneThatBeginsInDoubtStartsItsClockWhenTimeIsCertain) {  // 4.5
    bench.host_error = -60 * day;
    doubtful();
    pause(true);
    EXPECT_FALSE(bench.cycle().wrote);
    EXPECT_TRUE(bench.status().pause_in_doubt);
    bench.host_error = {};
    EXPECT_FALSE(bench.cycle().wrote);
    EXPECT_FALSE(bench.status().pause_in_doubt);
    EXPECT_EQ(bench.status().pause_end, bench.now + 28 * day);
    bench.now += 28 * day - Duration(1);
    EXPECT_FALSE(bench.cycle().wrote);
    bench.now += Duration(1);
    EXPECT_TRUE(bench.cycle().wrote);
    EXPECT_EQ(disabled(), population);
}

}  // namespace
}  // namespace dirsync::testing
