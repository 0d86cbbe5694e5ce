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
    hide("alice", "employeeType", sync::ReadRight::unknown);
    bench.cycle();
    EXPECT_TRUE(has("alice"));
}

TEST_P(HiddenNewcomer, CostsNothingWithoutANegation) {
    filter("(|(employeeType=internal)(sAMAccountName=*))");
    bench.cycle();
    EXPECT_TRUE(has("alice"));
    EXPECT_EQ(ad.rights_asked(), 0U);
}

TEST_P(HiddenNewcomer, OfVeryManyASampleIsAsked) {
    filter("(!(employeeType=external))");
    for (int i = 0; i < 2500; ++i) add("user" + std::to_string(i));
    bench.cycle();
    EXPECT_LE(ad.rights_asked(), 1000U);
    EXPECT_TRUE(has("user2499"));
}

TEST_P(HiddenNewcomer, OfVeryManyNobodyComesInWhereSomeAreHidden) {
    filter("(!(employeeType=external))");
    for (int i = 0; i < 2500; ++i) {
        add("user" + std::to_string(i));
        hide("user" + std::to_string(i), "employeeType");
    }
    add("visible").attributes["employeeType"] = "internal";
    const auto report = bench.cycle();
    EXPECT_EQ(bench.users().size(), 1U);
    EXPECT_TRUE(has("visible"));
    EXPECT_THAT(report.scope_warnings, Contains(HasSubstr("stay out")));
}

TEST_P(HiddenNewcomer, OfVeryManyTheSampleHasEachAttribute) {
    filter("(&(!(employeeType=external))(!(title=guest)))");
    for (int i = 0; i < 2000; ++i) {
        add("user" + std::to_string(i));
        hide("user" + std::to_string(i), "title");
    }
    bench.cycle();
    EXPECT_TRUE(bench.users().empty());
}

TEST_P(HiddenNewcomer, AQuestionThatFailsEndsTheCycle) {
    filter("(!(employeeType=external))");
    bench.cycle();
    add("carol");
    ad.fail_look_ups(true);
    EXPECT_TRUE(bench.cycle().error);
    EXPECT_FALSE(has("carol"));
}

}  // namespace
}  // namespace dirsync::testing
