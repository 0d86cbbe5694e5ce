#include "daemon/cycles/agenda.hpp"

#include <gtest/gtest.h>

namespace dirsync::daemon {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using Step = Agenda::Step;

class AgendaTest : public ::testing::Test {
protected:
    static Scheduler::Settings settings() {
        Scheduler::Settings settings;
        settings.poll = Duration(30);
        settings.jitter_percent = 0;
        return settings;
    }
    void run_cycle(std::optional<ErrorClass> failure = std::nullopt) {
        ASSERT_EQ(agenda.next(now, sight).step, Step::cycle);
        agenda.finished(now, true, failure, 0.5);
    }
    Step next_step() const { return agenda.next(now, sight).step; }
    Agenda::Clock::duration wait() const {
        const auto next = agenda.next(now, sight);
        EXPECT_EQ(next.step, Step::wait);
        return next.until - now;
    }

    Agenda::Point now{hours(1000)};
    Agenda agenda{settings(), now, hours(1)};
    Agenda::Sight sight;
};

TEST_F(AgendaTest, CyclesComeFirst) {
    sight.pause_end = now;
    EXPECT_EQ(agenda.next(now, sight).due.trigger, "start");
    run_cycle();
    sight.pause_end.reset();
    EXPECT_EQ(wait(), seconds(30));
}

TEST_F(AgendaTest, APauseThatLastsTooLongIsLookedAtOnceInEachPoll) {  // semantics 4.5
    agenda.set_paused(true, now);
    sight.is_paused = true;
    sight.pause_end = now + seconds(100);
    agenda.pause_followed(now);
    now += seconds(29);
    EXPECT_EQ(wait(), seconds(1)) << "then the store is asked whether the pause goes on";
    now += seconds(1);
    EXPECT_EQ(next_step(), Step::follow_pause);
    now += seconds(70);
    agenda.pause_followed(now - seconds(1));
    EXPECT_EQ(next_step(), Step::end_pause);
    agenda.pause_tried(now);
    sight.pause_end = now;
    EXPECT_EQ(wait(), seconds(29));
    now += seconds(30);
    EXPECT_EQ(next_step(), Step::end_pause);
}

TEST_F(AgendaTest, NoPauseIsEndedWithRefusedCredentials) {  // semantics 4.5, 5.8
    agenda.set_paused(true, now);
    sight.is_paused = true;
    sight.pause_end = now;
    sight.may_bind = false;
    agenda.pause_followed(now);
    EXPECT_EQ(wait(), seconds(30)) << "the secret may have changed then";
}

TEST_F(AgendaTest, TheStoreIsLookedThroughInAQuietMomentOfEachDay) {  // semantics 5.18
    run_cycle();
    now += hours(1);
    EXPECT_EQ(next_step(), Step::cycle);
    run_cycle();
    EXPECT_EQ(next_step(), Step::look_through);
    EXPECT_EQ(next_step(), Step::look_through) << "part by part";
    agenda.looked_through(now);
    EXPECT_EQ(next_step(), Step::wait);
}

// semantics 5.18: a store that is gone is waited for, not asked again and again.
TEST_F(AgendaTest, NothingSpinsWhileTheStoreIsGone) {
    run_cycle();
    now += hours(1);
    run_cycle(ErrorClass::transient);
    sight.is_store_present = false;
    EXPECT_GE(wait(), std::chrono::milliseconds(500));
    agenda.set_paused(true, now);
    agenda.pause_followed(now);
    sight.is_paused = true;
    EXPECT_EQ(wait(), seconds(30));
}

TEST_F(AgendaTest, NoWaitEndsInThePast) {
    run_cycle(ErrorClass::denied);
    now += hours(2);
    run_cycle(ErrorClass::denied);
    for (unsigned bits = 0; bits < 32; ++bits) {
        sight.is_paused = (bits & 1U) != 0;
        sight.may_bind = (bits & 2U) != 0;
        sight.is_store_present = (bits & 4U) != 0;
        sight.pause_end = (bits & 8U) != 0 ? std::optional(now - hours(1)) : std::nullopt;
        agenda.set_paused(sight.is_paused, now);
        if ((bits & 16U) != 0) agenda.pause_tried(now);
        const auto next = agenda.next(now, sight);
        if (next.step == Step::wait) {
            EXPECT_GT(next.until, now) << bits;
        }
    }
}

TEST_F(AgendaTest, RefusedCredentialsRestAndAreLookedAtInEachPoll) {  // semantics 5.8
    run_cycle(ErrorClass::denied);
    sight.may_bind = false;
    EXPECT_TRUE(agenda.is_denied(now));
    EXPECT_EQ(wait(), seconds(30));
    agenda.credentials_changed(now);
    EXPECT_EQ(next_step(), Step::cycle);
}

TEST_F(AgendaTest, WhatAnEarlierProcessFoundRefusedRestsUntilItsPauseIsOver) {  // semantics 5.8
    agenda.credentials_refused(now - seconds(600));
    EXPECT_TRUE(agenda.is_denied(now + seconds(299)));
    EXPECT_FALSE(agenda.is_denied(now + seconds(300)));
    now += seconds(300);
    EXPECT_EQ(agenda.next(now, sight).due.trigger, "start");
}

TEST_F(AgendaTest, TheJournalIsPrunedOnceADay) {
    EXPECT_TRUE(agenda.is_prune_due(now));
    agenda.pruned(now);
    EXPECT_FALSE(agenda.is_prune_due(now + hours(23)));
    EXPECT_TRUE(agenda.is_prune_due(now + hours(24)));
}

TEST_F(AgendaTest, ANotificationWakesACycle) {  // semantics 6.2
    run_cycle();
    agenda.cycle_ended(now, now);
    now += seconds(5);
    agenda.notified(now);
    EXPECT_EQ(wait(), WakePace::gathering);
}

}  // namespace
}  // namespace dirsync::daemon
