#include "model/clock.hpp"

#include <gtest/gtest.h>

// semantics 5.13: time is evidence like any other.
namespace dirsync::sync {
namespace {

constexpr Time noon{Duration{1'800'000'000}};
constexpr Duration minute{60};
constexpr Duration day{86400};

ClockEvidence told(Time host, std::vector<Time> servers) {
    ClockEvidence evidence{{host, Duration(0)}, {}, std::nullopt};
    for (const Time time : servers) evidence.servers.push_back({"ldaps://dc1", time});
    return evidence;
}

TEST(ClockTest, IsCertainWhenTheDomainControllersAgree) {
    const Clock clock = judged(told(noon, {noon + 10 * minute, noon - 10 * minute}));
    EXPECT_TRUE(clock.certain);
    EXPECT_EQ(clock.now, noon);
    EXPECT_EQ(clock.earliest, noon);
    EXPECT_EQ(clock.latest, noon);
    EXPECT_EQ(clock.doubt, "");
}

TEST(ClockTest, OneThatDiffersIsEnoughForDoubt) {
    for (const Duration error : {11 * minute, 60 * day, -11 * minute, -60 * day}) {
        const Clock clock = judged(told(noon + error, {noon + error, noon}));
        EXPECT_FALSE(clock.certain);
        EXPECT_EQ(clock.earliest, std::min(noon, noon + error));
        EXPECT_EQ(clock.latest, std::max(noon, noon + error));
        EXPECT_EQ(clock.doubt, "the clock of this host says " + to_text(noon + error) +
                                   ", the domain controller ldaps://dc1 says " + to_text(noon));
    }
}

TEST(ClockTest, DomainControllersCorrectWhatWasRemembered) {
    for (const Duration error : {60 * day, -60 * day}) {
        auto evidence = told(noon, {noon});
        evidence.remembered = noon + error;
        evidence.agreed = HostTime{noon + error, Duration(0)};
        EXPECT_TRUE(judged(evidence).certain);
    }
}

TEST(ClockTest, WithoutOneAFreshProcessBelievesNoMoreThanTheTolerance) {
    auto evidence = told(noon, {});
    EXPECT_FALSE(judged(evidence).certain) << "nothing is known at all";
    for (const Duration passed : {10 * minute, -10 * minute}) {
        evidence.remembered = noon - passed;
        EXPECT_TRUE(judged(evidence).certain);
    }
    for (const Duration passed : {11 * minute, 60 * day, -11 * minute, -60 * day}) {
        evidence.remembered = noon - passed;
        EXPECT_FALSE(judged(evidence).certain);
        EXPECT_FALSE(judged(evidence).doubt.empty());
    }
}

TEST(ClockTest, TheSteadyClockBearsOutWhatPasses) {
    auto evidence = told(noon + 40 * day, {});
    evidence.remembered = noon - 3 * day;
    evidence.agreed = HostTime{noon, 7 * day};
    evidence.host.steady = 47 * day;
    EXPECT_TRUE(judged(evidence).certain);
    for (const Duration steady : {7 * day, 46 * day, 48 * day}) {
        evidence.host.steady = steady;
        const Clock clock = judged(evidence);
        EXPECT_FALSE(clock.certain);
        EXPECT_EQ(clock.latest, std::max(noon + 40 * day, noon + steady - 7 * day));
    }
}

TEST(ClockTest, BeforeTheLastRunIsInDoubtWhateverTheSteadyClockSays) {
    auto evidence = told(noon, {});
    evidence.remembered = noon + day;
    evidence.agreed = HostTime{noon, Duration(0)};
    EXPECT_FALSE(judged(evidence).certain);
}

TEST(ClockTest, OnlyThoseWhoTellTheirTimeAreAsked) {
    std::vector<DomainFacts> domains(2);
    domains[0].server = "ldaps://dc1";
    domains[1].server = "ldaps://dc2";
    domains[1].current_time = noon;
    const auto times = times_of(domains);
    ASSERT_EQ(times.size(), 1u);
    EXPECT_EQ(times[0].server, "ldaps://dc2");
    EXPECT_EQ(times[0].time, noon);
}

TEST(ClockTest, TheWarningSaysWhatIsWrongWhatIsNotDoneAndWhatToDo) {
    const std::string warning = warning_of(judged(told(noon + day, {noon})));
    EXPECT_NE(warning.find(to_text(noon + day)), std::string::npos);
    EXPECT_NE(warning.find("Until they agree, nobody is disabled, removed or enabled again"),
              std::string::npos);
    EXPECT_NE(warning.find("some new users wait; correct the clock that is wrong (timedatectl"),
              std::string::npos);
}

TEST(ClockTest, WithoutADomainControllerTheWarningAsksForOne) {
    auto evidence = told(noon + day, {});
    evidence.remembered = noon;
    const std::string warning = warning_of(judged(evidence));
    EXPECT_NE(warning.find("Until a domain controller confirms it, nobody is disabled"), std::string::npos);
    EXPECT_NE(warning.find("some new users wait; make a domain controller reachable"), std::string::npos);
}

}  // namespace
}  // namespace dirsync::sync
