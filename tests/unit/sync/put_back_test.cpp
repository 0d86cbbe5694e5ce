#include "sync/planner/put_back.hpp"

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
    const Time now = moment + day;
    EXPECT_TRUE(was_disabled_for(moment, now, lines));
    EXPECT_FALSE(was_disabled_for(moment + Duration(1), now, lines)) << "extended since";
    EXPECT_FALSE(was_disabled_for(moment, now, std::span(lines).first(2)));
    EXPECT_FALSE(was_disabled_for(moment, now, std::span(lines).first(1)));
    EXPECT_FALSE(was_disabled_for(moment, now, {}));
}

TEST(PutBack, IsNobodyWhomAFastClockDisabled) {
    const std::vector<Line> lines{{moment + 60 * day, Status::disabled}, {moment - day, Status::enabled}};
    EXPECT_FALSE(was_disabled_for(moment, moment + day, lines));
}

// semantics 5.10
TEST(PutBack, IsNobodyWhomAnAdminBroughtBack) {
    const std::vector<Line> lines{{moment, Status::disabled}, {moment + day, Status::enabled, false, true}};
    EXPECT_FALSE(was_disabled_for(moment, moment + 2 * day, lines));
}

// semantics 4.5
TEST(PutBack, IsWhomAPauseDisabledLast) {
    const Line by_pause{moment, Status::disabled, true};
    EXPECT_TRUE(was_disabled_by_pause({{Line{moment - day, Status::enabled}, by_pause}}));
    EXPECT_FALSE(was_disabled_by_pause({{by_pause, Line{moment + day, Status::enabled}}}));
    EXPECT_FALSE(was_disabled_by_pause({{by_pause, Line{moment + day, Status::disabled}}}));
    EXPECT_FALSE(was_disabled_by_pause({}));
}

}  // namespace
}  // namespace dirsync::sync
