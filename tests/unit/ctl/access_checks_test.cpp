#include "ctl/commands/access_checks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dirsync::ctl {
namespace {

using ::testing::HasSubstr;

/// Who may do what when all is as the package makes it.
AccessFacts in_order() {
    AccessFacts facts;
    facts.socket_group = "dirsyncd-admin";
    facts.socket_group_exists = true;
    facts.socket = AccessFacts::File{"/run/dirsyncd/control.sock", 10, 0140660};
    facts.folder = AccessFacts::File{"/var/lib/dirsyncd", 11, 0042750};
    facts.readers = 11;
    return facts;
}

/// The only check of these that is not in order.
Check only_warning(const AccessFacts& facts) {
    Check found;
    int warnings = 0;
    for (const auto& check : access_checks(facts)) {
        EXPECT_EQ(check.name, "access");
        if (check.outcome == CheckOutcome::ok) continue;
        ++warnings;
        found = check;
    }
    EXPECT_EQ(warnings, 1);
    return found;
}

TEST(AccessChecks, AllIsInOrderAsItIsInstalled) {  // 11.1
    ASSERT_FALSE(access_checks(in_order()).empty());
    for (const auto& check : access_checks(in_order()))
        EXPECT_EQ(check.outcome, CheckOutcome::ok) << check.seen;
    auto facts = in_order();
    facts.readers.reset();
    facts.folder->mode = 0040700;
    ASSERT_FALSE(access_checks(facts).empty());
    for (const auto& check : access_checks(facts)) EXPECT_EQ(check.outcome, CheckOutcome::ok) << check.seen;
}

// 11.1: each of the groups, and nobody else.
TEST(AccessChecks, WhoeverMayTooMuchOrTooLittleIsNamedWithTheCommand) {
    auto facts = in_order();
    facts.service_group = {"alice", "bob"};
    EXPECT_THAT(only_warning(facts).seen, HasSubstr("alice, bob"));
    facts = in_order();
    facts.socket_group_exists = false;
    EXPECT_THAT(only_warning(facts).advice, HasSubstr("systemd-sysusers"));
    facts = in_order();
    facts.socket->mode = 0140600;
    EXPECT_THAT(only_warning(facts).seen, HasSubstr("and not the group 'dirsyncd-admin'"));
    facts.socket->mode = 0140666;
    EXPECT_THAT(only_warning(facts).seen, HasSubstr("everybody"));
    facts = in_order();
    facts.folder->mode = 0042755;
    EXPECT_THAT(only_warning(facts).advice, HasSubstr("chmod o= /var/lib/dirsyncd"));
    for (const mode_t mode : {0040750, 0042710, 0042700}) {
        facts.folder->mode = mode;
        EXPECT_THAT(only_warning(facts).advice, HasSubstr("chmod 2750 /var/lib/dirsyncd"));
    }
    facts.folder->mode = 0042750;
    facts.folder->group = 12;
    EXPECT_THAT(only_warning(facts).seen, HasSubstr("dirsyncd-read cannot read"));
    facts = in_order();
    facts.socket.reset();
    EXPECT_EQ(only_warning(facts).outcome, CheckOutcome::skipped);
}

}  // namespace
}  // namespace dirsync::ctl
