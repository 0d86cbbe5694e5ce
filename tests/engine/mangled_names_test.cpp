#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/memory/store.hpp"
#include "tests/support/counting_store.hpp"
#include "tests/support/sync_bench.hpp"

// Names that replication has changed, and objects in two domains at once (semantics 5.17).
namespace dirsync::testing {
namespace {

using Pairs = std::set<std::pair<std::string, std::string>>;
using Following = ModelDirectory::Following;

std::string corp(const std::string& name) { return name + "@corp.example.com"; }
std::string emea(const std::string& name) { return name + "@emea.example.com"; }

class Conflicts : public ::testing::TestWithParam<Following> {
protected:
    SyncBench bench{std::make_unique<CountingStore>(store::make_memory_store())};
    CountingStore& counting = static_cast<CountingStore&>(bench.store());
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

TEST_P(Conflicts, TakeNobodyOutWhoseRowAnAdminBroughtBack) {  // semantics 5.10, 5.17
    ASSERT_TRUE(bench.revert(bench.last_run_id())->wrote);
    const auto id = bench.last_run_id();
    bench.cycle();
    mangle(ann);
    mangle(team);
    bench.cycle();
    ASSERT_TRUE(bench.revert(id)->wrote);
    bench.restart();
    EXPECT_TRUE(bench.cycle().holds.empty());
    EXPECT_EQ(bench.users().at(corp("ann"))["scope"], "in");
    EXPECT_EQ(bench.groups().at(corp("team"))["scope"], "in");
    EXPECT_EQ(bench.memberships(), with_ann);
    EXPECT_EQ(errors().size(), 2u);
    EXPECT_FALSE(bench.cycle().wrote);
    ad.object(ann).disabled = true;
    bench.cycle();
    EXPECT_EQ(bench.users().at(corp("ann"))["status"], "DISABLED");
}

// A domain controller of the old home is late. Neither tells anything of the one that is read last.
TEST(TwoHomes, WhatOneDomainTellsIsNotKeptInTheOther) {  // semantics 5.1, 5.17
    SyncBench bench{store::make_memory_store(), {"corp.example.com", "emea.example.com"}};
    ModelDirectory& ad = bench.directory;
    ad.follow(Following::usn);
    auto& zoe = ad.add_user("zoe");
    zoe.usn = 1;
    zoe.attributes["userPrincipalName"] = corp("zoe");
    zoe.attributes["displayName"] = "Zoe";
    bench.settings.scope.users = {scope_name(corp("zoe"))};
    bench.cycle(true);
    ASSERT_EQ(bench.users().at(corp("zoe"))["display_name"], "Zoe");
    auto moved = zoe;
    moved.domain = 1;
    moved.attributes.erase("displayName");
    for (const std::uint64_t usn : {1U, 1'000'000U}) {
        moved.usn = usn;
        ad.late = {moved};
        bench.cycle(true);
        EXPECT_EQ(bench.users().at(corp("zoe"))["display_name"], "zoe");
        ad.late.clear();
        bench.cycle(true);
    }
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
    bench.cycle();
    const auto plans = counting.plans;
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(bench.cycle().wrote);
    if (GetParam() != Following::none) {
        EXPECT_EQ(counting.plans, plans) << "the same answer is no news";
    }
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

TEST_P(Conflicts, WhoCouldNotBeReadAndIsNotThereAnyMoreIsListedNoMore) {  // semantics 3.4, 5.14
    ad.hide("accountExpires");
    const auto late = ad.add_user("late").guid;
    ad.object(team).members = {ann, late};
    bench.cycle();
    ad.object(team).members = {ann};
    bench.cycle();
    ASSERT_EQ(errors().size(), 1u);
    ad.remove(late);
    bench.cycle(true);
    EXPECT_TRUE(errors().empty());
    EXPECT_FALSE(bench.cycle().wrote);
}

TEST_P(Conflicts, KeepWhatAGroupWithoutARowBrings) {  // semantics 5.17
    auto& inner = ad.add_group("inner");
    const auto below = ad.add_user("below").guid;
    inner.members = {below};
    inner.attributes["description"] = std::string(1025, 'x');
    ad.object(team).members.insert(inner.guid);
    bench.cycle();
    ASSERT_FALSE(bench.groups().contains(corp("inner")));
    ASSERT_TRUE(bench.memberships().contains({corp("team"), corp("below")}));
    mangle(inner.guid);
    for (const bool full : {false, true}) {
        bench.cycle(full);
        EXPECT_TRUE(bench.memberships().contains({corp("team"), corp("below")}));
    }
    ad.object(inner.guid).members.clear();
    bench.cycle();
    EXPECT_FALSE(bench.memberships().contains({corp("team"), corp("below")}));
}

}  // namespace
}  // namespace dirsync::testing
