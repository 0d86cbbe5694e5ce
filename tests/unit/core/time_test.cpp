#include "core/time.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace dirsync {
namespace {

Time at(std::int64_t seconds) { return Time(Duration(seconds)); }

TEST(Time, IsIso8601InUtc) {
    EXPECT_EQ(to_text(at(0)), "1970-01-01T00:00:00Z");
    EXPECT_EQ(to_text(at(1769860800)), "2026-01-31T12:00:00Z");
    EXPECT_EQ(to_text(at(951827696)), "2000-02-29T12:34:56Z");
    EXPECT_EQ(to_text(at(-1)), "1969-12-31T23:59:59Z");
}

TEST(Time, ParsesWhatItPrints) {
    for (const std::int64_t seconds :
         {0LL, -1LL, 951827696LL, 1769860800LL, 253402300799LL, -11644473600LL}) {
        EXPECT_EQ(parse_time(to_text(at(seconds))), at(seconds)) << seconds;
    }
}

TEST(Time, RefusesOtherForms) {
    for (const auto* text :
         {"", "2026-01-31", "2026-01-31T12:00:00", "2026-01-31 12:00:00Z", "2026-01-31T12:00:00+0",
          "2026-1-31T12:00:00Z", "2026-02-29T12:00:00Z", "2026-13-01T12:00:00Z", "2026-00-01T12:00:00Z",
          "2026-01-00T12:00:00Z", "2026-01-31T24:00:00Z", "2026-01-31T12:60:00Z", "2026-01-31T12:00:60Z",
          "2026-01-31T12:00:00z", "2026-01-31T12:00:00.Z", "2026-01-31T-1:00:00Z", "2026-01-31T12:00:00Z "}) {
        EXPECT_FALSE(parse_time(text)) << text;
    }
}

// MS-ADTS accountExpires: 100 ns since 1601; 0 and 2^63-1 mean never.
TEST(Filetime, BecomesTimeOrNever) {
    EXPECT_EQ(time_from_filetime(116444736000000000), at(0));
    EXPECT_EQ(time_from_filetime(134143344000000000), at(1769860800));
    EXPECT_EQ(time_from_filetime(134143344009999999), at(1769860800));
    EXPECT_EQ(time_from_filetime(1), at(-11644473600));
    EXPECT_FALSE(time_from_filetime(0));
    EXPECT_FALSE(time_from_filetime(std::numeric_limits<std::int64_t>::max()));
    EXPECT_TRUE(time_from_filetime(std::numeric_limits<std::int64_t>::max() - 1));
}

// semantics 3.7: a value that is no time expires nobody.
TEST(Filetime, NegativeMeansNever) {
    EXPECT_FALSE(time_from_filetime(-1));
    EXPECT_FALSE(time_from_filetime(std::numeric_limits<std::int64_t>::min()));
}

TEST(Duration, TakesUnitsLargestFirst) {
    EXPECT_EQ(parse_duration("30s"), Duration(30));
    EXPECT_EQ(parse_duration("5m"), Duration(300));
    EXPECT_EQ(parse_duration("24h"), Duration(86400));
    EXPECT_EQ(parse_duration("28d"), Duration(28 * 86400));
    EXPECT_EQ(parse_duration("1h30m"), Duration(5400));
    EXPECT_EQ(parse_duration("1d1h1m1s"), Duration(90061));
    EXPECT_EQ(parse_duration("0s"), Duration(0));
}

TEST(Duration, RefusesOtherForms) {
    for (const auto* text :
         {"", "30", "s", "-5m", "+5m", "5 m", " 5m", "5m ", "5x", "5M", "1.5h", "30m1h", "1h1h", "1h30",
          "never", "1w", "1000001d", "99999999999999999999s", "1000000d1s"}) {
        EXPECT_FALSE(parse_duration(text)) << text;
    }
    EXPECT_EQ(parse_duration("1000000d"), Duration(1000000LL * 86400));
}

TEST(Duration, IsPrintedInTheShortestExactForm) {
    EXPECT_EQ(to_text(Duration(28 * 86400)), "28d");
    EXPECT_EQ(to_text(Duration(90)), "90s");
    EXPECT_EQ(to_text(Duration(60)), "1m");
    EXPECT_EQ(to_text(Duration(5400)), "90m");
    EXPECT_EQ(to_text(Duration(0)), "0s");
    EXPECT_EQ(to_text(Duration(100 * 86400 + 1)), "100d1s");
}

TEST(Duration, ParsesWhatItPrints) {
    for (std::int64_t seconds = 0; seconds < 400'000; seconds += 37) {
        ASSERT_EQ(parse_duration(to_text(Duration(seconds))), Duration(seconds));
    }
}

}  // namespace
}  // namespace dirsync
