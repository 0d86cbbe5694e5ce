#include "ctl/text/check_format.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/messages/surveys.hpp"
#include "ctl/commands/doctor.hpp"

namespace dirsync::ctl {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

std::vector<Check> some() {
    return {passed("tls", "dc1", "encrypted"), warned("scope", "x\x1b[2J", "no such group", "one\ntwo"),
            failed("bind", "dc1", Error(ErrorCode::invalid_credentials, "wrong"), "mend it"),
            failed("dns", "", Error(ErrorCode::unreachable, "no answer"), "look"),
            skipped("store", "", "why")};
}

TEST(CheckFormat, ShowsALineForEachAndItsAdviceBelow) {
    const std::string text = checks_text(some());
    EXPECT_THAT(
        text, AllOf(HasSubstr("ok       tls              dc1: encrypted\n"),
                    HasSubstr("no such group\n         -> one\n            two\n"),
                    HasSubstr("failed   bind             dc1: wrong\n         -> mend it\n"),
                    HasSubstr("1 in order, 1 warning, 2 failed, 1 not looked at\n"), Not(HasSubstr("\x1b"))));
}

TEST(CheckFormat, FoldsSentencesAndLeavesCommandsWhole) {
    const std::string command =
        "dsacls \"DC=corp,DC=example,DC=com\" /G \"CORP\\svc-dirsync:CA;Replicating Directory Changes\"";
    const std::string text = checks_text(
        {warned(
            "dirsync", "dc1.corp.example.com", "the account lacks Replicating Directory Changes",
            "on a domain controller, as an administrator of the domain, or everything is read:\n" + command)},
        {60});
    EXPECT_THAT(text, HasSubstr("warning  dirsync          dc1.corp.example.com: the account\n"
                                "                          lacks Replicating Directory\n"
                                "                          Changes\n"
                                "         -> on a domain controller, as an administrator of\n"
                                "            the domain, or everything is read:\n"
                                "            " +
                                command + "\n"));
}

TEST(CheckFormat, IsReadBackFromItsJson) {
    const auto before = some();
    const auto after = checks_of(messages::text_of(messages::report_of(before)));
    ASSERT_THAT(after, SizeIs(before.size()));
    EXPECT_EQ(checks_text(after), checks_text(before));
    EXPECT_EQ(exit_code_of(after), 77);
    EXPECT_TRUE(checks_of("no json").empty());
}

TEST(CheckFormat, TheGravestExitCodeWins) {  // contract: 78, 77, 75
    std::vector<Check> checks{passed("a", "", ""), warned("b", "", "", "")};
    EXPECT_EQ(exit_code_of(checks), 0);
    checks.push_back(failed("c", "", Error(ErrorCode::timeout, ""), ""));
    EXPECT_EQ(exit_code_of(checks), 75);
    checks.push_back(failed("d", "", Error(ErrorCode::config_invalid, ""), ""));
    checks.push_back(failed("e", "", Error(ErrorCode::insufficient_rights, ""), ""));
    EXPECT_EQ(exit_code_of(checks), 78);
}

std::string words_of(const std::vector<Check>& checks) { return checks_text(checks); }

TEST(Doctor, SaysWhatKeepsTheDaemonFromWorking) {
    messages::Status status;
    status.config.path = "/c";
    status.last_success = "T";
    EXPECT_THAT(words_of(daemon_checks(status)),
                AllOf(HasSubstr("ok "), HasSubstr("/c: runs; last success T")));
    status.config.in_force = false;
    status.source.pending.emplace();
    status.paused = true;
    status.paused_since = "then";
    status.held.emplace_back();
    status.last_error = "no server";
    status.counts.errors = 2;
    const auto bad = words_of(daemon_checks(status));
    EXPECT_THAT(bad,
                AllOf(HasSubstr("refused the file"), HasSubstr("source change"), HasSubstr("since then"),
                      HasSubstr("approve ID"), HasSubstr("the last cycle failed: no server"),
                      HasSubstr("left out because of errors: 2 objects"), HasSubstr("dirsyncctl errors")));
}

TEST(Doctor, SaysWhetherTheServiceStartsWithTheHost) {
    ServiceState service;
    EXPECT_EQ(service_check(service, false).outcome, CheckOutcome::warning);
    EXPECT_EQ(service_check(service, true).outcome, CheckOutcome::skipped);
    service.has_systemd = true;
    EXPECT_THAT(service_check(service, false).advice, HasSubstr("daemon-reload"));
    service.enabled = "disabled";
    service.active = "failed";
    EXPECT_THAT(service_check(service, false).seen, HasSubstr("failed"));
    EXPECT_THAT(service_check(service, true).advice, HasSubstr("systemctl enable dirsyncd"));
    service.enabled = "enabled";
    service.active = "active";
    EXPECT_EQ(service_check(service, true).outcome, CheckOutcome::ok);
}

TEST(StartBy, TakesTheWayThatThisHostHas) {
    ServiceState none;
    ServiceState systemd{true, "disabled", "inactive"};
    EXPECT_EQ(start_by(true, true, systemd), StartBy::reload);
    EXPECT_EQ(start_by(false, true, systemd), StartBy::systemctl);
    EXPECT_EQ(start_by(false, false, systemd), StartBy::hand);  // the unit reads the usual file
    EXPECT_EQ(start_by(false, true, none), StartBy::hand);
    systemd.enabled.clear();
    EXPECT_EQ(start_by(false, true, systemd), StartBy::hand);
}

}  // namespace
}  // namespace dirsync::ctl
