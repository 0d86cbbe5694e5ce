#include "ctl/commands/history_commands.hpp"

#include <unistd.h>

#include <gtest/gtest.h>

namespace dirsync::ctl {
namespace {

TEST(RevertText, TellsCountsAndWhatIsLeftOut) {
    const std::string text = revert_text(
        R"({"changes":[],"change_count":1,"wrote":true,"run":{"counts":{"users_created":1,"held":0}},"held":[],
            "not_restored":[{"action":"update","object_type":"USER","name":"bob","why":"it was changed again"}]})",
        false);
    EXPECT_EQ(text,
              "users created: 1\n\nnot restored:\naction  object_type  name  why\n"
              "update  USER         bob   it was changed again\n");
}

TEST(RevertText, SaysThatNothingIsLeft) {
    EXPECT_EQ(revert_text(R"({"changes":[],"change_count":0,"not_restored":[]})", false),
              "nothing left to undo\n");
}

TEST(RevertText, ShowsTheLinesOfADryRun) {
    const std::string text = revert_text(
        R"({"changes":[{"action":"create","object_type":"USER","name":"bob","before":null,"after":{},)"
        R"("reason":"a run was reverted"}],"change_count":1,"not_restored":[]})",
        true);
    EXPECT_EQ(text,
              "would create user bob (a run was reverted)\n1 change would be written\n"
              "Plan: 1 user to create\n");
}

TEST(Following, EndsWithItsReader) {
    int ends[2] = {-1, -1};
    ASSERT_EQ(::pipe(ends), 0);
    ::close(ends[0]);
    wait_for_last_reader(ends[1]);
    ::close(ends[1]);
}

TEST(RevertText, HidesNothingThatItDoesNotUnderstand) {
    EXPECT_EQ(revert_text("what?", false), "what?");
    EXPECT_EQ(revert_text("{}", true), "{}");
}

}  // namespace
}  // namespace dirsync::ctl
