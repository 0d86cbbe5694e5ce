#include <gtest/gtest.h>

#include "api/messages/cycles.hpp"

namespace dirsync::messages {
namespace {

TEST(StatusWord, IsTheFirstThatHolds) {  // contract: status --json
    Status status;
    EXPECT_EQ(word_of(state_in(status)), "starting");
    status.last_success = "2026-01-31T12:00:01Z";
    EXPECT_EQ(word_of(state_in(status)), "in_step");
    status.counts.errors = 1;
    EXPECT_EQ(word_of(state_in(status)), "errors");
    status.held.emplace_back();
    EXPECT_EQ(word_of(state_in(status)), "held");
    status.time_doubt = "the clocks differ";
    EXPECT_EQ(word_of(state_in(status)), "in_doubt");
    status.settings_refused = true;
    EXPECT_EQ(word_of(state_in(status)), "refused");
    status.last_error = "no server answers";
    EXPECT_EQ(word_of(state_in(status)), "failing");
    status.source.state = "change_pending";
    EXPECT_EQ(word_of(state_in(status)), "frozen");
    status.source = {};
    status.source.pending.emplace();
    EXPECT_EQ(word_of(state_in(status)), "frozen");
    status.paused = true;
    EXPECT_EQ(word_of(state_in(status)), "paused");
}

}  // namespace
}  // namespace dirsync::messages
