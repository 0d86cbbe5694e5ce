#include <gtest/gtest.h>

#include "tests/engine/clock_fixture.hpp"

// Pauses while clocks are wrong (semantics 4.5, 5.13).
namespace dirsync::testing {
namespace {

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

INSTANTIATE_TEST_SUITE_P(Modes, PauseInDoubt, all_modes(), mode_name);

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
