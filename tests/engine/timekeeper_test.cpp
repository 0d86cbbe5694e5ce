#include "engine/timekeeper.hpp"

#include <gtest/gtest.h>

namespace dirsync::sync {
namespace {

constexpr Duration day{86400};
const Time noon{Duration(1'800'000'000)};

TEST(Timekeeper, BelievesTheSteadyClockOnceADomainControllerAgreed) {  // semantics 5.13
    Time now = noon;
    Duration steady{0};
    Timekeeper time([&] { return now; }, [&] { return steady; });
    time.judge({{"dc", noon}}, std::nullopt);
    EXPECT_TRUE(time.clock().certain);
    EXPECT_EQ(time.doubt(), "");
    now += day;
    EXPECT_FALSE(time.is_certain(noon)) << "nothing bears the day out";
    steady += day;
    EXPECT_TRUE(time.is_certain(noon));
}

TEST(Timekeeper, WarnsWhileAServerSaysAnotherTime) {  // semantics 5.13
    Timekeeper time([] { return noon; }, {});
    time.judge({{"dc", noon + day}}, std::nullopt);
    EXPECT_FALSE(time.clock().certain);
    EXPECT_NE(time.doubt(), "");
    time.judge({}, noon);
    EXPECT_TRUE(time.clock().certain) << "nobody was asked, and the clock is where it was";
}

}  // namespace
}  // namespace dirsync::sync
