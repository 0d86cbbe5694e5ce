#include "ctl/commands.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ctl/text/format.hpp"

namespace dirsync::ctl {
namespace {

using ::testing::HasSubstr;
using ::testing::internal::CaptureStderr;
using ::testing::internal::CaptureStdout;
using ::testing::internal::GetCapturedStderr;
using ::testing::internal::GetCapturedStdout;

struct Printed {
    int code = 0;
    std::string out;
    std::string err;
};

Printed printed(const std::string& body, bool json, unsigned status = 200) {
    Options options;
    options.socket = "/run/it.sock";
    options.json = json;
    Answer answer;
    answer.status = status;
    answer.body = body;
    CaptureStdout();
    CaptureStderr();
    Printed result;
    result.code = print(options, answer, object_text, 0);
    result.out = GetCapturedStdout();
    result.err = GetCapturedStderr();
    return result;
}

constexpr const char* row = "{\"name\":\"a\u202eb\u009b31m\u200b\"}";

TEST(Print, ShowsNothingThatHidesOrTurns) {  // semantics 3.8
    EXPECT_EQ(printed(row, false).out, "name  a\\u{202e}b\\u{9b}31m\\u{200b}\n");
    EXPECT_EQ(printed(row, true).out, "{\"name\":\"a\\u202eb\\u009b31m\\u200b\"}\n");
    EXPECT_EQ(printed(row, true).code, 0);
}

TEST(Print, CopiesNoAnswerThatIsNoJson) {
    for (const bool json : {true, false}) {
        const auto shown = printed("\x1b[2Jroot password: ", json);
        EXPECT_EQ(shown.code, exit_unavailable);
        EXPECT_EQ(shown.out, "");
        EXPECT_EQ(shown.err,
                  "dirsyncctl: the answer on /run/it.sock is not JSON: another program listens there, or "
                  "dirsyncd fails\n");
    }
    EXPECT_EQ(printed("{\x1b[2J", false).out, "{\\u{1b}[2J") << "it begins like JSON";
    EXPECT_EQ(printed("{\x1b[2J", true).out, "{\\u001b[2J\n");
    EXPECT_THAT(printed("\x1b[2Jno", false, 500).err, HasSubstr("\\u{1b}[2Jno"));
}

TEST(Print, TakesNoBodyForDone) { EXPECT_EQ(printed("", false).code, 0); }

}  // namespace
}  // namespace dirsync::ctl
