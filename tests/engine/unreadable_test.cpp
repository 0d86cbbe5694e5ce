#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/unreadable_fixture.hpp"

namespace dirsync::testing {
namespace {

using Following = ModelDirectory::Following;

TEST_F(UnreadableTest, WhatNobodyChangedIsKept) {  // semantics 5.1
    ad.hide("mail");
    const auto report = bench.cycle(true);
    EXPECT_EQ(report.changes, 0U);
    ASSERT_EQ(report.scope_warnings.size(), 1U);
    EXPECT_EQ(
        report.scope_warnings[0],
        "corp.example.com: mail of 2 users cannot be read any more though nobody changed it: it is kept as "
        "it was; give the account the right to read it");
    EXPECT_EQ(mail("alice"), "alice@example.com");
    bench.restart();
    EXPECT_EQ(bench.cycle(true).changes, 0U);
    EXPECT_EQ(mail("bob"), "bob@example.com");
}

// A user whose userAccountControl is hidden as well is asked for in each cycle, as it is listed.
TEST_F(UnreadableTest, WhatAWholeReadKeptOutlivesTheNextQuestion) {  // semantics 5.1, 5.6
    ad.hide("mail");
    ad.find("alice")->hides_control = true;
    bench.cycle(true);
    EXPECT_FALSE(bench.cycle().wrote);
    EXPECT_EQ(mail("alice"), "alice@example.com");
}

TEST_F(UnreadableTest, WhatChangedBeforeAnEntryWasGarbledCounts) {  // semantics 3.1, 3.4
    for (const bool whole_first : {true, false}) {
        auto& alice = *ad.find("alice");
        alice.usn = 1'000'000;
        alice.garbled = true;
        alice.attributes["mail"].clear();
        if (!whole_first) bench.cycle();
        bench.cycle(true);
        EXPECT_FALSE(bench.cycle(true).wrote);
        EXPECT_EQ(mail("alice"), "alice@example.com");
        alice.garbled = false;
        alice.usn = 1;  // which is behind the whole read
        bench.cycle();
        EXPECT_EQ(mail("alice"), "");
        alice.attributes["mail"] = "alice@example.com";
        alice.usn = 1'000'000;
        bench.cycle();
        bench.cycle(true);
        EXPECT_EQ(mail("alice"), "alice@example.com");
    }
}

TEST_F(UnreadableTest, TheRestOfAnEntryGoesThrough) {  // semantics 5.1
    ad.hide("mail");
    auto& alice = *ad.find("alice");
    alice.attributes["displayName"] = "Alice";  // as if it had become readable
    EXPECT_EQ(bench.cycle(true).changes, 1U);
    EXPECT_EQ(row("alice")["display_name"], "Alice");
    EXPECT_EQ(mail("alice"), "alice@example.com");
}

TEST_F(UnreadableTest, AClearedAttributeIsCleared) {  // semantics 3.1
    set("alice", "mail", "");
    const auto report = bench.cycle(true);
    EXPECT_TRUE(report.scope_warnings.empty());
    EXPECT_EQ(mail("alice"), "");
    EXPECT_EQ(mail("bob"), "bob@example.com");
}

TEST_F(UnreadableTest, AChangeOfAUserBringsNoLossThatAWholeReadFound) {  // semantics 5.1
    ad.hide("mail");
    bench.cycle(true);
    bench.restart();
    set("alice", "displayName", "Alice");
    EXPECT_EQ(bench.cycle().changes, 1U);
    EXPECT_EQ(row("alice")["display_name"], "Alice");
    EXPECT_EQ(mail("alice"), "alice@example.com");
    set("bob", "displayName", "Bob");
    EXPECT_EQ(bench.cycle().changes, 1U);
    EXPECT_EQ(mail("bob"), "bob@example.com");
}

TEST_F(UnreadableTest, ReadableAgainTheDirectoryCounts) {  // semantics 5.1
    ad.hide("mail");
    bench.cycle(true);
    ad.show("mail");
    set("alice", "mail", "new@example.com");
    EXPECT_TRUE(bench.cycle(true).scope_warnings.empty());
    EXPECT_EQ(mail("alice"), "new@example.com");
    set("alice", "mail", "");
    bench.cycle();
    EXPECT_EQ(mail("alice"), "");
}

TEST_F(UnreadableTest, NobodyLeavesAFilterForIt) {  // semantics 2.7, 5.1
    bench.settings.scope.groups.clear();
    bench.settings.scope.user_filters.push_back(
        {"corp.example.com", sync::Filter::parse("(department=Sales)").value()});
    ASSERT_EQ(bench.cycle(true).exit_code(false), 0);
    ad.hide("department");
    EXPECT_EQ(bench.cycle(true).changes, 0U);
    EXPECT_EQ(row("alice")["scope"], "in");
}

TEST_F(UnreadableTest, AListOfMembersThatCannotBeReadIsKept) {  // semantics 5.1: too few for a guard
    ad.hide("member");
    const auto report = bench.cycle(true);
    EXPECT_EQ(report.changes, 0U);
    EXPECT_EQ(report.scope_warnings.size(), 1U);
    EXPECT_EQ(bench.memberships().size(), 2U);
}

TEST_F(UnreadableTest, AGroupThatWasEmptiedIsEmptied) {  // semantics 2.3
    ad.find("staff")->members.clear();
    ad.find("staff")->usn = 1'000'000;
    bench.cycle(true);
    EXPECT_TRUE(bench.memberships().empty());
}

TEST_F(UnreadableTest, ADeletedMemberLeavesAGroupThatSaysNothingOfIt) {  // MS-ADTS 3.1.1.1.9
    ad.remove(ad.find("alice")->guid);
    ad.remove(ad.find("bob")->guid);
    bench.cycle(true);
    EXPECT_TRUE(bench.memberships().empty());
    EXPECT_TRUE(bench.users().empty());
}

TEST_F(UnreadableTest, ARestoredMemberIsInNoGroup) {  // semantics 4.3, MS-ADTS 3.1.1.1.9
    for (const char* name : {"alice", "bob"}) {
        auto user = *ad.find(name);
        ad.remove(user.guid);
        user.usn = 1'000'000;
        ad.undelete(user);
    }
    bench.cycle(true);
    EXPECT_TRUE(bench.memberships().empty());
}

TEST_F(UnreadableTest, WhoWasHiddenMayHaveChangedMeanwhile) {  // semantics 5.2
    auto& alice = *ad.find("alice");
    alice.visible = false;
    bench.cycle(true);
    ASSERT_EQ(row("alice")["scope"], "held");
    alice.attributes.erase("mail");
    alice.visible = true;
    bench.cycle(true);
    EXPECT_EQ(mail("alice"), "");
}

TEST_F(UnreadableTest, WhoWasFollowedMayHaveBeenHidden) {  // semantics 5.1
    // Hidden, cleared and visible again between two reads by changes: the mark of those does not count.
    auto& alice = *ad.find("alice");
    bench.cycle();
    alice.usn = ad.add_user("carol").rid - 999;  // above the whole read's, below that of the changes
    bench.cycle();
    alice.attributes.erase("mail");
    bench.cycle(true);
    EXPECT_EQ(mail("alice"), "");
}

TEST_F(UnreadableTest, ALinkMayEndWithoutAChange) {  // MS-ADTS 3.1.1.1.9
    bench.settings.mapping.user.push_back(
        sync::TargetMapping{"manager", {sync::Template::parse("${manager}").value()}});
    ad.find("alice")->attributes["manager"] = "CN=Carol,OU=Staff,DC=corp,DC=example,DC=com";
    bench.cycle(true);
    ASSERT_NE(row("alice")["attributes"].find("Carol"), std::string::npos);
    ad.find("alice")->attributes.erase("manager");
    bench.cycle(true);
    EXPECT_EQ(row("alice")["attributes"].find("Carol"), std::string::npos);
}

TEST_F(UnreadableTest, AnExpiredLeaverIsNotLetInAgain) {  // semantics 3.6, 5.1
    auto& alice = *ad.find("alice");
    alice.expires = bench.now.time_since_epoch().count() - 10;
    alice.usn = 1'000'000;
    bench.cycle(true);
    ASSERT_EQ(row("alice")["status"], "DISABLED");
    ad.hide("accountExpires");
    bench.cycle(true);
    EXPECT_EQ(row("alice")["status"], "DISABLED");
    set("alice", "displayName", "Alice");
    bench.cycle();
    EXPECT_EQ(row("alice")["status"], "DISABLED");
}

TEST_F(UnreadableTest, AHiddenExpiryIsSaidOfThoseWhoStayAsTheyWere) {  // semantics 5.1, 5.14
    const std::string what =
        " cannot be read: what was told before counts, so that an account that expires earlier now stays "
        "enabled; give the account the right to read it";
    ad.hide("accountExpires");
    set("alice", "displayName", "Alice");
    EXPECT_THAT(bench.cycle().scope_warnings,
                ::testing::ElementsAre("corp.example.com: accountExpires of 1 user" + what));
    for (const bool full : {true, false}) {
        EXPECT_THAT(bench.cycle(full).scope_warnings,
                    ::testing::ElementsAre("corp.example.com: accountExpires of 2 users" + what));
    }
    ad.show("accountExpires");
    EXPECT_TRUE(bench.cycle(true).scope_warnings.empty());
}

// Others tell theirs: a change of those who do not is noticed by nothing but a whole read.
TEST_F(UnreadableTest, AHiddenNumberIsSaid) {  // semantics 5.1
    ad.find("alice")->usn = 0;
    EXPECT_THAT(
        bench.cycle(true).scope_warnings,
        ::testing::ElementsAre("corp.example.com: uSNChanged of 1 user cannot be read: their changes, "
                               "disabling included, are noticed by a whole read only; give the "
                               "account the right to read it"));
}

// semantics 5.10, 5.14: the row that a revert brings back says nothing of the expiry.
TEST_F(UnreadableTest, AnExpiredLeaverIsNotLetInByARevert) {
    const auto alice = ad.find("alice")->guid;
    ad.object(alice).expires = bench.now.time_since_epoch().count() - 10;
    ad.object(alice).usn = 1'000'000;
    bench.cycle(true);
    ASSERT_EQ(row("alice")["status"], "DISABLED");
    const auto memberships = bench.memberships();
    auto object = ad.object(alice);
    ad.remove(alice);
    bench.cycle(true);
    const auto deletion = bench.last_run_id();
    ad.hide("accountExpires");
    ad.undelete(object);
    for (auto& [guid, group] : ad.objects()) {
        if (group.kind == sync::EntryKind::group) group.members.insert(alice);
    }
    bench.cycle(true);
    ASSERT_EQ(bench.users().size(), 1u);
    ASSERT_TRUE(bench.revert(deletion));
    const auto back = row("alice");
    ASSERT_EQ(bench.memberships(), memberships);
    for (const bool full : {false, true, false}) {
        bench.cycle(full);
        EXPECT_EQ(row("alice"), back);
        EXPECT_EQ(bench.memberships(), memberships);
    }
    bench.settings.scope.groups.clear();
    bench.cycle();
    EXPECT_EQ(row("alice")["status"], "DISABLED");
    ad.show("accountExpires");
    bench.cycle(true);
    EXPECT_EQ(row("alice")["status"], "DISABLED");
    ad.object(alice).expires = sync::never_expires;
    bench.cycle(true);
    EXPECT_EQ(row("alice")["status"], "ENABLED");
}

// A group that lists alice and bob below the one in the scope, and that goes out of sight with nobody's
// memberOf to be read: a read of changes finds out when it looks for whom the list above lacks.
class HiddenGroupTest : public UnreadableTest {
protected:
    ObjectGuid team;

    void SetUp() override {
        UnreadableTest::SetUp();
        auto& group = ad.add_group("team");
        group.usn = 1;
        for (const char* name : {"alice", "bob"}) group.members.insert(ad.find(name)->guid);
        team = group.guid;
        ad.find("staff")->members = {team};
        ad.find("staff")->usn = 2;
        bench.cycle(true);
        ad.hide("memberOf");
        hide_it();
    }
    void hide_it() {
        ad.object(team).visible = false;
        ad.find("staff")->attributes["description"] = "edited";
        ad.find("staff")->usn = 1'000'000;
        bench.cycle();
        ASSERT_EQ(bench.groups().at("team@corp.example.com")["scope"], "held");
    }
    std::size_t members() { return bench.memberships().size(); }
};

TEST_F(HiddenGroupTest, ALookAtHalfOfAnUnchangedListIsNoEvidence) {  // semantics 5.15
    ASSERT_EQ(members(), 4U);
    ad.hide_in_list(team, {ad.find("bob")->guid});
    ad.object(team).visible = true;
    EXPECT_EQ(bench.cycle().holds.size(), 1U);
    EXPECT_EQ(members(), 4U);
}

// semantics 5.15: it changed, or half of its list is hidden now.
TEST_F(HiddenGroupTest, WhatChangedOutOfSightOfAWholeReadWantsAProof) {
    bench.cycle(true);
    ad.object(team).members.erase(ad.find("bob")->guid);
    ad.object(team).usn = 2;  // below the mark of the whole read that lacked it
    ad.object(team).visible = true;
    EXPECT_EQ(bench.cycle().holds.size(), 1U);
    EXPECT_EQ(members(), 4U);
    ad.show("memberOf");
    EXPECT_TRUE(bench.cycle().holds.empty());
    EXPECT_EQ(members(), 2U);
}

TEST_F(HiddenGroupTest, AWholeReadWithoutItIsNotedOnce) {  // semantics 5.6
    bench.cycle(true);
    EXPECT_FALSE(bench.cycle(true).wrote);
    EXPECT_FALSE(bench.cycle().wrote);
}

// semantics 3.4, 5.14: what can be read of a leaver counts, whatever cannot.
TEST(HiddenControl, LeavesTheExpiryInForce) {
    SyncBench bench{store::make_memory_store()};
    auto& ad = bench.directory;
    ad.add_user("alice");
    ad.add_user("bob").disabled = true;
    for (const char* name : {"alice", "bob", "carol"})
        bench.settings.scope.users.push_back(scope_name(std::string(name) + "@corp.example.com"));
    bench.cycle();
    for (const char* name : {"alice", "bob"}) ad.find(name)->hides_control = true;
    ad.find("bob")->disabled = false;
    ad.find("bob")->attributes["displayName"] = "Bob B.";
    ad.add_user("carol").hides_control = true;
    for (const bool whole : {true, false}) {
        bench.cycle(whole);
        EXPECT_EQ(bench.users().at("alice@corp.example.com")["status"], "ENABLED");
        EXPECT_EQ(bench.users().at("bob@corp.example.com")["status"], "DISABLED");
        EXPECT_EQ(bench.users().at("bob@corp.example.com")["display_name"], "Bob B.");
        EXPECT_EQ(bench.users().size(), 2u) << "carol may be a leaver";
        EXPECT_EQ(bench.rows("v1_entity_errors").size(), 3u);
    }
    ad.find("alice")->expires = bench.now.time_since_epoch().count() - 60;
    bench.cycle();
    EXPECT_EQ(bench.users().at("alice@corp.example.com")["status"], "DISABLED");
    for (const char* name : {"alice", "bob", "carol"}) ad.find(name)->hides_control = false;
    bench.cycle(true);
    EXPECT_EQ(bench.users().at("bob@corp.example.com")["status"], "ENABLED");
    EXPECT_EQ(bench.users().size(), 3u);
    EXPECT_TRUE(bench.rows("v1_entity_errors").empty());
}

// semantics 5.1: what hides its uSNChanged is followed by whole reads alone, and that is said.
TEST(HiddenUsn, IsSaid) {
    SyncBench bench{store::make_memory_store()};
    auto& ad = bench.directory;
    for (const char* name : {"alice", "bob"}) {
        ad.add_user(name).usn = 1;
        bench.settings.scope.users.push_back(scope_name(std::string(name) + "@corp.example.com"));
    }
    const auto warnings = [](const sync::CycleReport& report) {
        return std::count_if(report.scope_warnings.begin(), report.scope_warnings.end(),
                             [](const std::string& text) { return text.find("uSNChanged of") != text.npos; });
    };
    EXPECT_EQ(warnings(bench.cycle()), 0);
    ad.find("alice")->usn = 0;
    EXPECT_EQ(warnings(bench.cycle(true)), 1);
    EXPECT_EQ(warnings(bench.cycle()), 1) << "until a whole read says otherwise";
    ad.find("alice")->usn = 2;
    EXPECT_EQ(warnings(bench.cycle(true)), 0);
}

}  // namespace
}  // namespace dirsync::testing
