#include "daemon/cycles/cycle_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dirsync::daemon {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class CycleLogTest : public ::testing::Test {
protected:
    /// Each line as the log shows it, without the constant message.
    std::vector<std::string> said() { return texts(log.lines(report, status, 3)); }
    static std::vector<std::string> texts(const std::vector<LogLine>& lines) {
        std::vector<std::string> texts;
        for (const auto& line : lines) {
            std::string text(facts_of(line.event).id);
            for (const auto& [key, value] : line.fields) text += " " + std::string(key) + "=" + value;
            texts.push_back(std::move(text));
        }
        return texts;
    }
    CycleLog log;
    sync::CycleReport report;
    sync::EngineStatus status;
};

TEST_F(CycleLogTest, AFailureIsSaidOnceAndItsEndOnce) {
    report.error = Error(ErrorCode::unreachable, "dc1 does not answer");
    EXPECT_THAT(said(), ElementsAre("CYCLE_FAILED cycle=3 code=unreachable reason=dc1 does not answer"));
    EXPECT_THAT(said(), IsEmpty());
    report.error = Error(ErrorCode::invalid_credentials, "no");
    EXPECT_THAT(said(),
                ElementsAre("CREDENTIALS_REFUSED cycle=3 code=InvalidDirectoryCredentials reason=no"));
    report.error.reset();
    EXPECT_THAT(said(), ElementsAre("CYCLE_RECOVERED cycle=3", "CYCLE_IDLE cycle=3"));
    EXPECT_THAT(said(), ElementsAre("CYCLE_IDLE cycle=3"));
}

TEST_F(CycleLogTest, HoldsAndWarningsAreSaidWhenTheyAppear) {
    sync::Hold hold;
    hold.id = "h1";
    hold.hold = sync::HoldClass::remove_users;
    hold.limit = "500 or 10%";
    report.holds = {hold};
    report.scope_warnings = {"w1"};
    report.entity_errors = 2;
    EXPECT_THAT(said(), ElementsAre("CYCLE_IDLE cycle=3",
                                    "CHANGE_HELD cycle=3 id=h1 class=remove_users count=0 limit=500 or 10%",
                                    "SCOPE_WARNING cycle=3 warning=w1", "ENTITIES_SKIPPED cycle=3 count=2"));
    EXPECT_THAT(said(), ElementsAre("CYCLE_IDLE cycle=3"));
    report.scope_warnings = {"w1", "w2"};
    report.entity_errors = 1;
    EXPECT_THAT(said(), ElementsAre("CYCLE_IDLE cycle=3", "SCOPE_WARNING cycle=3 warning=w2"));
    report.holds.clear();
    said();
    report.holds = {hold};
    EXPECT_THAT(said().at(1), ::testing::StartsWith("CHANGE_HELD")) << "it came back";
}

TEST_F(CycleLogTest, WhatWasWrittenIsCounted) {
    report.wrote = true;
    report.run.kind = sync::RunKind::full;
    report.run.ended = report.run.started + Duration(4);
    report.run.counts = {{"users_created", 2}, {"users_removed", 0}};
    EXPECT_THAT(said(), ElementsAre("CYCLE_WROTE cycle=3 kind=full seconds=4 users_created=2"));
}

TEST_F(CycleLogTest, DoubtOfTheTimeIsNoWarningBesides) {  // semantics 5.13
    report.time_doubt = "the clocks differ";
    report.scope_warnings = {"the clocks differ"};
    EXPECT_THAT(said(), ElementsAre("TIME_IN_DOUBT cycle=3 reason=the clocks differ", "CYCLE_IDLE cycle=3"));
    report.time_doubt = "the clocks differ more";
    report.scope_warnings = {"the clocks differ more"};
    EXPECT_THAT(said(), ElementsAre("CYCLE_IDLE cycle=3"));
    report.time_doubt.clear();
    report.scope_warnings.clear();
    EXPECT_THAT(said(), ElementsAre("TIME_CERTAIN cycle=3", "CYCLE_IDLE cycle=3"));
}

TEST_F(CycleLogTest, AChangeThatWaitsIsSaidOnceAndNothingBesides) {  // semantics 1.4
    report.change_pending = true;
    status.pending = sync::PendingSourceChange{"a", "b", 5, 6, 7, 8, ""};
    EXPECT_THAT(said(),
                ElementsAre("SOURCE_CHANGE_PENDING cycle=3 from=a to=b users=5 groups=6 memberships=7 "
                            "assignments=8"));
    EXPECT_THAT(said(), IsEmpty());
    status.pending->note = "the word is not ACCEPT";
    EXPECT_THAT(said(), ::testing::SizeIs(1)) << "another reason";
}

TEST_F(CycleLogTest, AWholeReadIsSaidWithItsReason) {
    report.full_reason = "the cursor was refused";
    EXPECT_THAT(said(),
                ElementsAre("WHOLE_READ cycle=3 reason=the cursor was refused", "CYCLE_IDLE cycle=3"));
    EXPECT_THAT(said(), ElementsAre("CYCLE_IDLE cycle=3"));
}

TEST_F(CycleLogTest, ALongPauseSaysWhatItDid) {  // semantics 4.5
    report.wrote = true;
    report.changes = 12;
    EXPECT_THAT(texts(log.pause_lines(report, 3)), ElementsAre("PAUSE_RAN_OUT users=12"));
    report.error = Error(ErrorCode::invalid_credentials, "no");
    EXPECT_THAT(texts(log.pause_lines(report, 3)),
                ElementsAre("CREDENTIALS_REFUSED code=InvalidDirectoryCredentials reason=no"));
}

}  // namespace
}  // namespace dirsync::daemon
