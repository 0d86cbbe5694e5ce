#include "daemon/cycles/scheduler.hpp"

#include <gtest/gtest.h>

namespace dirsync::daemon {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class SchedulerTest : public ::testing::Test {
protected:
    Scheduler::Point now = Scheduler::Point(seconds(1000));
    Scheduler scheduler{{Duration(30), Duration(3600), 10, Duration(300), Duration(900)}, now};

    /// Runs what is due, as ended with `failure`.
    void run(std::optional<ErrorClass> failure = std::nullopt, double chance = 0.5) {
        const auto due = scheduler.due(now);
        ASSERT_TRUE(due.has_value());
        scheduler.finished(now, due->full, failure, chance);
    }
    seconds wait() const { return std::chrono::duration_cast<seconds>(*scheduler.next() - now); }
};

TEST_F(SchedulerTest, TheFirstCycleIsDueAtOnce) {
    ASSERT_TRUE(scheduler.due(now).has_value());
    EXPECT_EQ(scheduler.due(now)->trigger, "start");
}

TEST_F(SchedulerTest, ThePollIntervalVariesByTheJitter) {
    run(std::nullopt, 0.0);
    EXPECT_EQ(wait(), seconds(27));
    now = *scheduler.next();
    run(std::nullopt, 0.5);
    EXPECT_EQ(wait(), seconds(30));
    EXPECT_FALSE(scheduler.due(now).has_value());
    EXPECT_EQ(scheduler.due(now + seconds(30))->trigger, "schedule");
}

TEST_F(SchedulerTest, AFullResyncIsDueAfterItsTimeAndOnlyItsSuccessCounts) {
    run();
    now += seconds(3601);
    ASSERT_TRUE(scheduler.due(now)->full);
    run(ErrorClass::transient);
    now += seconds(2);
    ASSERT_TRUE(scheduler.due(now)->full);
    run();
    now += seconds(40);
    EXPECT_FALSE(scheduler.due(now)->full);
}

TEST_F(SchedulerTest, FailuresBackOffUpToALimitAndSuccessEndsThat) {
    Scheduler::Clock::duration before{0};
    for (int i = 0; i < 12; ++i) {
        run(ErrorClass::transient, 0.999);
        const auto span = *scheduler.next() - now;
        EXPECT_GE(span, before);
        EXPECT_LE(span, seconds(300));
        before = span;
        now = *scheduler.next();
    }
    EXPECT_GT(before, seconds(250));
    EXPECT_EQ(scheduler.due(now)->trigger, "retry");
    run();
    EXPECT_EQ(wait(), seconds(30));
}

TEST_F(SchedulerTest, RefusedCredentialsRestForALongTimeUnlessTheyChange) {  // semantics 5.8
    run(ErrorClass::denied);
    EXPECT_EQ(wait(), seconds(900));
    EXPECT_TRUE(scheduler.is_denied(now + seconds(899)));
    EXPECT_FALSE(scheduler.is_denied(now + seconds(900)));
    scheduler.credentials_changed(now + seconds(5));
    EXPECT_FALSE(scheduler.is_denied(now + seconds(5)));
    EXPECT_TRUE(scheduler.due(now + seconds(5)).has_value());
}

TEST_F(SchedulerTest, PauseStopsCyclesAndResumeCatchesUpInOne) {  // semantics 4.5
    run();
    scheduler.set_paused(true, now);
    EXPECT_FALSE(scheduler.next().has_value());
    EXPECT_FALSE(scheduler.due(now + seconds(100'000)).has_value());
    now += seconds(100'000);
    scheduler.set_paused(false, now);
    EXPECT_TRUE(scheduler.due(now).has_value());
    run();
    EXPECT_FALSE(scheduler.due(now).has_value());
}

TEST_F(SchedulerTest, ResumeDoesNotEndTheRestAfterRefusedCredentials) {  // semantics 5.8
    run(ErrorClass::denied);
    scheduler.set_paused(true, now);
    scheduler.set_paused(false, now + seconds(10));
    EXPECT_FALSE(scheduler.due(now + seconds(10)).has_value());
}

TEST_F(SchedulerTest, CredentialsThatAPlanFoundRefusedRestAsWell) {  // semantics 5.8
    run();
    scheduler.credentials_refused(now);
    EXPECT_TRUE(scheduler.is_denied(now));
    EXPECT_EQ(wait(), seconds(900));
    scheduler.use_settings({}, now + seconds(1));
    EXPECT_FALSE(scheduler.is_denied(now + seconds(1))) << "another configuration may have other credentials";
    EXPECT_TRUE(scheduler.due(now + seconds(1)).has_value());
}

TEST_F(SchedulerTest, WithNothingToPollOneSuccessIsEnough) {
    Scheduler::Settings settings;
    settings.periodic = false;
    scheduler.use_settings(settings, now);
    run(ErrorClass::transient);
    now = *scheduler.next();
    run();
    EXPECT_FALSE(scheduler.next().has_value());
    EXPECT_FALSE(scheduler.due(now + std::chrono::hours(10'000)).has_value());
    scheduler.use_settings(settings, now);
    EXPECT_TRUE(scheduler.due(now).has_value()) << "a reload looks once";
}

TEST_F(SchedulerTest, BackOffIsDrawnFromTheUpperHalfOfItsSpan) {
    for (int i = 0; i < 4; ++i) {
        run(ErrorClass::transient, 0.0);
        if (i < 3) now = *scheduler.next();
    }
    EXPECT_EQ(wait(), seconds(4));
}

TEST_F(SchedulerTest, ANotificationBringsTheNextCycleForward) {  // semantics 6.2
    run();
    scheduler.notified(now + milliseconds(20));
    EXPECT_FALSE(scheduler.due(now).has_value());
    now += milliseconds(20);
    ASSERT_TRUE(scheduler.due(now).has_value());
    EXPECT_EQ(scheduler.due(now)->trigger, "notification");
    run();
    EXPECT_EQ(wait(), seconds(30));
    EXPECT_EQ(scheduler.due(now + seconds(30))->trigger, "schedule");
}

TEST_F(SchedulerTest, ANotificationNeverPutsACycleOff) {
    run();
    scheduler.notified(now + seconds(60));
    EXPECT_EQ(wait(), seconds(30));
    EXPECT_EQ(scheduler.due(now + seconds(30))->trigger, "schedule");
}

TEST_F(SchedulerTest, AFailingDirectoryIsNotAskedMoreOftenForANotification) {  // semantics 5.8
    for (int i = 0; i < 4; ++i) {
        run(ErrorClass::transient);
        now = *scheduler.next();
    }
    run(ErrorClass::denied);
    const auto before = scheduler.next();
    scheduler.notified(now);
    EXPECT_EQ(scheduler.next(), before);
}

}  // namespace
}  // namespace dirsync::daemon
