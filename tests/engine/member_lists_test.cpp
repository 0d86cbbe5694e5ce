#include <algorithm>

#include <gtest/gtest.h>

#include "tests/engine/member_lists_fixture.hpp"

namespace dirsync::testing {
namespace {

INSTANTIATE_TEST_SUITE_P(Modes, MemberLists,
                         ::testing::Values(Following::none, Following::usn, Following::dirsync), mode_name);

TEST_P(MemberLists, AHiddenListOfAChangedGroupIsKept) {  // 5.15: who hides it writes to the group
    ad.hide("member");
    edit(staff(), "edited");
    for (const bool full : {false, true, true}) {
        const auto report = bench.cycle(full);
        EXPECT_TRUE(report.holds.empty());
        EXPECT_EQ(members(), 3U);
        if (full) {
            ASSERT_EQ(report.scope_warnings.size(), 1U);
            EXPECT_EQ(report.scope_warnings[0],
                      "corp.example.com: member of 2 groups lacks some whose memberOf names the group: they "
                      "are kept; give the account the right to read member");
        }
    }
    ad.show("member");
    EXPECT_TRUE(bench.cycle(true).scope_warnings.empty());
    EXPECT_EQ(members(), 3U);
}

TEST_P(MemberLists, OfAnotherDcNothingIsKnownToBeUnchanged) {  // 5.15, 6.4: after a failover
    ad.hide("member");
    staff().usn = 0;
    bench.cycle(true);
    EXPECT_EQ(members(), 3U);
}

TEST_P(MemberLists, AHalfThatIsLookedAtAgainIsNoEvidenceEither) {  // 5.15: by a read of changes
    ad.hide("memberOf");
    ad.hide_in_list(staff().guid, {ad.find("alice")->guid});
    EXPECT_EQ(only_hold(bench.cycle(true)).objects.size(), 1U);
    ad.hide_in_list(staff().guid, {ad.find("alice")->guid, ad.find("bob")->guid});
    EXPECT_EQ(only_hold(bench.cycle()).objects.size(), 2U);
    EXPECT_EQ(members(), 3U);
}

TEST_P(MemberLists, ADeletedMemberIsNoChangeOfTheList) {  // 5.15: it leaves uSNChanged alone
    ad.remove(ad.find("carol")->guid);
    bench.cycle();
    ASSERT_EQ(members(), 2U);
    ad.hide("memberOf");
    ad.hide_in_list(staff().guid, {ad.find("alice")->guid});
    EXPECT_EQ(only_hold(bench.cycle(true)).objects.size(), 1U);
    EXPECT_EQ(members(), 2U);
}

TEST_P(MemberLists, AGroupThatWasEmptiedIsEmptyAtOnce) {  // 5.15: of members who are in no other group
    for (const bool full : {false, true}) {
        const auto before = staff().members;
        staff().members.clear();
        staff().usn = later;
        const auto report = bench.cycle(full);
        EXPECT_EQ(report.exit_code(false), 0);
        EXPECT_EQ(members(), 0U);
        staff().members = before;
        bench.cycle(full);
        EXPECT_EQ(members(), 3U);
    }
}

TEST_P(MemberLists, AsLongAsTheListCanBeReadMemberOfNeedNotBe) {  // 5.15: a hardened domain
    ad.hide("memberOf");
    staff().members.clear();
    staff().usn = later;
    EXPECT_EQ(bench.cycle(true).exit_code(false), 0);
    EXPECT_EQ(members(), 0U);
}

TEST_P(MemberLists, OnlyWhoWasLostIsAskedWhileListsShowOthers) {  // 6.5
    staff().members.erase(ad.find("alice")->guid);
    staff().usn = later;
    EXPECT_EQ(bench.cycle().exit_code(false), 0);
    EXPECT_EQ(members(), 2U);
    EXPECT_EQ(ad.links_asked(), GetParam() == Following::dirsync ? 0U : 1U);
}

TEST_P(MemberLists, AnEditBesideANewcomerAsksForNoLink) {  // 6.5: nobody is missing
    for (const char* name : {"dan", "eve"}) {
        const bool full = std::string(name) == "eve";
        staff().members.insert(ad.add_user(name).guid);
        edit(staff(), std::string("with ") + name);
        EXPECT_EQ(bench.cycle(full).exit_code(false), 0);
    }
    EXPECT_EQ(members(), 5U);
    EXPECT_EQ(ad.links_asked(), 0U);
}

TEST_P(MemberLists, HalfAListThatIsHiddenStaysSoWhenItsGroupChanges) {  // 5.15
    ad.hide_in_list(staff().guid, {ad.find("alice")->guid});
    bench.cycle(true);
    ASSERT_EQ(members(), 3U);
    edit(staff(), "edited");
    for (const bool full : {false, true, true}) {
        EXPECT_TRUE(bench.cycle(full).holds.empty());
        EXPECT_EQ(members(), 3U);
    }
    staff().members.erase(ad.find("alice")->guid);
    staff().members.erase(ad.find("bob")->guid);
    staff().usn = later;
    bench.cycle();
    EXPECT_EQ(members(), 1U) << "who does not name the group is in it no more";
}

TEST_P(MemberLists, AListThatShowsOthersIsBelievedWhereNobodyTellsMore) {  // 5.15
    hide_all();
    ad.show("member");
    ad.hide_in_list(staff().guid, {ad.find("alice")->guid});
    edit(staff(), "edited");
    EXPECT_TRUE(bench.cycle(true).holds.empty());
    EXPECT_EQ(members(), 2U);
}

TEST_P(MemberLists, AListThatCameEmptyInManyGroupsIsAServerWithoutLinks) {  // 5.15: a whole domain
    auto& second = ad.add_group("second");
    second.members.insert(ad.find("alice")->guid);
    bench.cycle(true);
    for (const char* name : {"staff", "second", "guests"}) {
        ad.find(name)->members.clear();
        ad.find(name)->usn = later;
    }
    EXPECT_EQ(bench.cycle(true).exit_code(false), 3);
    EXPECT_EQ(members(), 3U);
    ad.find("guests")->members.insert(ad.find("guest")->guid);
    EXPECT_EQ(bench.cycle(true).exit_code(false), 0);
    EXPECT_EQ(members(), 0U);
}

TEST_P(MemberLists, PartOfAListOfAnUnchangedGroupIsNoEvidence) {  // 5.15: seven, four or one of eight
    for (const char* name : {"dan", "eve", "fay", "gil", "hal"}) {
        auto& user = ad.add_user(name);
        user.usn = 1;
        staff().members.insert(user.guid);
    }
    bench.cycle(true);
    ASSERT_EQ(members(), 8U);
    for (const std::size_t hidden : {1U, 4U, 7U}) {
        std::set<ObjectGuid> some;
        for (const auto& member : staff().members) {
            if (some.size() < hidden) some.insert(member);
        }
        ad.hide_in_list(staff().guid, some);
        ad.show("memberOf");
        EXPECT_EQ(bench.cycle(true).exit_code(false), 0);
        EXPECT_EQ(bench.cycle(true).exit_code(false), 0);
        EXPECT_EQ(members(), 8U);
        ad.hide("memberOf");
        EXPECT_EQ(only_hold(bench.cycle(true)).objects.size(), hidden);
        EXPECT_EQ(only_hold(bench.cycle()).objects.size(), hidden);
        EXPECT_EQ(only_hold(bench.cycle(true)).objects.size(), hidden);
        EXPECT_EQ(members(), 8U);
        ad.show_list(staff().guid);
        ad.show("memberOf");
        EXPECT_EQ(bench.cycle(true).exit_code(false), 0);
    }
}

TEST_P(MemberLists, ALinkThatExpiredEndsThoughNothingChanged) {  // 5.15: links with a time to live
    staff().members.erase(ad.find("alice")->guid);
    bench.cycle(true);
    EXPECT_EQ(members(), 2U);
    staff().members.clear();
    bench.cycle(true);
    EXPECT_EQ(members(), 0U);
}

TEST_P(MemberLists, MembersOfAnotherKindAreKeptAlike) {  // 2.3, 5.15: a nested group
    auto& nested = ad.add_group("nested");
    auto& dan = ad.add_user("dan");
    nested.members.insert(dan.guid);
    staff().members = {nested.guid};
    staff().usn = later;
    bench.cycle(true);
    ASSERT_TRUE(bench.memberships().contains({"staff@corp.example.com", "dan@corp.example.com"}));
    ad.hide_in_list(staff().guid, {nested.guid});
    edit(staff(), "edited");
    bench.cycle(true);
    EXPECT_TRUE(bench.memberships().contains({"staff@corp.example.com", "dan@corp.example.com"}));
}

TEST_P(MemberLists, ADeletedMemberIsProofEnough) {  // 4.1, 5.15
    hide_all();
    edit(staff(), "edited");
    bench.cycle(true);
    ad.remove(ad.find("carol")->guid);
    EXPECT_EQ(only_hold(bench.cycle(true)).objects.size(), 2U);
    EXPECT_EQ(members(), 2U);
}

TEST_P(MemberLists, AFailedQuestionIsNoAnswer) {  // 5.1
    ad.hide("member");
    edit(staff(), "edited");
    ad.fail_look_ups(true);
    const auto report = bench.cycle(true);
    EXPECT_EQ(report.exit_code(false), 75);
    EXPECT_EQ(members(), 3U);
}

class ToldLinks : public MemberLists {};
INSTANTIATE_TEST_SUITE_P(Modes, ToldLinks, ::testing::Values(Following::dirsync));

TEST_P(ToldLinks, WhatDirSyncTellsOfALinkIsProof) {  // 5.15
    hide_all();
    edit(staff(), "edited");
    bench.cycle(true);
    ASSERT_EQ(members(), 3U);
    staff().members.erase(ad.find("alice")->guid);
    const auto report = bench.cycle();
    EXPECT_EQ(only_hold(report).objects.size(), 2U);
    EXPECT_EQ(members(), 2U);
}

}  // namespace
}  // namespace dirsync::testing
