#include "daemon/cycles/wake_pace.hpp"

#include <gtest/gtest.h>

namespace dirsync::daemon {
namespace {

using namespace std::chrono_literals;

/// Wakes at each notification of a flood that ends at `end`; each cycle takes `length`. How many there were.
int woken(WakePace& pace, WakePace::Point& now, WakePace::Point end, std::chrono::milliseconds length) {
    int cycles = 0;
    while (now < end) {
        const auto began = pace.next(now);
        now = began + length;
        pace.ran(began, now);
        ++cycles;
    }
    return cycles;
}

// semantics 6.2
TEST(WakePace, AFewInARowAreAnsweredAtOnce) {
    WakePace pace;
    auto now = WakePace::Point() + 1h;
    for (int i = 0; i < 4; ++i) {
        EXPECT_EQ(pace.next(now), now + 20ms) << i;
        pace.ran(now + 20ms, now + 30ms);
        now += 40ms;
    }
    EXPECT_GT(pace.next(now), now + 100ms);
    EXPECT_EQ(pace.next(now + 1s), now + 1s + 20ms);
}

TEST(WakePace, AFloodCostsACycleAndABreath) {
    WakePace pace;
    auto now = WakePace::Point() + 1h;
    EXPECT_LE(woken(pace, now, now + 10s, 10ms), 10000 / 260 + 5);
    // Slow cycles leave a breath as well, once what was saved is spent.
    WakePace slow;
    now = WakePace::Point() + 1h;
    EXPECT_LE(woken(slow, now, now + 100s, 1000ms), 100000 / 1250 + 5);
}

TEST(WakePace, WhatWasSpentIsSavedUpAgain) {
    WakePace pace;
    auto now = WakePace::Point() + 1h;
    woken(pace, now, now + 10s, 10ms);
    now += 2s;
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(pace.next(now), now + 20ms);
        pace.ran(now + 20ms, now + 30ms);
        now += 31ms;
    }
}

}  // namespace
}  // namespace dirsync::daemon
