#include "survey/account_survey.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ldap/session/controls.hpp"
#include "survey/replication_survey.hpp"
#include "survey/rights_survey.hpp"

namespace dirsync::survey {

using namespace ldap;
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Time now = *parse_time("2026-03-01T12:00:00Z");
const Sid domain = *parse_sid("S-1-5-21-1-2-3");

TEST(ClockCheck, TellsWhichClockIsAheadAndWhatKerberosMakesOfIt) {
    EXPECT_EQ(clock_check("d", now - Duration(59), now, true).outcome, CheckOutcome::ok);
    const auto ahead = clock_check("d", now - Duration(90), now, true);
    EXPECT_EQ(ahead.outcome, CheckOutcome::warning);
    EXPECT_THAT(ahead.seen, HasSubstr("90s ahead of the domain controller's"));
    const auto behind = clock_check("d", now + Duration(400), now, true);
    EXPECT_EQ(behind.outcome, CheckOutcome::failed);
    EXPECT_EQ(behind.exit_code, 75);
    EXPECT_THAT(behind.seen, HasSubstr("400s behind the domain controller's"));
    EXPECT_EQ(clock_check("d", now + Duration(400), now, false).outcome, CheckOutcome::warning);
    EXPECT_EQ(clock_check("d", std::nullopt, now, true).outcome, CheckOutcome::skipped);
    // semantics 5.13
    for (const Duration error : {Duration(601), Duration(-601)})
        EXPECT_EQ(clock_check("d", now + error, now, false).outcome, CheckOutcome::failed);
}

TEST(ControlsCheck, OnlyWhatReadingNeedsIsAFailure) {
    std::vector<std::string> all{std::string(paged_results_oid), std::string(extended_dn_oid),
                                 show_deleted().oid, std::string(dir_sync_oid),
                                 std::string(notification_oid)};
    EXPECT_EQ(controls_check("d", all).outcome, CheckOutcome::ok);
    all.pop_back();
    EXPECT_EQ(controls_check("d", all).outcome, CheckOutcome::ok);
    EXPECT_THAT(controls_check("d", all).seen, HasSubstr("change notification"));
    all.erase(all.begin());
    EXPECT_EQ(controls_check("d", all).exit_code, 78);
}

TEST(PrivilegedGroups, AreKnownByTheirSids) {
    const std::vector<Sid> plain{domain.with_rid(1103), domain.with_rid(513), *parse_sid("S-1-5-32-545")};
    EXPECT_THAT(privileged_groups(plain, domain), IsEmpty());
    EXPECT_THAT(privileged_groups({domain.with_rid(512), *parse_sid("S-1-5-32-548")}, domain),
                ElementsAre("Domain Admins", "Account Operators"));
    // Another domain's Domain Admins are nobody here; the forest's Enterprise Admins are somebody everywhere.
    const Sid other = *parse_sid("S-1-5-21-9-9-9");
    EXPECT_THAT(privileged_groups({other.with_rid(512)}, domain), IsEmpty());
    EXPECT_THAT(privileged_groups({other.with_rid(519)}, domain), ElementsAre("Enterprise Admins"));
}

TEST(HowToGrant, IsACommandOfTheKindOfServer) {
    AccountFacts account;
    account.token = {domain.with_rid(1103)};
    account.name = "svc";
    sync::DomainFacts facts;
    facts.base_dn = "DC=a,DC=b";
    facts.netbios_name = "A";
    EXPECT_EQ(how_to_grant_dir_sync(account, facts),
              "dsacls \"DC=a,DC=b\" /G \"A\\svc:CA;Replicating Directory Changes\"");
    EXPECT_THAT(how_to_show_deleted_objects(account, facts),
                HasSubstr("dsacls \"CN=Deleted Objects,DC=a,DC=b\" /G \"A\\svc:LCRP\""));
    EXPECT_EQ(how_to_show_vector(account, facts), "dsacls \"DC=a,DC=b\" /G \"A\\svc:RP;replUpToDateVector\"");
    account.is_samba = true;
    EXPECT_THAT(how_to_grant_dir_sync(account, facts),
                HasSubstr("(OA;;CR;1131f6aa-9c07-11d1-f79f-00c04fc2dcd2;;S-1-5-21-1-2-3-1103)"));
    EXPECT_THAT(how_to_show_deleted_objects(account, facts),
                HasSubstr("(A;;LCRP;;;S-1-5-21-1-2-3-1103)' | ldbmodify"));
    EXPECT_THAT(how_to_show_vector(account, facts),
                HasSubstr("(OA;;RP;bf967a16-0de6-11d0-a285-00aa003049e2;;S-1-5-21-1-2-3-1103)"));
}

}  // namespace
}  // namespace dirsync::survey
