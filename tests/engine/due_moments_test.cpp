#include "engine/due_moments.hpp"

#include <gtest/gtest.h>

// When time alone changes something (semantics 4.6, 5.13).
namespace dirsync::sync {
namespace {

constexpr Duration day{86400};
const Time noon{Duration(1'800'000'000)};

Clock in_doubt_at(Time now) {
    Clock clock = certain_at(now);
    clock.certain = false;
    return clock;
}

class DueMomentsTest : public ::testing::Test {
protected:
    DueMomentsTest() {
        stored.load_user(0, 1, 1, 0, Status::enabled, ScopeState::out, noon - day);
        stored.loaded();
        lifecycle.disable_after = 3 * day;
        lifecycle.delete_after.reset();
    }
    void take_in(const Clock& clock) {
        due.brought_in(clock);
        due.look_ahead(mirror, stored, lifecycle, clock);
    }

    Mirror mirror;
    StoredIndex stored;
    LifecycleSettings lifecycle;
    DueMoments due;
};

TEST_F(DueMomentsTest, EverythingIsDueAfterALoad) {
    due.all_due();
    EXPECT_EQ(due.last_cycle(), Time{});
    EXPECT_TRUE(due.is_something_due(certain_at(noon)));
}

TEST_F(DueMomentsTest, NothingIsDueUntilAClockRunsOut) {  // semantics 4.6
    take_in(certain_at(noon));
    EXPECT_FALSE(due.is_something_due(certain_at(noon + day)));
    EXPECT_TRUE(due.is_something_due(certain_at(noon + 2 * day)));
    take_in(certain_at(noon + 2 * day));
    EXPECT_FALSE(due.is_something_due(certain_at(noon + 30 * day)));
}

TEST_F(DueMomentsTest, AClockThatWasSetBackMakesAllDue) {
    take_in(certain_at(noon));
    EXPECT_TRUE(due.is_something_due(certain_at(noon - Duration(1))));
}

TEST_F(DueMomentsTest, InDoubtNothingComesDueByTime) {  // semantics 5.13
    take_in(certain_at(noon));
    EXPECT_FALSE(due.is_something_due(in_doubt_at(noon + 30 * day)));
    take_in(in_doubt_at(noon + 30 * day));
    EXPECT_EQ(due.last_cycle(), noon);
}

TEST_F(DueMomentsTest, WhatIsHeldIsJudgedAgainInDoubtAsWell) {
    take_in(certain_at(noon));
    due.judge_again();
    EXPECT_TRUE(due.is_something_due(certain_at(noon)));
    EXPECT_TRUE(due.is_something_due(in_doubt_at(noon)));
}

}  // namespace
}  // namespace dirsync::sync
