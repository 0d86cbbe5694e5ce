#include <algorithm>

#include <gtest/gtest.h>

#include "tests/engine/member_lists_fixture.hpp"

// Links that nothing proves to have ended are held (semantics 5.15).
namespace dirsync::testing {
namespace {

using HeldLinks = MemberLists;
INSTANTIATE_TEST_SUITE_P(Modes, HeldLinks,
                         ::testing::Values(Following::none, Following::usn, Following::dirsync), mode_name);

TEST_P(HeldLinks, WhatNothingProvesIsHeld) {  // 5.15
    hide_all();
    edit(staff(), "edited");
    const auto report = bench.cycle(true);
    EXPECT_EQ(report.exit_code(false), 3);
    const auto hold = only_hold(report);
    EXPECT_EQ(hold.hold, sync::HoldClass::absent);
    EXPECT_EQ(hold.objects.size(), 3U);
    for (const auto& [group, member] : hold.objects) EXPECT_EQ(group, staff().guid);
    EXPECT_EQ(hold.sample.front(), "alice@corp.example.com");
    ASSERT_EQ(report.scope_warnings.size(), 1U);
    EXPECT_EQ(report.scope_warnings[0],
              "corp.example.com: 3 memberships of 1 group can be seen no more and nothing proves that they "
              "ended: they are kept; give the account the right to read member and memberOf, or release what "
              "is held (absent)");
    EXPECT_EQ(members(), 3U);
    bench.restart();
    EXPECT_EQ(only_hold(bench.cycle()).id, hold.id);  // 5.3: across restarts
    EXPECT_EQ(only_hold(bench.cycle(true)).id, hold.id);
    EXPECT_EQ(members(), 3U);
}

TEST_P(HeldLinks, AHoldThatStandsWritesNothing) {  // 5.6
    hide_all();
    edit(staff(), "edited");
    bench.cycle(true);
    const auto runs = bench.rows("v1_runs").size();
    for (int i = 0; i < 3; ++i) EXPECT_EQ(bench.cycle().exit_code(false), 3);
    EXPECT_EQ(bench.rows("v1_runs").size(), runs);
}

TEST_P(HeldLinks, AHoldEndsByItselfWhenTheListIsReadable) {  // 5.3, 5.15: in the next read of changes
    hide_all();
    edit(staff(), "edited");
    bench.cycle(true);
    ad.show("member");
    EXPECT_EQ(bench.cycle().exit_code(false), 0);
    EXPECT_EQ(members(), 3U);
}

TEST_P(HeldLinks, AHoldEndsByItselfWhenThereIsProof) {  // 5.15
    hide_all();
    edit(staff(), "edited");
    bench.cycle(true);
    bench.restart();
    staff().members.erase(ad.find("bob")->guid);
    ad.show("memberOf");
    EXPECT_EQ(bench.cycle().exit_code(false), 0);
    EXPECT_EQ(members(), 2U);
    EXPECT_FALSE(bench.memberships().contains({"staff@corp.example.com", "bob@corp.example.com"}));
}

TEST_P(HeldLinks, AnApprovalEndsThoseMembershipsAndNothingElse) {  // 5.3, 5.15
    hide_all();
    edit(staff(), "edited");
    const auto hold = only_hold(bench.cycle(true));
    const auto planned = bench.dry_run();
    EXPECT_EQ(planned.holds.size(), 1U);
    const auto report = bench.cycle(false, {hold.id});
    EXPECT_EQ(report.exit_code(false), 0);
    EXPECT_EQ(members(), 0U);
    EXPECT_TRUE(bench.groups().contains("staff@corp.example.com"));
    EXPECT_EQ(bench.cycle(true).exit_code(false), 0);
    EXPECT_EQ(members(), 0U);
    ad.show("member");
    bench.cycle(true);
    EXPECT_EQ(members(), 3U);
}

TEST_P(HeldLinks, AnApprovalEndsTheMembershipOfWhoWentOutOfSight) {  // 5.3, 5.15
    hide_all();
    edit(staff(), "edited");
    bench.cycle(true);
    ad.find("alice")->visible = false;
    const auto of_links = [](const sync::CycleReport& report) {
        std::vector<std::string> ids;
        for (const auto& hold : report.holds) {
            if (!hold.objects.front().second.is_nil()) ids.push_back(hold.id);
        }
        return ids;
    };
    const auto ids = of_links(bench.cycle(true));
    ASSERT_EQ(ids.size(), 1U);
    const auto report = bench.cycle(true, ids);
    EXPECT_EQ(of_links(report).size(), 0U);
    EXPECT_EQ(only_hold(report).objects.front().first, ad.find("alice")->guid);
    EXPECT_EQ(members(), 0U);
    ad.find("alice")->visible = true;
    ad.show("member");
    EXPECT_EQ(bench.cycle(true).exit_code(false), 0);
    EXPECT_EQ(members(), 3U);
}

/// Somebody without a row whose name a conflict has mangled is neither a user nor hidden.
TEST_P(HeldLinks, AHoldEndsWhenTheMemberIsNobody) {  // 5.3, 5.15, 5.17
    list_dan_without_a_row();
    ASSERT_EQ(only_hold(bench.cycle(true)).objects.size(), 4U);
    ad.find("dan")->mangled = true;
    ad.find("dan")->usn = later;
    bench.cycle(true);
    staff().members.erase(ad.find("dan")->guid);
    ad.show("member");
    EXPECT_TRUE(bench.cycle(true).holds.empty());
    EXPECT_EQ(members(), 3U);
}

TEST_P(HeldLinks, WhoTurnsIntoNobodyIsHeldInNoList) {  // 5.6, 5.15, 5.17
    list_dan_without_a_row();
    ad.find("dan")->mangled = true;
    ad.find("dan")->usn = later;
    EXPECT_EQ(only_hold(bench.cycle(true)).objects.size(), 3U);
    const auto report = bench.cycle(true);
    EXPECT_FALSE(report.wrote);
    EXPECT_EQ(only_hold(report).objects.size(), 3U);
    EXPECT_EQ(members(), 3U);
}

/// Beside a member who is kept, a list lacks somebody of whom nothing was known when it was read before.
TEST_P(HeldLinks, WhoTurnsIntoSomebodyComesIntoNoListThatLacksThem) {  // 5.6, 5.15
    auto& dan = ad.add_user("dan");
    const auto guid = dan.guid;
    dan.mangled = true;
    dan.usn = 1;
    staff().members.insert(guid);
    edit(staff(), "with dan");
    bench.cycle(true);
    ASSERT_EQ(members(), 3U);
    ad.find("dan")->mangled = false;
    ad.find("dan")->usn = later;
    staff().members.erase(guid);
    edit(staff(), "without dan");
    ad.hide_in_list(staff().guid, {ad.find("alice")->guid});
    bench.cycle(true);
    EXPECT_EQ(members(), 3U);
    EXPECT_FALSE(bench.cycle(true).wrote);
    EXPECT_EQ(members(), 3U);
}

}  // namespace
}  // namespace dirsync::testing
