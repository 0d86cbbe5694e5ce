#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include <gtest/gtest.h>

#include "tests/sim/history.hpp"

namespace dirsync::sim {
namespace {

void expect_to_hold(const History& history, const std::string& again) {
    const auto outcome = run(history);
    if (outcome.verdict) FAIL() << report(history, outcome, again);
}

void expect_seed_to_hold(std::uint64_t seed, bool sqlite = false) {
    auto history = drawn_history(seed);
    history.setup.sqlite = sqlite;
    expect_to_hold(history, "tools/sim --seed " + std::to_string(seed) + (sqlite ? " --sqlite" : ""));
}

/// The seeds in the file `seeds`, one a line.
std::vector<std::uint64_t> known_seeds() {
    std::ifstream stream(std::string(SIM_REGRESSIONS) + "/seeds");
    return {std::istream_iterator<std::uint64_t>(stream), std::istream_iterator<std::uint64_t>()};
}

// semantics 2 to 6
TEST(Simulation, KnownSeedsHold) {
    const auto seeds = known_seeds();
    EXPECT_GE(seeds.size(), 20u);
    for (std::size_t i = 0; i < seeds.size() && !HasFatalFailure(); ++i) expect_seed_to_hold(seeds[i]);
}

TEST(Simulation, KnownSeedsHoldOnSqlite) {
    const auto seeds = known_seeds();
    for (std::size_t i = 0; i < 3 && i < seeds.size() && !HasFatalFailure(); ++i)
        expect_seed_to_hold(seeds[i], true);
}

/// DIRSYNC_SIM_SECONDS: for how long; DIRSYNC_SIM_SEED: the first seed, else one drawn and printed.
TEST(Simulation, NewSeedsHold) {
    const char* seconds = std::getenv("DIRSYNC_SIM_SECONDS");
    const char* first = std::getenv("DIRSYNC_SIM_SEED");
    if (seconds == nullptr) GTEST_SKIP() << "DIRSYNC_SIM_SECONDS says for how long";
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(std::atoi(seconds));
    std::uint64_t seed = first != nullptr ? std::strtoull(first, nullptr, 10) : std::random_device()();
    std::printf("from seed %llu on\n", static_cast<unsigned long long>(seed));
    const auto start = seed;
    for (; std::chrono::steady_clock::now() < end && !HasFatalFailure(); ++seed) expect_seed_to_hold(seed);
    EXPECT_GT(seed, start);
}

/// Histories that once broke a rule.
TEST(Simulation, OldFailuresHold) {
    std::size_t histories = 0;
    for (const auto& file : std::filesystem::directory_iterator(SIM_REGRESSIONS)) {
        if (file.path().extension() != ".history") continue;
        std::ifstream stream(file.path());
        const std::string text((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
        const auto history = parse_history(text);
        ASSERT_TRUE(history.has_value()) << file.path();
        expect_to_hold(*history, "tools/sim --history " + file.path().string());
        ++histories;
    }
    EXPECT_GT(histories, 0u);
}

TEST(Simulation, AHistoryIsTheSameEachTime) {
    const auto history = drawn_history(7);
    EXPECT_EQ(to_text(*parse_history(to_text(history))), to_text(history));
    const auto once = run(history);
    const auto again = run(history);
    EXPECT_EQ(once.cycles, again.cycles);
    EXPECT_EQ(once.step, again.step);
    EXPECT_GT(once.cycles, 10u);
}

}  // namespace
}  // namespace dirsync::sim
