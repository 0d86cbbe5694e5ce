#include "daemon/liveness.hpp"

#include <gtest/gtest.h>

namespace dirsync::daemon {
namespace {

using std::chrono::minutes;

Liveness::Sight at_work(std::uint64_t objects, const std::string& phase = "reading") {
    Liveness::Sight sight;
    sight.working = true;
    sight.objects = objects;
    sight.phase = phase;
    return sight;
}

TEST(Liveness, ADaemonThatWaitsIsAlive) {
    Liveness liveness{minutes(30)};
    EXPECT_TRUE(liveness.is_alive(Liveness::Point(minutes(1000)), {}));
    EXPECT_TRUE(liveness.is_alive(Liveness::Point(minutes(9000)), {}));
    EXPECT_TRUE(liveness.is_alive(Liveness::Point(minutes(9001)), at_work(0))) << "the cycle has just begun";
}

TEST(Liveness, ACycleIsAliveAsLongAsAnythingMoves) {
    Liveness liveness{minutes(30)};
    auto now = Liveness::Point(minutes(1000));
    for (std::uint64_t objects = 0; objects < 10; ++objects) {
        EXPECT_TRUE(liveness.is_alive(now, at_work(objects)));
        now += minutes(29);
    }
    EXPECT_TRUE(liveness.is_alive(now, at_work(9, "looking up")));
}

TEST(Liveness, ACycleWithoutMovementIsNot) {
    Liveness liveness{minutes(30)};
    const auto begin = Liveness::Point(minutes(1000));
    liveness.is_alive(begin, at_work(5));
    EXPECT_TRUE(liveness.is_alive(begin + minutes(30), at_work(5)));
    EXPECT_FALSE(liveness.is_alive(begin + minutes(31), at_work(5)));
    EXPECT_TRUE(liveness.is_alive(begin + minutes(32), at_work(6))) << "it goes on after all";
}

}  // namespace
}  // namespace dirsync::daemon
