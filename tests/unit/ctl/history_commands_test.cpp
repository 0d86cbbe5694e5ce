#include "ctl/commands/history_commands.hpp"

#include <unistd.h>

#include <gtest/gtest.h>

namespace dirsync::ctl {
namespace {

Changes those(std::optional<std::string> since, std::optional<std::string> run = std::nullopt) {
    Changes which;
    which.since = std::move(since);
    which.run = std::move(run);
    return which;
}

TEST(ChangesTarget, AsksForAllThatIsNamedAndElseForTheLatest) {
    EXPECT_EQ(changes_target({}), "/v1/changes");
    EXPECT_EQ(changes_target(those("7")), "/v1/changes?since=7&limit=-1");
    EXPECT_EQ(changes_target(those("2026-01-31T12:00:00Z", "12ab")),
              "/v1/changes?run=12ab&since=2026-01-31T12%3A00%3A00Z&limit=-1");
    Changes which;
    which.user = "a b";
    EXPECT_EQ(changes_target(which), "/v1/changes?user=a%20b") << "the latest ones of a user";
    which.limit = 5;
    EXPECT_EQ(changes_target(which), "/v1/changes?user=a%20b&limit=5");
}

TEST(ChangesOf, WhatIsNoTimeIsRefusedBeforeAnythingIsAsked) {
    Options options;
    options.socket = "/nowhere";
    EXPECT_EQ(changes(options, those("yesterday")), exit_usage);
    EXPECT_EQ(changes(options, those("-1")), exit_usage);
    Changes endless;
    endless.follow = true;
    endless.until = "7";
    EXPECT_EQ(changes(options, endless), exit_usage);
}

TEST(Following, EndsWithItsReader) {
    int ends[2] = {-1, -1};
    ASSERT_EQ(::pipe(ends), 0);
    ::close(ends[0]);
    wait_for_last_reader(ends[1]);
    ::close(ends[1]);
}

}  // namespace
}  // namespace dirsync::ctl
