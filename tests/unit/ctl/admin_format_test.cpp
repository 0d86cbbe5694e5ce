#include "ctl/text/admin_format.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ctl/text/format.hpp"

namespace dirsync::ctl {
namespace {

using ::testing::HasSubstr;

TEST(AdminFormat, AnEditSaysWhatItDidToWhom) {
    EXPECT_EQ(edited_text<messages::EditedUser>(R"({"user_id":"u1","user_name":"alice","changed":true})",
                                                "created"),
              "user alice (u1): created\n");
    EXPECT_EQ(edited_text<messages::EditedGroup>(
                  R"({"group_id":"g1","display_name":"Staff","changed":false})", "x is a member"),
              "group Staff (g1): nothing to do: it is already so\n");
    EXPECT_EQ(edited_text<messages::EditedAssignment>(
                  R"({"assignment_id":"a1","permission_set_id":"p1","changed":true})", "created"),
              "assignment (a1): created\n");
    EXPECT_EQ(edited_text<messages::EditedPermissionSet>(
                  R"({"permission_set_id":"p1","name":"RO","changed":true})", "created"),
              "permission set RO (p1): created\n");
    EXPECT_EQ(deleted_text(R"({"deleted":"u1"})", "user", "u1"), "user (u1): deleted\n");
    EXPECT_EQ(deleted_text(R"({"deleted":"u1"})", "user", "alice"), "user alice (u1): deleted\n");
    EXPECT_EQ(edited_text<messages::EditedUser>("no JSON", "created"), "no JSON");
}

TEST(AdminFormat, NamesCannotMoveTheCursor) {
    EXPECT_EQ(edited_text<messages::EditedGroup>(
                  "{\"group_id\":\"g\",\"display_name\":\"a\\u001b[2J\",\"changed\":true}", "created"),
              "group a\\u{1b}[2J (g): created\n");
}

TEST(AdminFormat, DanglingAssignmentsAreMarkedAndPathsAreShown) {
    const auto list = assignments_text(
        R"([{"assignment_id":"a1","principal_type":"USER","principal_id":"u1","principal_name":"alice","permission_set":"RO","target":"app","dangling":1},
            {"assignment_id":"a2","principal_type":"USER","principal_id":"u2","principal_name":null,"permission_set":"RO","target":"app","dangling":1}])");
    EXPECT_THAT(list, HasSubstr("alice (gone)  USER  RO              app     a1\n"));
    EXPECT_THAT(list, HasSubstr("u2 (gone)"));
    EXPECT_EQ(list.find("through"), std::string::npos);
    EXPECT_THAT(
        assignments_text(
            R"([{"assignment_id":"a1","principal_name":"Staff","principal_type":"GROUP","permission_set":"RO","target":"app","dangling":0,"path":["Staff","alice"]}])"),
        HasSubstr("Staff > alice"));
}

TEST(AdminFormat, WhatADisabledUserHasIsMarked) {
    messages::User user;
    user.user_name = "alice";
    user.status = "ENABLED";
    EXPECT_EQ(effective_text("[]", user), "no assignments\n");
    user.status = "DISABLED";
    EXPECT_EQ(effective_text("[]", user),
              "alice is DISABLED: no application should give them anything of this\nno assignments\n");
}

TEST(AdminFormat, AnImportTellsWhatItWouldDo) {
    const std::string json =
        R"({"created":1,"updated":2,"removed":0,"unchanged":3,"problems":["f:3: bad"],"unmatched":["f:4: nobody"],"dry_run":true,
            "changes":[{"action":"create","object_type":"PERMISSION_SET","name":"RO","reason":"by an admin"}]})";
    EXPECT_EQ(import_text(json),
              "would create permission set RO (by an admin)\n"
              "would create 1, update 2; 3 are as they should be; 1 problem; 1 found no match\n");
    EXPECT_EQ(left_out_text(json), "f:3: bad\nf:4: nobody\n");
}

TEST(AdminFormat, TheJournalTellsOfPermissionSetsAndAssignments) {
    EXPECT_THAT(
        changes_text(
            R"([{"seq":1,"at":"t","action":"delete","object_type":"ASSIGNMENT","name":"alice: RO on app","reason":"by an admin"}])"),
        HasSubstr("delete assignment alice: RO on app (by an admin)"));
}

}  // namespace
}  // namespace dirsync::ctl
