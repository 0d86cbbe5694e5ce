#include <gtest/gtest.h>

#include "daemon/logging.hpp"

namespace dirsync::daemon {
namespace {

TEST(LogLine, IsOneLineWithIdMessageAndFields) {
    EXPECT_EQ(log_line(LogEvent::cycle_wrote, {{"cycle", "3"}, {"kind", "full"}}),
              "CYCLE_WROTE a cycle changed the store cycle=3 kind=full");
}

TEST(LogLine, AValueCannotForgeALineOrAField) {
    const auto line = log_line(LogEvent::cycle_failed, {{"reason", "a\nCYCLE_WROTE b=c"}});
    EXPECT_EQ(line.find('\n'), std::string::npos);
    EXPECT_NE(line.find("reason=\"a\\x0aCYCLE_WROTE b=c\""), std::string::npos) << line;
}

}  // namespace
}  // namespace dirsync::daemon
