#include "sync/put_back.hpp"

#include <gtest/gtest.h>

// semantics 5.13: what is only put back to where it had been.
namespace dirsync::sync {
namespace {

using Line = HistoryStore::StatusLine;

constexpr Time moment{Duration{1'800'000'000}};
constexpr Duration day{86400};

TEST(PutBack, IsWhoWasDisabledBehindTheMomentAndEnabledSince) {
    const std::vector<Line> lines{{moment - 90 * day, Status::enabled},
                                  {moment, Status::disabled},
                                  {moment - 60 * day, Status::enabled}};
    EXPECT_TRUE(was_disabled_for(moment, lines));
    EXPECT_FALSE(was_disabled_for(moment + Duration(1), lines)) << "extended since";
    EXPECT_FALSE(was_disabled_for(moment, std::span(lines).first(2)));
    EXPECT_FALSE(was_disabled_for(moment, std::span(lines).first(1)));
    EXPECT_FALSE(was_disabled_for(moment, {}));
}

}  // namespace
}  // namespace dirsync::sync
