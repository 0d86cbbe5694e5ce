#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/memory_store.hpp"
#include "tests/support/sync_bench.hpp"

// One object in several domains, names that replication has changed, and domains that are no longer read.
namespace dirsync::testing {
namespace {

using Pairs = std::set<std::pair<std::string, std::string>>;
using Following = ModelDirectory::Following;

std::string corp(const std::string& name) { return name + "@corp.example.com"; }
std::string emea(const std::string& name) { return name + "@emea.example.com"; }

/// How changes are found, and whether the domain that objects leave is read first.
class Moves : public ::testing::TestWithParam<std::tuple<Following, bool>> {
protected:
    const sync::DomainIndex old_home = std::get<1>(GetParam()) ? 0 : 1;
    const sync::DomainIndex new_home = 1 - old_home;
    SyncBench bench{store::make_memory_store(),
                    old_home == 0 ? std::vector<std::string>{"emea.example.com", "corp.example.com"}
                                  : std::vector<std::string>{"corp.example.com", "emea.example.com"}};
    ModelDirectory& ad = bench.directory;
    ObjectGuid zoe = ad.add_user("zoe", old_home).guid;
    ObjectGuid team = ad.add_group("team", new_home).guid;

    void SetUp() override {
        ad.follow(std::get<0>(GetParam()));
        ad.object(zoe).attributes["userPrincipalName"] = corp("zoe");
        ad.object(team).members = {zoe};
        bench.settings.scope.groups = {scope_name(corp("team"))};
        bench.cycle();
        ASSERT_EQ(bench.memberships(), with_zoe);
    }
    std::string id() { return bench.users().at(corp("zoe"))["user_id"]; }

    const Pairs with_zoe{{corp("team"), corp("zoe")}};
};
INSTANTIATE_TEST_SUITE_P(Reads, Moves,
                         ::testing::Combine(::testing::Values(Following::none, Following::usn,
                                                              Following::dirsync),
                                            ::testing::Bool()));

TEST_P(Moves, WhoeverLivesInAnotherDomainIsNotDeleted) {  // semantics 5.17
    const std::string before = id();
    ad.move(zoe, new_home);
    const auto report = bench.cycle();
    EXPECT_TRUE(report.holds.empty());
    EXPECT_EQ(report.changes, 1u) << "its SID is another one";
    EXPECT_EQ(id(), before);
    EXPECT_EQ(bench.memberships(), with_zoe);
    for (const bool full : {false, true}) EXPECT_FALSE(bench.cycle(full).wrote);
}

/// The tombstone is told late, of somebody whom the other domain does not tell of in this read.
TEST_P(Moves, ATombstoneOfTheOldHomeIsAskedAbout) {  // semantics 5.17
    ad.move(zoe, new_home);
    bench.cycle();
    ad.object(zoe).visible = false;
    ad.remove(zoe);
    auto object = ad.add_user("other", old_home);
    object.guid = zoe;
    object.name = "zoe";
    ad.undelete(object);
    ad.move(zoe, new_home);
    ad.object(zoe).attributes["userPrincipalName"] = corp("zoe");
    ad.object(team).members = {zoe};
    EXPECT_TRUE(bench.cycle().holds.empty());
    EXPECT_TRUE(bench.users().contains(corp("zoe")));
    EXPECT_EQ(bench.memberships(), with_zoe);
}

TEST_P(Moves, WhoIsHiddenInTheNewHomeIsHeld) {  // semantics 5.2, 5.17
    ad.move(zoe, new_home);
    bench.cycle();
    ad.object(zoe).visible = false;
    const auto report = bench.cycle(true);
    ASSERT_EQ(report.holds.size(), 1u);
    EXPECT_EQ(report.holds[0].hold, sync::HoldClass::absent);
    EXPECT_EQ(bench.memberships(), with_zoe);
    ad.object(zoe).visible = true;
    EXPECT_TRUE(bench.cycle(true).holds.empty());
    EXPECT_EQ(bench.memberships(), with_zoe);
}

TEST_P(Moves, WhoIsDeletedInTheNewHomeIsGoneAtOnce) {  // semantics 4.1
    ad.move(zoe, new_home);
    bench.cycle();
    ad.remove(zoe);
    EXPECT_TRUE(bench.cycle().holds.empty());
    EXPECT_TRUE(bench.users().empty());
}

TEST_P(Moves, WhoMovesAndIsDeletedBeforeAnybodyLooksIsGoneAtOnce) {  // semantics 4.1
    ad.move(zoe, new_home);
    ad.remove(zoe);
    EXPECT_TRUE(bench.cycle().holds.empty());
    EXPECT_TRUE(bench.users().empty());
}

TEST_P(Moves, WhoIsDeletedAtHomeIsGoneAtOnce) {  // semantics 4.1
    ad.remove(zoe);
    EXPECT_TRUE(bench.cycle().holds.empty());
    EXPECT_TRUE(bench.users().empty());
}

TEST_P(Moves, ThereAndBackAgain) {  // semantics 4.3, 5.17
    const std::string before = id();
    ad.move(zoe, new_home);
    bench.cycle();
    ad.move(zoe, old_home);
    ad.object(team).members = {zoe};
    EXPECT_TRUE(bench.cycle().holds.empty());
    EXPECT_EQ(id(), before);
    EXPECT_EQ(bench.memberships(), with_zoe);
    EXPECT_FALSE(bench.cycle(true).wrote);
}

class Conflicts : public ::testing::TestWithParam<Following> {
protected:
    SyncBench bench{store::make_memory_store()};
    ModelDirectory& ad = bench.directory;
    ObjectGuid ann = ad.add_user("ann").guid;
    ObjectGuid team = ad.add_group("team").guid;

    void SetUp() override {
        ad.follow(GetParam());
        ad.object(team).members = {ann};
        bench.settings.scope.groups = {scope_name(corp("team"))};
        bench.settings.scope.user_filters.push_back(
            {"corp.example.com", *sync::Filter::parse("(sAMAccountName=ann)")});
        bench.cycle();
        ASSERT_EQ(bench.memberships(), with_ann);
    }
    void mangle(const ObjectGuid& guid) {
        ad.object(guid).mangled = true;
        ad.object(guid).name = "$DUPLICATE-1f4";
    }
    std::vector<SyncBench::Row> errors() { return bench.rows("v1_entity_errors"); }

    const Pairs with_ann{{corp("team"), corp("ann")}};
};
INSTANTIATE_TEST_SUITE_P(Reads, Conflicts,
                         ::testing::Values(Following::none, Following::usn, Following::dirsync));

TEST_P(Conflicts, TakeNobodyOut) {  // semantics 5.17
    mangle(ann);
    EXPECT_TRUE(bench.cycle().holds.empty());
    EXPECT_EQ(bench.users().at(corp("ann"))["scope"], "in");
    EXPECT_EQ(bench.memberships(), with_ann);
    ASSERT_EQ(errors().size(), 1u);
    EXPECT_EQ(errors()[0]["code"], "InvalidValue");
    EXPECT_THAT(errors()[0]["message"], ::testing::HasSubstr("replication conflict"));
    for (const bool full : {false, true}) EXPECT_FALSE(bench.cycle(full).wrote);
    bench.restart();
    EXPECT_FALSE(bench.cycle().wrote);
    // In no group any more, and still somebody whom the filter once named.
    ad.object(team).members.clear();
    bench.cycle();
    EXPECT_EQ(bench.users().at(corp("ann"))["scope"], "in");
    EXPECT_TRUE(bench.memberships().empty());
}

TEST_P(Conflicts, EndWithAProperName) {  // semantics 5.17
    mangle(ann);
    bench.cycle();
    ad.object(ann).mangled = false;
    ad.object(ann).name = "anne";
    bench.cycle();
    EXPECT_TRUE(errors().empty());
    EXPECT_EQ(bench.memberships(), (Pairs{{corp("team"), corp("anne")}}));
}

TEST_P(Conflicts, HideNoLeaver) {  // semantics 3.4, 5.17
    mangle(ann);
    ad.object(ann).disabled = true;
    bench.cycle();
    EXPECT_EQ(bench.users().at(corp("ann"))["status"], "DISABLED");
    ad.object(ann).disabled = false;
    ad.object(ann).expires = (bench.now + Duration(60)).time_since_epoch().count();
    bench.cycle();
    EXPECT_EQ(bench.users().at(corp("ann"))["status"], "ENABLED");
    bench.now += Duration(3600);
    bench.cycle();
    EXPECT_EQ(bench.users().at(corp("ann"))["status"], "DISABLED");
    ad.remove(ann);
    bench.cycle();
    EXPECT_TRUE(bench.users().empty());
    EXPECT_TRUE(errors().empty());
}

TEST_P(Conflicts, KeepAGroupAndItsMembers) {  // semantics 5.17
    mangle(team);
    bench.cycle();
    EXPECT_EQ(bench.memberships(), with_ann);
    EXPECT_EQ(bench.groups().at(corp("team"))["scope"], "in");
    ASSERT_EQ(errors().size(), 1u);
    EXPECT_EQ(errors()[0]["object_type"], "GROUP");
}

TEST_P(Conflicts, LetNobodyIn) {  // semantics 2.4, 5.17
    const auto twin = ad.add_user("twin").guid;
    const auto inner = ad.add_group("inner").guid;
    const auto below = ad.add_user("below").guid;
    mangle(twin);
    mangle(inner);
    ad.object(inner).members = {below};
    ad.object(team).members = {ann, twin, inner};
    bench.cycle();
    EXPECT_EQ(bench.users().size(), 1u);
    EXPECT_EQ(bench.groups().size(), 1u);
    EXPECT_TRUE(errors().empty());
    ad.object(inner).mangled = false;
    ad.object(inner).name = "inner";
    bench.cycle();
    EXPECT_TRUE(bench.memberships().contains({corp("team"), corp("below")}));
}

TEST_P(Conflicts, OfWhomNobodyKnowsWhetherTheyExpiredNobodyIsLetIn) {  // semantics 5.14
    ad.hide("accountExpires");
    const auto late = ad.add_user("late").guid;
    ad.object(late).expires = (bench.now - Duration(86400)).time_since_epoch().count();
    const auto fresh = ad.add_user("fresh").guid;
    ad.object(team).members = {ann, late, fresh};
    bench.cycle();
    EXPECT_EQ(bench.users().size(), 1u);
    ASSERT_EQ(errors().size(), 2u);
    EXPECT_EQ(errors()[0]["code"], "MalformedEntry");
    EXPECT_THAT(errors()[0]["message"], ::testing::HasSubstr("accountExpires"));
    EXPECT_EQ(bench.users().at(corp("ann"))["status"], "ENABLED") << "who is known stays as it was";
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(bench.cycle().wrote);
    // Nothing tells that the right is back.
    ad.show("accountExpires");
    bench.cycle();
    EXPECT_TRUE(errors().empty());
    EXPECT_EQ(bench.users().at(corp("late"))["status"], "DISABLED");
    EXPECT_EQ(bench.users().at(corp("fresh"))["status"], "ENABLED");
}

TEST_P(Conflicts, WhoCouldNotBeReadAndIsDeletedIsForgotten) {  // semantics 3.4, 5.14
    ad.hide("accountExpires");
    const auto late = ad.add_user("late").guid;
    ad.object(team).members = {ann, late};
    bench.cycle();
    ASSERT_EQ(errors().size(), 1u);
    ad.remove(late);
    bench.cycle();
    EXPECT_TRUE(errors().empty());
    EXPECT_FALSE(bench.cycle().wrote);
}

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

    const Pairs all{{corp("team"), emea("zoe")},  {corp("team"), emea("yan")},  {corp("team"), corp("bob")},
                    {corp("team"), corp("cem")},  {emea("inner"), emea("yan")}, {emea("inner"), corp("bob")},
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
        if (line["action"] == "remove_member") EXPECT_EQ(line["reason"], "out of scope for too long");
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
    bench.settings.scope.exclude_users = {scope_name("guid:" + to_text(zoe)), scope_name("guid:" + to_text(bob))};
    bench.cycle();
    EXPECT_FALSE(bench.memberships().contains({corp("team"), corp("bob")}));
}

}  // namespace
}  // namespace dirsync::testing
