#include <gmock/gmock.h>

#include "store/memory/store.hpp"
#include "tests/support/sync_bench.hpp"

namespace dirsync::testing {
namespace {

using Following = ModelDirectory::Following;

// The account loses the right to read an attribute: an entry lacks it exactly as if somebody had cleared it.
class UnreadableTest : public ::testing::Test {
protected:
    SyncBench bench{store::make_memory_store()};
    ModelDirectory& ad = bench.directory;

    void SetUp() override {
        auto& staff = ad.add_group("staff");
        for (const char* name : {"alice", "bob"}) {
            auto& user = ad.add_user(name);
            user.attributes["mail"] = std::string(name) + "@example.com";
            user.attributes["department"] = "Sales";
            user.usn = 1;
            staff.members.insert(user.guid);
        }
        ad.find("staff")->usn = 1;
        bench.settings.scope.groups.push_back(scope_name("staff@corp.example.com"));
        ad.follow(Following::usn);
        ASSERT_EQ(bench.cycle().exit_code(false), 0);
    }

    SyncBench::Row row(const std::string& name) { return bench.users().at(name + "@corp.example.com"); }
    std::string mail(const std::string& name) { return row(name)["email"]; }
    /// As an admin does in the directory: the USN moves on.
    void set(const std::string& name, const std::string& attribute, const std::string& value) {
        auto& user = *ad.find(name);
        user.attributes[attribute] = value;
        user.usn = 1'000'000;
    }
};

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

// An ACE on a user itself is a change of that user, so that its uSNChanged proves nothing.
class DeniedToFiltersTest : public UnreadableTest, public ::testing::WithParamInterface<Following> {
protected:
    void SetUp() override {
        UnreadableTest::SetUp();
        ad.follow(GetParam());
        bench.settings.scope.groups.clear();
    }
    void filter(const std::string& text) {
        bench.settings.scope.user_filters = {{"corp.example.com", sync::Filter::parse(text).value()}};
        ASSERT_EQ(bench.cycle(true).exit_code(false), 0);
    }
    void department_goes(const std::string& name, sync::ReadRight right) {
        auto& user = *ad.find(name);
        user.attributes.erase("department");
        user.usn = 1'000'000;
        ad.rights[{user.guid, "department"}] = right;
    }
};

// semantics 5.1
TEST_P(DeniedToFiltersTest, WhoCannotBeReadAnyMoreIsNotPutOut) {
    filter("(department=Sales)");
    department_goes("alice", sync::ReadRight::denied);
    for (const bool whole : {false, true, true}) {
        const auto report = bench.cycle(whole);
        EXPECT_EQ(report.changes, 0U);
        EXPECT_EQ(row("alice")["scope"], "in");
        if (!whole && GetParam() == Following::none) continue;
        ASSERT_EQ(report.scope_warnings.size(), 1U);
    }
    // Who is hidden and moves on is seen again with the right.
    set("alice", "department", "Purchase");
    bench.cycle();
    EXPECT_EQ(row("alice")["scope"], "out");
}

// semantics 5.1, 5.14
TEST_P(DeniedToFiltersTest, WhoCannotBeReadAnyMoreIsNotLetIn) {
    set("alice", "department", "Secret");
    filter("(!(department=Secret))");
    ASSERT_EQ(row("alice")["scope"], "out");
    department_goes("alice", sync::ReadRight::denied);
    const auto report = bench.cycle();
    EXPECT_EQ(row("alice")["scope"], "out");
    EXPECT_THAT(report.scope_warnings,
                ::testing::Contains("corp.example.com: department of 1 user is not shown any more, and their "
                                    "permissions do not prove that the account may read it: it is kept as it "
                                    "was; give the account the right to read it and their permissions"));
    EXPECT_EQ(row("bob")["scope"], "in");
}

// Over-holding is a fault as well.
TEST_P(DeniedToFiltersTest, WhatIsReallyClearedCountsAtOnce) {
    filter("(department=Sales)");
    department_goes("alice", sync::ReadRight::granted);
    EXPECT_TRUE(bench.cycle().holds.empty());
    EXPECT_EQ(row("alice")["scope"], "out");
    EXPECT_EQ(ad.rights_asked(), 1U);
}

// semantics 5.1: who hides the permissions as well
TEST_P(DeniedToFiltersTest, PermissionsThatCannotBeReadProveNothing) {
    filter("(department=Sales)");
    department_goes("bob", sync::ReadRight::unknown);
    for (const bool whole : {false, true}) {
        bench.cycle(whole);
        EXPECT_EQ(row("bob")["scope"], "in");
    }
}

// No cost: nobody is asked about values that change.
TEST_P(DeniedToFiltersTest, OnlyWhatIsNotShownAnyMoreIsAskedFor) {
    filter("(department=Sales)");
    set("alice", "mail", "other@example.com");
    set("bob", "department", "Purchase");
    bench.cycle();
    EXPECT_EQ(row("bob")["scope"], "out");
    EXPECT_EQ(ad.rights_asked(), 0U);
}

// semantics 5.1: what the mapping needs, hidden by the permissions of the object
TEST_P(DeniedToFiltersTest, AMappedValueThatPermissionsHideIsKept) {
    filter("(department=Sales)");
    for (const char* name : {"alice", "bob"}) {
        for (const char* attribute : {"userPrincipalName", "mail"}) {
            auto& user = *ad.find(name);
            user.attributes.erase(attribute);
            user.usn = 1'000'000;
            ad.rights[{user.guid, attribute}] =
                name == std::string("alice") ? sync::ReadRight::denied : sync::ReadRight::granted;
        }
    }
    for (const bool whole : {false, true, true}) {
        bench.cycle(whole);
        EXPECT_EQ(row("alice")["email"], "alice@example.com");
        EXPECT_EQ(row("bob")["email"], "") << "really cleared";
    }
}

// semantics 5.1: permissions that cannot be read hold nothing but the scope.
TEST_P(DeniedToFiltersTest, AMappedValueIsClearedWhereNothingIsKnownOfPermissions) {
    filter("(department=Sales)");
    auto& alice = *ad.find("alice");
    alice.attributes.erase("mail");
    alice.usn = 1'000'000;
    ad.rights[{alice.guid, "mail"}] = sync::ReadRight::unknown;
    bench.cycle();
    EXPECT_EQ(row("alice")["email"], "");
}

TEST_P(DeniedToFiltersTest, AValueOfAGroupThatPermissionsHideIsKept) {  // semantics 5.1
    filter("(department=Sales)");
    bench.settings.scope.groups.push_back(scope_name("staff@corp.example.com"));
    bench.settings.mapping.group.push_back(
        sync::TargetMapping{"note", {sync::Template::parse("${info}").value()}});
    auto& staff = *ad.find("staff");
    staff.attributes["info"] = "floor 3";
    staff.usn = 1'000'000;
    bench.cycle(true);
    const auto before = bench.groups();
    staff.attributes.erase("info");
    staff.usn = 1'000'001;
    ad.rights[{staff.guid, "info"}] = sync::ReadRight::denied;
    for (const bool whole : {false, true}) {
        bench.cycle(whole);
        EXPECT_EQ(bench.groups(), before);
    }
}

// semantics 5.1: an answer that does not come is none.
TEST_P(DeniedToFiltersTest, AQuestionThatFailsEndsTheCycle) {
    filter("(department=Sales)");
    department_goes("alice", sync::ReadRight::denied);
    ad.fail_look_ups(true);
    EXPECT_TRUE(bench.cycle().error);
    EXPECT_EQ(row("alice")["scope"], "in");
}

INSTANTIATE_TEST_SUITE_P(Ways, DeniedToFiltersTest,
                         ::testing::Values(Following::none, Following::usn, Following::dirsync));

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

TEST_F(HiddenGroupTest, WhatChangedOutOfSightOfAWholeReadIsBelieved) {  // semantics 5.15
    bench.cycle(true);
    ad.object(team).members.erase(ad.find("bob")->guid);
    ad.object(team).usn = 2;  // below the mark of the whole read that lacked it
    ad.object(team).visible = true;
    EXPECT_TRUE(bench.cycle().holds.empty());
    EXPECT_EQ(members(), 2U);
}

TEST_F(HiddenGroupTest, AWholeReadWithoutItIsNotedOnce) {  // semantics 5.6
    bench.cycle(true);
    EXPECT_FALSE(bench.cycle(true).wrote);
    EXPECT_FALSE(bench.cycle().wrote);
}

}  // namespace
}  // namespace dirsync::testing
