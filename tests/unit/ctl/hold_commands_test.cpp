#include "ctl/commands/hold_commands.hpp"

#include <gtest/gtest.h>

namespace dirsync::ctl {
namespace {

// What `status --check` ends with, so that a monitor needs to read no JSON.
TEST(StatusCheck, SaysHowThingsStand) {
    const auto code = [](const std::string& differs) {
        return code_of_status(R"({"source":{"pending":null},"paused":false,"held":[],"last_error":null,)"
                              R"("last_success":"2026-11-28T00:00:00Z")" +
                              differs + "}");
    };
    EXPECT_EQ(code(""), 0);
    EXPECT_EQ(code(R"(,"held":[{"id":"h"}])"), 3);
    EXPECT_EQ(code(R"(,"paused":true)"), 3);
    EXPECT_EQ(code(R"(,"source":{"pending":{"from":"a"}})"), 3);
    EXPECT_EQ(code(R"(,"source":{"pending":null,"state":"change_pending"},"last_success":null)"), 3)
        << "frozen, and the directory was not asked yet";
    EXPECT_EQ(code(R"(,"last_error":"no server","held":[{"id":"h"}])"), 75);
    EXPECT_EQ(code(R"(,"last_success":null)"), 75);
    EXPECT_EQ(code(R"(,"settings_refused":true)"), 75);
    EXPECT_EQ(code(R"(,"time_doubt":"the clocks differ","held":[{"id":"h"}])"), 75);
    EXPECT_EQ(code(R"(,"time_doubt":null)"), 0);
    EXPECT_EQ(code_of_status("no JSON"), 75);
}

TEST(Approving, TellsWhatTheCycleThatWasWaitedForDid) {
    EXPECT_EQ(approved_text(
                  R"({"wrote":true,"change_count":1,"run":{"counts":{"users_removed":1}},"exit_code":0})"),
              "approved\nusers removed: 1\n");
    EXPECT_EQ(approved_text(R"({"change_count":0,"run":{},"exit_code":0})"),
              "approved; nothing of it is left to do\n");
    EXPECT_EQ(approved_text(R"({"change_count":0,"run":{},"error":"no server","exit_code":75})"),
              "approved\nerror: no server\n");
}

TEST(Approving, FindsAHoldByTheBeginningOfItsId) {
    std::vector<messages::Hold> holds(3);
    holds[0].id = "aa01bb";
    holds[1].id = "aa01cc";
    holds[2].id = "dd0123";
    EXPECT_EQ((*hold_beginning_with(holds, "aa01cc"))->id, "aa01cc");
    EXPECT_EQ((*hold_beginning_with(holds, "DD01"))->id, "dd0123");
    EXPECT_EQ(hold_beginning_with(holds, "aa01").error().message(),
              "the ids of several holds begin with 'aa01': aa01bb, aa01cc");
    EXPECT_EQ(hold_beginning_with(holds, "dd0").error().message(),
              "nothing is held under the id 'dd0'; 'dirsyncctl status' shows what is");
}

}  // namespace
}  // namespace dirsync::ctl
