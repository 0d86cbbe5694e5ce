#include "daemon/report_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/report_samples.hpp"

namespace dirsync::daemon {
namespace {

using ::testing::HasSubstr;
using testing::hold;
using testing::line;
using ::testing::Not;

// The same sentences as ctl::plan_text: tests/unit/ctl/format_test.cpp.
TEST(ReportText, APlanIsALineAChange) {
    sync::CycleReport report;
    report.lines = {line("create", "USER", "alice@corp", "", "{}"),
                    line("update", "GROUP", "staff", R"({"description":"a"})", R"({"description":"b"})"),
                    line("delete", "USER", "bob", "{}", ""),
                    line("add_member", "GROUP", "staff", "", R"({"user_id":"u","user_name":"alice@corp"})"),
                    line("remove_member", "GROUP", "staff", R"({"user_id":"v","user_name":"bob"})", "")};
    report.changes = 5;
    report.holds = {hold("h1", 12)};
    report.scope_warnings = {"groups: gone names nothing"};
    report.entity_errors = 1;
    EXPECT_EQ(
        plan_text(report),
        "would create user alice@corp (in scope)\n"
        "would update group staff: description from 'a' to 'b' (in scope)\n"
        "would delete user bob (in scope)\n"
        "would add alice@corp to group staff (in scope)\n"
        "would remove bob from group staff (in scope)\n"
        "held h1: remove_users, 12 (limit: 500 or 10%): alice, bob, ...\n"
        "  More users would be removed than the limit allows. They stay as they are, enabled ones enabled. "
        "If "
        "it is a mistake, mend the directory or the configuration; if it is right: dirsyncctl approve h1   "
        "(or dirsyncd --once --approve h1)\n"
        "warning: groups: gone names nothing\n"
        "skipped because of errors: 1 object; 'dirsyncctl errors' or the view v1_entity_errors says why\n"
        "5 changes would be written\n"
        "Plan: 1 user to create, 1 to remove, 1 group to update, 1 membership to add, 1 to remove\n");
}

TEST(ReportText, NothingToDoIsSaidOnlyWhenThatIsKnown) {
    sync::CycleReport report;
    EXPECT_EQ(plan_text(report), "nothing to do\n");
    EXPECT_EQ(summary_text(report), "nothing to do: the store is in step with the directory\n");
    report.change_pending = true;
    report.pending = sync::PendingSourceChange{"directory", "active_directory:a", 2, 1, 3, 4, ""};
    EXPECT_THAT(plan_text(report), Not(HasSubstr("nothing to do")));
    EXPECT_THAT(summary_text(report), HasSubstr("nothing was read or written"));
    EXPECT_THAT(summary_text(report), HasSubstr("removes 2 users, 1 group, 3 memberships and 4 assignments"));
    report.change_pending = false;
    report.error = Error(ErrorCode::unreachable, "dc1 does not answer");
    EXPECT_THAT(plan_text(report), Not(HasSubstr("nothing to do")));
    EXPECT_THAT(summary_text(report), Not(HasSubstr("nothing to do")));
}

TEST(ReportText, ASummaryCountsWhatHappened) {
    sync::CycleReport report;
    report.wrote = true;
    report.changes = 3;
    report.run.counts = {{"users_created", 3}, {"users_removed", 0}, {"held", 0}};
    EXPECT_EQ(summary_text(report), "users created: 3\n");
}

TEST(ReportText, NamesOfTheDirectoryCannotMoveTheCursor) {
    sync::CycleReport report;
    report.lines = {line("create", "USER", "a\x1b[2Jb\xc2\x9bz\x7f\n\xc3\xa9", "", "{}")};
    report.changes = 1;
    EXPECT_EQ(
        plan_text(report),
        "would create user a\\u{1b}[2Jb\\u{9b}z\\u{7f}\\u{a}\xc3\xa9 (in scope)\n1 change would be written\n"
        "Plan: 1 user to create\n");
}

}  // namespace
}  // namespace dirsync::daemon
