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

}  // namespace
}  // namespace dirsync::ctl
