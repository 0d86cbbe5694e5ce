#include <algorithm>

#include <gtest/gtest.h>

#include "store/memory/store.hpp"
#include "tests/support/sync_bench.hpp"

namespace dirsync::testing {
namespace {

using Following = ModelDirectory::Following;

constexpr std::uint64_t later = 1'000'000;  // above what any read notes

// A list of members that shows fewer than before is no evidence by itself (semantics 5.15).
class MemberLists : public ::testing::TestWithParam<Following> {
protected:
    SyncBench bench{store::make_memory_store()};
    ModelDirectory& ad = bench.directory;

    void SetUp() override {
        auto& staff = ad.add_group("staff");
        for (const char* name : {"alice", "bob", "carol"}) {
            auto& user = ad.add_user(name);
            user.usn = 1;
            staff.members.insert(user.guid);
        }
        ad.find("staff")->usn = 1;
        // As the groups of every domain, which always have somebody.
        ad.add_group("guests").members.insert(ad.add_user("guest").guid);
        bench.settings.scope.groups.push_back(scope_name("staff@corp.example.com"));
        ad.follow(GetParam());
        ASSERT_EQ(bench.cycle().exit_code(false), 0);
        ASSERT_EQ(members(), 3U);
    }

    std::size_t members() { return bench.memberships().size(); }
    ModelDirectory::Object& staff() { return *ad.find("staff"); }
    void edit(ModelDirectory::Object& object, const std::string& description) {
        object.attributes["description"] = description;
        object.usn = later;
    }
    /// Nothing of the lists or of memberOf can be read any more.
    void hide_all() {
        ad.hide("member");
        ad.hide("memberOf");
    }
    /// Another member, who has no row; then nothing of it can be read any more.
    void list_dan_without_a_row() {
        auto& dan = ad.add_user("dan");
        dan.attributes["userPrincipalName"] = "white space@corp.example.com";
        dan.usn = 1;
        staff().members.insert(dan.guid);
        staff().usn = later;
        bench.cycle(true);
        hide_all();
        edit(staff(), "edited");
    }
    sync::Hold only_hold(const sync::CycleReport& report) {
        EXPECT_EQ(report.holds.size(), 1U);
        return report.holds.empty() ? sync::Hold() : report.holds[0];
    }
};

INSTANTIATE_TEST_SUITE_P(Modes, MemberLists,
                         ::testing::Values(Following::none, Following::usn, Following::dirsync),
                         [](const auto& mode) {
                             return mode.param == Following::none  ? "Full"
                                    : mode.param == Following::usn ? "Usn"
                                                                   : "DirSync";
                         });

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

TEST_P(MemberLists, WhatNothingProvesIsHeld) {  // 5.15
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

TEST_P(MemberLists, AHoldThatStandsWritesNothing) {  // 5.6
    hide_all();
    edit(staff(), "edited");
    bench.cycle(true);
    const auto runs = bench.rows("v1_runs").size();
    for (int i = 0; i < 3; ++i) EXPECT_EQ(bench.cycle().exit_code(false), 3);
    EXPECT_EQ(bench.rows("v1_runs").size(), runs);
}

TEST_P(MemberLists, AHoldEndsByItselfWhenTheListIsReadable) {  // 5.3, 5.15: in the next read of changes
    hide_all();
    edit(staff(), "edited");
    bench.cycle(true);
    ad.show("member");
    EXPECT_EQ(bench.cycle().exit_code(false), 0);
    EXPECT_EQ(members(), 3U);
}

TEST_P(MemberLists, AHoldEndsByItselfWhenThereIsProof) {  // 5.15
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

TEST_P(MemberLists, AnApprovalEndsThoseMembershipsAndNothingElse) {  // 5.3, 5.15
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

TEST_P(MemberLists, AnApprovalEndsTheMembershipOfWhoWentOutOfSight) {  // 5.3, 5.15
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
TEST_P(MemberLists, AHoldEndsWhenTheMemberIsNobody) {  // 5.3, 5.15, 5.17
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

TEST_P(MemberLists, WhoTurnsIntoNobodyIsHeldInNoList) {  // 5.6, 5.15, 5.17
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
TEST_P(MemberLists, WhoTurnsIntoSomebodyComesIntoNoListThatLacksThem) {  // 5.6, 5.15
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

// Members of another domain of the forest: memberOf does not tell of them.
TEST(MembersOfAnotherDomain, AreProvedByTheListAloneOrHeld) {  // 5.15
    SyncBench bench(store::make_memory_store(), {"corp.example.com", "emea.example.com"});
    auto& ad = bench.directory;
    auto& staff = ad.add_group("staff");
    staff.members.insert(ad.add_user("ann", 1).guid);
    ad.add_group("guests").members.insert(ad.add_user("guest").guid);
    ad.add_group("visitors", 1).members.insert(ad.add_user("visitor", 1).guid);
    bench.settings.scope.groups.push_back(scope_name("staff@corp.example.com"));
    bench.cycle();
    ASSERT_EQ(bench.memberships().size(), 1U);
    ad.hide_in_list(staff.guid, staff.members);
    EXPECT_EQ(bench.cycle(true).exit_code(false), 3);
    EXPECT_EQ(bench.memberships().size(), 1U);
    ad.show_list(staff.guid);
    EXPECT_EQ(bench.cycle(true).exit_code(false), 0);
    EXPECT_EQ(bench.memberships().size(), 1U);
    ad.find("staff")->members.clear();
    EXPECT_EQ(bench.cycle(true).exit_code(false), 0);
    EXPECT_TRUE(bench.memberships().empty());
}

// 5.15: what permissions let read is evidence of a list that changed. A server that shows fewer of an
// unchanged one contradicts itself.
TEST(MembersOfAnotherDomain, AreHeldWhereAnUnchangedListShowsFewer) {
    SyncBench bench(store::make_memory_store(), {"corp.example.com", "emea.example.com"});
    auto& ad = bench.directory;
    auto& staff = ad.add_group("staff");
    const auto ann = ad.add_user("ann", 1).guid;
    staff.members = {ann, ad.add_user("bea", 1).guid};
    staff.usn = 1;
    ad.add_group("guests").members.insert(ad.add_user("guest").guid);
    ad.add_group("visitors", 1).members.insert(ad.add_user("visitor", 1).guid);
    bench.settings.scope.groups.push_back(scope_name("staff@corp.example.com"));
    bench.cycle();
    ASSERT_EQ(bench.memberships().size(), 2U);
    ad.lists_lie = true;
    ad.hide_in_list(staff.guid, {ann});
    EXPECT_EQ(bench.cycle(true).exit_code(false), 3);
    EXPECT_EQ(bench.memberships().size(), 2U);
    ad.find("staff")->members.erase(ann);
    ad.find("staff")->usn = later;
    EXPECT_EQ(bench.cycle(true).exit_code(false), 0);
    EXPECT_EQ(bench.memberships().size(), 1U);
}

/// `staff` of corp with ann and the group `inner` of emea, which has bob of corp; the list of staff is
/// hidden.
class HiddenList : public ::testing::TestWithParam<Following> {
protected:
    SyncBench bench{store::make_memory_store(), {"corp.example.com", "emea.example.com"}};
    ModelDirectory& ad = bench.directory;
    ObjectGuid staff = ad.add_group("staff").guid;
    ObjectGuid inner = ad.add_group("inner", 1).guid;
    ObjectGuid ann = ad.add_user("ann", 1).guid;
    ObjectGuid bob = ad.add_user("bob").guid;
    ObjectGuid dan = ad.add_user("dan").guid;
    ObjectGuid eve = ad.add_user("eve", 1).guid;
    std::string hold;

    void SetUp() override {
        ad.object(staff).members = {ann, inner};
        ad.object(inner).members = {bob};
        ad.add_group("guests").members.insert(ad.add_user("guest").guid);
        ad.add_group("visitors", 1).members.insert(ad.add_user("visitor", 1).guid);
        bench.settings.scope.groups.push_back(scope_name("staff@corp.example.com"));
        ad.follow(GetParam());
        bench.cycle();
        ad.hide_in_list(staff, {ann, inner, dan, eve});
        hold = bench.cycle(true).holds.at(0).id;
        ASSERT_EQ(in_staff(), 2U);
    }
    std::size_t in_staff() {
        const auto all = bench.memberships();
        return static_cast<std::size_t>(std::count_if(
            all.begin(), all.end(), [](const auto& m) { return m.first == "staff@corp.example.com"; }));
    }
};
INSTANTIATE_TEST_SUITE_P(Modes, HiddenList, ::testing::Values(Following::usn, Following::dirsync));

/// Whoever is only looked for among the members of a list that is held is told when they change.
TEST_P(HiddenList, TheListsOfItsMembersAreNotReadAgain) {  // 5.6, 6.5
    ad.hide_in_list(inner, {bob});
    for (int i = 0; i < 2; ++i) {
        const auto report = bench.cycle();
        EXPECT_FALSE(report.wrote);
        EXPECT_EQ(report.holds.at(0).id, hold);
    }
    EXPECT_EQ(in_staff(), 2U);
}

/// What comes below the inner group goes no further up, for nothing proves that the group is in it still.
TEST_P(HiddenList, LeadsNobodyIn) {  // 5.14, 5.15
    const ObjectGuid max = ad.add_user("max").guid;
    bench.settings.scope.users.push_back(scope_name("max@corp.example.com"));
    bench.cycle();
    ad.object(ad.add_group("deep", 1).guid).members = {ad.add_user("fay", 1).guid};
    ad.object(inner).members.insert({ad.find("deep")->guid, max});
    const auto before = bench.memberships();
    for (const bool full : {false, true}) {
        EXPECT_EQ(bench.cycle(full).holds.at(0).id, hold);
        EXPECT_EQ(bench.memberships(), before);
        EXPECT_FALSE(bench.groups().contains("deep@emea.example.com"));
        EXPECT_FALSE(bench.users().contains("fay@emea.example.com"));
        EXPECT_FALSE(bench.cycle().wrote);
    }
    ad.show_list(staff);
    EXPECT_TRUE(bench.cycle().holds.empty());
    auto now = before;
    now.insert({{"staff@corp.example.com", "max@corp.example.com"},
                {"staff@corp.example.com", "fay@emea.example.com"},
                {"inner@emea.example.com", "max@corp.example.com"},
                {"inner@emea.example.com", "fay@emea.example.com"},
                {"deep@emea.example.com", "fay@emea.example.com"}});
    EXPECT_EQ(bench.memberships(), now) << "the list says so";
    EXPECT_FALSE(bench.cycle(true).wrote);
}

class ToldToHiddenList : public HiddenList {};
INSTANTIATE_TEST_SUITE_P(Modes, ToldToHiddenList, ::testing::Values(Following::dirsync));

/// Though the list is read again for the sake of what is held, and lacks them.
TEST_P(ToldToHiddenList, WhoIsToldToHaveComeIsIn) {  // 5.2, 5.15
    ad.object(staff).members.insert(dan);
    const auto report = bench.cycle();
    EXPECT_EQ(report.holds.at(0).id, hold) << "memberOf proves it";
    EXPECT_EQ(in_staff(), 3U);
    EXPECT_FALSE(bench.cycle().wrote);
    ad.object(staff).members.insert(eve);
    EXPECT_EQ(bench.cycle().holds.at(0).objects.size(), 3U)
        << "of another domain nothing proves it but the telling";
    EXPECT_EQ(in_staff(), 4U);
    EXPECT_FALSE(bench.cycle().wrote);
    ad.object(staff).members.erase(dan);
    ad.object(staff).members.erase(eve);
    EXPECT_EQ(bench.cycle().holds.at(0).id, hold);
    EXPECT_EQ(in_staff(), 2U);
}

TEST(ForeignMembers, TellOfTheirGroupsThemselves) {  // 2.6, 5.15
    SyncBench bench(store::make_memory_store(), {"corp.example.com", "emea.example.com"});
    auto& ad = bench.directory;
    const auto staff = ad.add_group("staff").guid;
    const auto foreign = ad.add_foreign(ad.add_user("ann", 1), 0).guid;
    ad.object(staff).members.insert(foreign);
    ad.add_group("guests").members.insert(ad.add_user("guest").guid);
    bench.settings.scope.groups.push_back(scope_name("staff@corp.example.com"));
    bench.cycle();
    ASSERT_EQ(bench.memberships().size(), 1U);
    ad.hide_in_list(staff, {foreign});
    EXPECT_EQ(bench.cycle(true).exit_code(false), 0);
    EXPECT_EQ(bench.memberships().size(), 1U);
    ad.hide("memberOf");
    EXPECT_EQ(bench.cycle(true).exit_code(false), 3);
    EXPECT_EQ(bench.memberships().size(), 1U);
    ad.show("memberOf");
    ad.object(staff).members.clear();
    EXPECT_EQ(bench.cycle(true).exit_code(false), 0);
    EXPECT_TRUE(bench.memberships().empty());
}

}  // namespace
}  // namespace dirsync::testing
