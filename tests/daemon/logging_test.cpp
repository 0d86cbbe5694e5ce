#include "daemon/logging.hpp"

#include <cstdlib>
#include <functional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dirsync::daemon {
namespace {

/// What `log` writes to standard error.
std::string written(const std::function<void()>& log) {
    ::testing::internal::CaptureStderr();
    log();
    return ::testing::internal::GetCapturedStderr();
}

TEST(Logging, BelowAServiceManagerALineHasItsPriorityAndNoTime) {
    setenv("INVOCATION_ID", "x", 1);
    const std::string lines = written([] {
        Log log("debug");
        log.event(LogEvent::cycle_idle, {{"cycle", "1"}});
        log.event(LogEvent::daemon_ready);
        log.event(LogEvent::sync_paused);
        log.event(LogEvent::cycle_failed, {{"reason", "x"}});
        complain("a\nb");
    });
    unsetenv("INVOCATION_ID");
    EXPECT_EQ(lines,
              "<7>CYCLE_IDLE a cycle found nothing to do cycle=1\n"
              "<6>DAEMON_READY configuration, store and listeners stand\n"
              "<4>SYNC_PAUSED sync is paused\n"
              "<3>CYCLE_FAILED a cycle failed; the store is as it was reason=x\n"
              "<3>a\n<3>b\n");
}

TEST(Logging, ByHandALineHasItsTimeAndNoPriority) {
    unsetenv("INVOCATION_ID");
    const std::string line = written([] { Log("info").event(LogEvent::sync_paused); });
    EXPECT_THAT(line,
                ::testing::MatchesRegex("....-..-..T..:..:......*warning SYNC_PAUSED sync is paused\n"));
    EXPECT_EQ(written([] { complain("a\nb\n"); }), "a\nb\n");
}

TEST(Logging, TheLevelIsAThreshold) {
    Log log("warning");
    EXPECT_EQ(written([&] { log.event(LogEvent::daemon_ready); }), "");
    log.set_level("info");
    EXPECT_NE(written([&] { log.event(LogEvent::daemon_ready); }), "");
    EXPECT_EQ(written([&] { log.event(LogEvent::cycle_idle); }), "") << "info is quiet when nothing changed";
}

}  // namespace
}  // namespace dirsync::daemon
