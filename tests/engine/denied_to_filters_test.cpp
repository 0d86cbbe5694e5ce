#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/unreadable_fixture.hpp"

namespace dirsync::testing {
namespace {

using Following = ModelDirectory::Following;

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

}  // namespace
}  // namespace dirsync::testing
