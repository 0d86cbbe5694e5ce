#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/memory/store.hpp"
#include "tests/support/counting_store.hpp"
#include "tests/support/sync_bench.hpp"

// Domains that are no longer read (semantics 5.17).
namespace dirsync::testing {
namespace {

using Pairs = std::set<std::pair<std::string, std::string>>;
using Following = ModelDirectory::Following;

std::string corp(const std::string& name) { return name + "@corp.example.com"; }
std::string emea(const std::string& name) { return name + "@emea.example.com"; }

/// emea is taken out of the configuration.
class Removed : public ::testing::TestWithParam<Following> {
protected:
    SyncBench bench{store::make_memory_store(), {"corp.example.com", "emea.example.com"}};
    ModelDirectory& ad = bench.directory;
    ObjectGuid zoe = ad.add_user("zoe", 1).guid;
    ObjectGuid yan = ad.add_user("yan", 1).guid;
    ObjectGuid bob = ad.add_user("bob", 0).guid;
    ObjectGuid cem = ad.add_user("cem", 0).guid;
    ObjectGuid inner = ad.add_group("inner", 1).guid;
    ObjectGuid team = ad.add_group("team", 0).guid;

    void SetUp() override {
        ad.follow(GetParam());
        ad.object(inner).members = {yan, bob, cem};
        ad.object(team).members = {zoe, inner};
        bench.settings.scope.groups = {scope_name(corp("team"))};
        bench.settings.scope.users = {scope_name(corp("bob"))};
        bench.cycle();
        ASSERT_EQ(bench.memberships(), all);
    }
    void take_emea_out() { bench.settings.domains = {"corp.example.com"}; }
    std::string scope_of(const std::string& name) { return bench.users().at(name)["scope"]; }

    const Pairs all{{corp("team"), emea("zoe")}, {corp("team"), emea("yan")},  {corp("team"), corp("bob")},
                    {corp("team"), corp("cem")}, {emea("inner"), emea("yan")}, {emea("inner"), corp("bob")},
                    {emea("inner"), corp("cem")}};
    static constexpr Duration day{86400};
};
INSTANTIATE_TEST_SUITE_P(Reads, Removed,
                         ::testing::Values(Following::none, Following::usn, Following::dirsync));

TEST_P(Removed, MembershipsFreezeUntilTheClockRunsOut) {  // semantics 5.17
    take_emea_out();
    const auto report = bench.cycle();
    EXPECT_EQ(bench.memberships(), all);
    EXPECT_EQ(scope_of(emea("zoe")), "out");
    EXPECT_EQ(scope_of(corp("cem")), "out") << "nothing else brings him in";
    EXPECT_EQ(scope_of(corp("bob")), "in");
    EXPECT_THAT(report.scope_warnings,
                ::testing::Contains(::testing::HasSubstr(
                    "emea.example.com is no longer configured: 2 users of it keep their memberships")));
    for (const bool full : {false, true}) EXPECT_FALSE(bench.cycle(full).wrote);
    bench.restart();
    bench.now += 27 * day;
    EXPECT_FALSE(bench.cycle(true).wrote);
    bench.now += 2 * day;
    bench.cycle();
    EXPECT_TRUE(bench.memberships().empty()) << "the group that led to bob has run out as well";
    EXPECT_EQ(bench.users().at(emea("zoe"))["status"], "DISABLED");
    EXPECT_EQ(bench.users().at(corp("bob"))["status"], "ENABLED");
    const auto lines = bench.rows("v1_changes", "seq");
    EXPECT_EQ(lines.back().at("action"), "update");
    for (auto line : lines) {
        if (line["action"] == "remove_member") {
            EXPECT_EQ(line["reason"], "out of scope for too long");
        }
    }
    for (const bool full : {false, true}) EXPECT_FALSE(bench.cycle(full).wrote);
}

TEST_P(Removed, TheDomainIsBackAndAllIsAsBefore) {  // semantics 5.17
    take_emea_out();
    bench.cycle();
    bench.now += 20 * day;
    bench.cycle(true);
    bench.settings.domains = {"corp.example.com", "emea.example.com"};
    bench.cycle();
    EXPECT_EQ(bench.memberships(), all);
    for (const auto& [name, row] : bench.users()) EXPECT_EQ(row.at("scope"), "in") << name;
    bench.now += 20 * day;
    EXPECT_FALSE(bench.cycle(true).wrote) << "the clocks have ended";
}

TEST_P(Removed, WhoIsSeenElsewhereAndCannotBeReadThereHasNotLeft) {  // semantics 5.2, 5.14, 5.17
    ad.move(zoe, 0);
    ad.object(team).members = {zoe, inner};
    ad.hide("accountExpires");
    take_emea_out();
    bench.cycle();
    for (const bool full : {false, true}) {
        bench.now += 40 * day;
        bench.cycle(full);
        EXPECT_EQ(scope_of(emea("zoe")), "in");
        EXPECT_EQ(bench.users().at(emea("zoe"))["status"], "ENABLED");
        EXPECT_TRUE(bench.memberships().contains({corp("team"), emea("zoe")}));
    }
    ad.show("accountExpires");
    bench.cycle(true);
    EXPECT_EQ(scope_of(corp("zoe")), "in");
    EXPECT_TRUE(bench.memberships().contains({corp("team"), corp("zoe")}));
}

/// No change of the configuration, and none of the groups that are reached, says that the scope is another
/// one.
TEST_P(Removed, WhomTheScopeNamesIsBackWhenTheyMoveIntoADomainThatIsRead) {  // semantics 2.8, 4.4, 5.17
    const auto eve = ad.add_user("eve", 1).guid;
    const auto club = ad.add_group("club", 1).guid;
    bench.settings.scope.users.push_back(scope_name("guid:" + to_text(eve)));
    bench.settings.scope.groups.push_back(scope_name("guid:" + to_text(club)));
    bench.cycle();
    ASSERT_EQ(scope_of(emea("eve")), "in");
    take_emea_out();
    bench.cycle();
    EXPECT_EQ(scope_of(emea("eve")), "out");
    ad.move(eve, 0);
    bench.cycle();
    ASSERT_TRUE(bench.users().contains(corp("eve")));
    EXPECT_EQ(scope_of(corp("eve")), "in");
    ad.move(club, 0);
    bench.cycle();
    ASSERT_TRUE(bench.groups().contains(corp("club")));
    EXPECT_EQ(bench.groups().at(corp("club"))["scope"], "in");
    for (const bool full : {false, true}) EXPECT_FALSE(bench.cycle(full).wrote);
}

TEST_P(Removed, WhoHadNoMembershipGetsNone) {  // semantics 5.17
    take_emea_out();
    bench.cycle();
    ad.object(inner).members.insert(ad.add_user("new", 0).guid);
    bench.cycle(true);
    EXPECT_EQ(bench.memberships(), all);
}

TEST_P(Removed, MembershipsOfTheDomainsThatAreReadGoOn) {  // semantics 5.17
    const auto dan = ad.add_user("dan", 0).guid;
    ad.object(team).members.insert(dan);
    take_emea_out();
    bench.cycle();
    EXPECT_TRUE(bench.memberships().contains({corp("team"), corp("dan")}));
    ad.object(team).members.erase(dan);
    bench.cycle();
    EXPECT_EQ(bench.memberships(), all);
}

TEST_P(Removed, WhoIsExcludedIsInNoGroup) {  // semantics 2.1
    take_emea_out();
    bench.settings.scope.exclude_users = {scope_name("guid:" + to_text(zoe)),
                                          scope_name("guid:" + to_text(bob))};
    bench.cycle();
    EXPECT_FALSE(bench.memberships().contains({corp("team"), corp("bob")}));
}

}  // namespace
}  // namespace dirsync::testing
