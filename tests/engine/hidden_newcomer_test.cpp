#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/memory/store.hpp"
#include "tests/support/sync_bench.hpp"

namespace dirsync::testing {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using Following = ModelDirectory::Following;

// semantics 5.1, 5.14: a filter with (!(...)) lets in whoever lacks an attribute, and what is hidden looks
// so.
class HiddenNewcomer : public ::testing::TestWithParam<Following> {
protected:
    SyncBench bench{store::make_memory_store()};
    ModelDirectory& ad = bench.directory;

    void SetUp() override {
        ad.follow(GetParam());
        add("alice");
        add("bob");
    }
    ModelDirectory::Object& add(const std::string& name) {
        auto& user = ad.add_user(name);
        user.usn = 1'000'000;
        return user;
    }
    void filter(const std::string& text) {
        bench.settings.scope.user_filters = {{"corp.example.com", sync::Filter::parse(text).value()}};
    }
    void hide(const std::string& name, const std::string& attribute,
              sync::ReadRight right = sync::ReadRight::denied) {
        ad.find(name)->attributes.erase(attribute);
        ad.rights[{ad.find(name)->guid, attribute}] = right;
    }
    bool has(const std::string& name) { return bench.users().contains(name + "@corp.example.com"); }
};

INSTANTIATE_TEST_SUITE_P(, HiddenNewcomer,
                         ::testing::Values(Following::none, Following::dirsync, Following::usn),
                         [](const auto& each) {
                             return each.param == Following::none      ? "Full"
                                    : each.param == Following::dirsync ? "DirSync"
                                                                       : "Usn";
                         });

TEST_P(HiddenNewcomer, StaysOutFromTheFirstSync) {
    filter("(!(employeeType=external))");
    hide("alice", "employeeType");
    for (const bool whole : {true, false, true}) {
        const auto report = bench.cycle(whole);
        EXPECT_FALSE(has("alice"));
        EXPECT_TRUE(has("bob"));
        EXPECT_THAT(
            report.scope_warnings,
            Contains("corp.example.com: 1 user stays out: a filter of the scope would let them in for "
                     "want of employeeType, which the account may not read of them; give it the right "
                     "to read employeeType"));
    }
}

TEST_P(HiddenNewcomer, StaysOutLater) {
    filter("(!(employeeType=external))");
    bench.cycle();
    add("carol");
    add("dave");
    hide("carol", "employeeType");
    bench.cycle();
    EXPECT_FALSE(has("carol"));
    EXPECT_TRUE(has("dave"));
    ad.find("carol")->attributes["title"] = "changed";
    ad.find("carol")->usn = 1'000'001;
    bench.cycle();
    EXPECT_FALSE(has("carol"));
}

TEST_P(HiddenNewcomer, ComesInWithTheRight) {
    filter("(!(employeeType=external))");
    hide("alice", "employeeType");
    bench.cycle();
    ASSERT_FALSE(has("alice"));
    ad.rights.clear();
    const auto report = bench.cycle(true);
    EXPECT_TRUE(has("alice"));
    EXPECT_THAT(report.scope_warnings, IsEmpty());
}

TEST_P(HiddenNewcomer, IsNobodyWhoIsInTheStoreAlready) {
    filter("(!(employeeType=external))");
    bench.cycle();
    for (const char* name : {"alice", "bob"}) hide(name, "employeeType");
    for (const bool whole : {false, true}) {
        bench.cycle(whole);
        EXPECT_TRUE(has("alice"));
        EXPECT_TRUE(has("bob"));
    }
}

TEST_P(HiddenNewcomer, IsJudgedByAFilterThatIsNewAsWell) {
    filter("(department=none)");
    hide("alice", "employeeType");
    bench.cycle();
    filter("(!(employeeType=external))");
    bench.cycle();
    EXPECT_FALSE(has("alice"));
    EXPECT_TRUE(has("bob"));
}

// Over-holding is a fault as well.
TEST_P(HiddenNewcomer, ComesInByWhatItShows) {
    filter("(|(department=Sales)(!(employeeType=external)))");
    ad.find("alice")->attributes["department"] = "Sales";
    hide("alice", "employeeType");
    const auto report = bench.cycle();
    EXPECT_TRUE(has("alice"));
    EXPECT_THAT(report.scope_warnings, IsEmpty());
}

TEST_P(HiddenNewcomer, ComesInWhereNothingIsKnownOfPermissions) {
    filter("(!(employeeType=external))");
    ad.other_rights = sync::ReadRight::unknown;
    bench.cycle();
    EXPECT_TRUE(has("alice"));
}

// At the first read and later: the permissions of others can be read.
TEST_P(HiddenNewcomer, StaysOutWhoHidesThePermissionsAsWell) {
    filter("(!(employeeType=external))");
    hide("alice", "employeeType", sync::ReadRight::unknown);
    bench.cycle();
    EXPECT_FALSE(has("alice"));
    ASSERT_TRUE(has("bob"));
    add("carol");
    hide("carol", "employeeType", sync::ReadRight::unknown);
    bench.cycle();
    EXPECT_FALSE(has("carol"));
    bench.cycle(true);
    EXPECT_FALSE(has("alice"));
    EXPECT_FALSE(has("carol"));
}

TEST_P(HiddenNewcomer, CostsNothingWithoutANegation) {
    filter("(|(employeeType=internal)(sAMAccountName=*))");
    bench.cycle();
    EXPECT_TRUE(has("alice"));
    EXPECT_EQ(ad.rights_asked(), 0U);
}

// Each of very many: one who hides it keeps no other out, and does not come in by chance.
TEST_P(HiddenNewcomer, OfVeryManyEachIsAskedFor) {
    filter("(!(employeeType=external))");
    for (int i = 0; i < 2500; ++i) add("user" + std::to_string(i));
    hide("user11", "employeeType");
    hide("user2222", "employeeType");
    for (const bool whole : {false, true}) {
        const auto report = bench.cycle(whole);
        EXPECT_FALSE(has("user11"));
        EXPECT_FALSE(has("user2222"));
        EXPECT_TRUE(has("user12"));
        EXPECT_TRUE(has("user2499"));
        EXPECT_THAT(report.scope_warnings, Contains(HasSubstr("2 users stay out")));
    }
}

TEST_P(HiddenNewcomer, AQuestionThatFailsEndsTheCycle) {
    filter("(!(employeeType=external))");
    bench.cycle();
    add("carol");
    ad.fail_look_ups(true);
    EXPECT_TRUE(bench.cycle().error);
    EXPECT_FALSE(has("carol"));
}

/// The group may have lost them since it was seen.
TEST_P(HiddenNewcomer, IsNotBroughtInByTheListOfAGroupThatCannotBeSeen) {  // semantics 5.14
    const auto team = ad.add_group("team").guid;
    ad.object(team).members = {ad.find("alice")->guid};
    bench.cycle(true);
    ad.object(team).members.clear();
    ad.object(team).visible = false;
    bench.settings.scope.groups = {scope_name("guid:" + to_text(team))};
    for (const bool whole : {true, false, true}) {
        bench.cycle(whole);
        EXPECT_FALSE(has("alice"));
    }
    ad.object(team).members = {ad.find("alice")->guid};
    ad.object(team).visible = true;
    bench.cycle(true);
    EXPECT_TRUE(has("alice"));
}

}  // namespace
}  // namespace dirsync::testing
