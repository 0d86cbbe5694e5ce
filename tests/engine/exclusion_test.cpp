#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/memory/store.hpp"
#include "tests/support/sync_bench.hpp"

namespace dirsync::testing {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using Following = ModelDirectory::Following;

std::string at(const std::string& name) { return name + "@corp.example.com"; }

// semantics 2.8: who has the name of an exclusion while the object that it stands for cannot be seen.
class Exclusion : public ::testing::TestWithParam<Following> {
protected:
    SyncBench bench{store::make_memory_store()};
    ModelDirectory& ad = bench.directory;

    void SetUp() override {
        ad.add_group("staff").members = {add("alice").guid, add("bob").guid};
        ad.add_group("secret").members = {add("carol").guid};
        ad.find("staff")->members.insert(ad.find("secret")->guid);
        bench.settings.scope.groups = {scope_name(at("staff"))};
        bench.settings.scope.exclude_users = {scope_name(at("alice"))};
        bench.settings.scope.exclude_groups = {scope_name(at("secret"))};
        for (const char* name : {"staff", "secret"}) ad.find(name)->usn = 1;
        ad.follow(GetParam());
        ASSERT_EQ(bench.cycle().exit_code(false), 0);
        ASSERT_EQ(bench.users().size(), 1U);
    }
    ModelDirectory::Object& add(const std::string& name) {
        auto& user = ad.add_user(name);
        user.usn = 1;
        return user;
    }
    /// Deleted and made anew where no tombstone can be seen.
    ObjectGuid made_anew(const std::string& name) {
        ad.vanish(ad.find(name)->guid);
        auto& user = ad.add_user(name);
        user.usn = 1'000'000;
        join(user.guid);
        return user.guid;
    }
    void join(const ObjectGuid& member) {
        auto& staff = *ad.find("staff");
        staff.members.insert(member);
        staff.usn = 1'000'000;
    }
    bool has(const std::string& name) { return bench.users().contains(at(name)); }
};

INSTANTIATE_TEST_SUITE_P(, Exclusion, ::testing::Values(Following::none, Following::dirsync, Following::usn),
                         [](const auto& each) {
                             return each.param == Following::none      ? "Full"
                                    : each.param == Following::dirsync ? "DirSync"
                                                                       : "Usn";
                         });

// semantics 4.3: who is restored is who they were, whatever they are called by then.
TEST_P(Exclusion, AUserWhoIsRestoredUnderAnotherNameStaysOut) {
    for (const bool name_is_taken : {false, true}) {
        SCOPED_TRACE(name_is_taken);
        auto alice = *ad.find("alice");
        ad.remove(alice.guid);
        bench.cycle();
        if (name_is_taken) {
            ad.add_user("alice").usn = 1'000'000;
            bench.cycle();
            EXPECT_FALSE(has("alice"));
        }
        bench.restart();
        bench.cycle(true);
        const std::string name = name_is_taken ? "returned" : "back";
        alice.name = name;
        alice.attributes["userPrincipalName"] = at(name);
        alice.usn = 1'000'000;
        ad.undelete(alice);
        join(alice.guid);
        for (const bool whole : {false, true}) {
            bench.cycle(whole);
            EXPECT_FALSE(has(name));
        }
        if (name_is_taken) continue;
        // For the next round it has its name again.
        auto& object = ad.object(alice.guid);
        object.name = "alice";
        object.attributes["userPrincipalName"] = at("alice");
        object.usn = 1'000'001;
        bench.cycle(true);
    }
}

TEST_P(Exclusion, AUserWhoIsMadeAnewStaysOut) {
    made_anew("alice");
    const auto report = bench.cycle();
    EXPECT_FALSE(has("alice"));
    EXPECT_THAT(report.scope_warnings, Contains(HasSubstr("both are kept out")));
    bench.restart();
    bench.cycle(true);
    made_anew("alice");
    bench.cycle();
    bench.cycle(true);
    EXPECT_FALSE(has("alice")) << "nor the third";
}

TEST_P(Exclusion, AGroupThatIsMadeAnewStaysOut) {
    const auto carol = ad.find("carol")->guid;
    ad.vanish(ad.find("secret")->guid);
    auto& secret = ad.add_group("secret");
    secret.usn = 1'000'000;
    secret.members = {carol};
    join(secret.guid);
    bench.cycle();
    EXPECT_FALSE(has("carol"));
    EXPECT_EQ(bench.groups().size(), 1U);
    bench.cycle(true);
    EXPECT_FALSE(has("carol"));
}

TEST_P(Exclusion, ItIsFreeAgainWhenTheEntryIsTakenOut) {
    made_anew("alice");
    bench.cycle();
    bench.settings.scope.exclude_users.clear();
    bench.cycle();
    EXPECT_TRUE(has("alice"));
}

TEST_P(Exclusion, AnotherUserWhoTakesTheNameOfARenamedOneComesIn) {
    auto& alice = *ad.find("alice");
    alice.name = "alice-smith";
    alice.attributes["userPrincipalName"] = at("alice-smith");
    alice.usn = 1'000'000;
    bench.cycle();
    auto& other = ad.add_user("alice");
    other.usn = 1'000'001;
    join(other.guid);
    bench.cycle();
    EXPECT_TRUE(has("alice"));
    EXPECT_FALSE(has("alice-smith"));
}

TEST_P(Exclusion, ARenameIntoTheNamePutsNobodyOut) {
    ad.vanish(ad.find("alice")->guid);
    auto& bob = *ad.find("bob");
    bob.name = "alice";
    bob.attributes["userPrincipalName"] = at("alice");
    bob.usn = 1'000'000;
    bench.cycle();
    bench.cycle(true);
    ASSERT_TRUE(has("alice"));
    EXPECT_EQ(bench.users().at(at("alice"))["scope"], "in");
}

TEST_P(Exclusion, ATombstonePassesTheEntryOn) {
    ad.remove(ad.find("alice")->guid);
    bench.cycle();
    auto& anew = ad.add_user("alice");
    anew.usn = 1'000'000;
    join(anew.guid);
    const auto report = bench.cycle();
    EXPECT_FALSE(has("alice"));
    for (const auto& warning : report.scope_warnings) EXPECT_THAT(warning, ::testing::Not(HasSubstr("both")));
}

// semantics 2.1: an exclusion keeps out every object that it names, not the smallest objectGUID alone.
TEST_P(Exclusion, BothWhoHaveItsNameStayOut) {
    for (const char* name : {"twin", "brother"}) {
        auto& user = ad.add_user(name);
        user.attributes["userPrincipalName"] = at("twin");
        user.usn = 1'000'000;
        join(user.guid);
    }
    bench.settings.scope.exclude_users.push_back(scope_name(at("twin")));
    for (const bool full : {false, true, false}) {
        const auto report = bench.cycle(full);
        EXPECT_EQ(bench.users().size(), 1U);
        EXPECT_THAT(report.scope_warnings, Contains(HasSubstr("has the same name; both are kept out")));
        bench.restart();
    }
    ad.remove(ad.find("brother")->guid);
    bench.cycle();
    EXPECT_EQ(bench.users().size(), 1U);
}

// Whom the store has already stays: the admin has to say which one was meant.
TEST_P(Exclusion, OfTwoWhoAreThereOneIsNamedForTheAdmin) {
    for (const char* name : {"twin", "brother"}) {
        auto& user = ad.add_user(name);
        user.attributes["userPrincipalName"] = at(name);
        user.usn = 1'000'000;
        join(user.guid);
    }
    bench.cycle();
    ASSERT_EQ(bench.users().size(), 3U);
    for (const char* name : {"twin", "brother"}) {
        auto& user = *ad.find(name);
        user.attributes["userPrincipalName"] = at("twin");
        user.usn = 1'000'001;
    }
    bench.settings.scope.exclude_users.push_back(scope_name(at("twin")));
    const auto report = bench.cycle();
    EXPECT_THAT(report.scope_warnings, Contains(HasSubstr("which is in the store and stays there")));
}

// semantics 2.10: an exclusion that names nothing lets in nobody by that edit.
TEST(MisspeltExclusion, AnExclusionThatIsMisspeltLetsNobodyIn) {
    SyncBench bench{store::make_memory_store()};
    auto& ad = bench.directory;
    const auto alice = ad.add_user("alice").guid;
    const auto bob = ad.add_user("bob").guid;
    const auto carol = ad.add_user("carol").guid;
    const auto contractors = ad.add_group("contractors").guid;
    ad.object(contractors).members = {bob, carol};
    auto& team = ad.add_group("team");
    team.members = {alice, contractors};
    bench.settings.scope.groups = {scope_name(at("team"))};
    bench.settings.scope.users = {scope_name(at("carol"))};
    bench.settings.scope.exclude_groups = {scope_name(at("contractors"))};
    bench.cycle();
    const auto users = bench.users().size();
    const auto memberships = bench.memberships();
    ASSERT_EQ(users, 2u);
    ASSERT_EQ(memberships.size(), 1u);

    bench.settings.scope.exclude_groups = {scope_name(at("contractor"))};
    for (const bool full : {false, true, false}) {
        const auto report = bench.cycle(full);
        ASSERT_EQ(report.holds.size(), 1u);
        EXPECT_EQ(report.holds[0].hold, sync::HoldClass::scope_edit);
        EXPECT_EQ(bench.users().size(), users);
        EXPECT_EQ(bench.groups().size(), 1u);
        EXPECT_EQ(bench.memberships(), memberships);
    }
    // Others come in as ever.
    const auto dave = ad.add_user("dave").guid;
    ad.find("team")->members.insert(dave);
    bench.cycle();
    EXPECT_EQ(bench.users().size(), users + 1);
    bench.settings.scope.exclude_groups = {scope_name(at("contractors"))};
    EXPECT_TRUE(bench.cycle().holds.empty());
    EXPECT_EQ(bench.users().size(), users + 1);
    // It is meant so.
    bench.settings.scope.exclude_groups = {scope_name(at("contractor"))};
    const auto held = bench.cycle();
    ASSERT_EQ(held.holds.size(), 1u);
    EXPECT_TRUE(bench.cycle(false, {held.holds[0].id}).holds.empty());
    EXPECT_EQ(bench.users().size(), users + 2);
    EXPECT_EQ(bench.groups().size(), 2u);
    EXPECT_FALSE(bench.cycle(true).wrote);
}

// semantics 2.10: for as long as the exclusion names nothing, whatever the directory does meanwhile.
TEST(MisspeltExclusion, LetsInNobodyByADetour) {
    SyncBench bench{store::make_memory_store()};
    auto& ad = bench.directory;
    const auto alice = ad.add_user("alice").guid;
    const auto bob = ad.add_user("bob").guid;
    const auto carol = ad.add_user("carol").guid;
    const auto contractors = ad.add_group("contractors").guid;
    ad.object(contractors).members = {carol};
    ad.add_group("team").members = {alice, bob, contractors};
    const auto team = ad.find("team")->guid;
    bench.settings.scope.groups = {scope_name(at("team"))};
    bench.settings.scope.exclude_users = {scope_name(at("bob"))};
    bench.settings.scope.exclude_groups = {scope_name(at("contractors"))};
    bench.cycle();
    const auto users = bench.users();
    ASSERT_EQ(users.size(), 1u);

    bench.settings.scope.exclude_users = {scope_name(at("bbo"))};
    bench.settings.scope.exclude_groups = {scope_name(at("contractor"))};
    const auto expect_out = [&](const char* why) {
        SCOPED_TRACE(why);
        for (const bool full : {false, true}) {
            const auto report = bench.cycle(full);
            ASSERT_EQ(report.holds.size(), 1u);
            EXPECT_EQ(report.holds[0].hold, sync::HoldClass::scope_edit);
            EXPECT_EQ(bench.users(), users);
        }
        bench.restart();
    };
    expect_out("the edit");
    ad.object(team).members.erase(bob);
    ad.object(contractors).members.erase(carol);
    expect_out("they left");
    ad.object(team).members.insert(bob);
    ad.object(contractors).members.insert(carol);
    expect_out("they are back");
    const auto object = ad.object(bob);
    ad.remove(bob);
    expect_out("deleted");
    ad.undelete(object);
    ad.object(team).members.insert(bob);
    expect_out("restored");
    const auto erin = ad.add_user("erin").guid;
    ad.object(contractors).members.insert(erin);
    expect_out("somebody joins the group that is kept out");

    // An approval lets them all in.
    bench.cycle(false, {bench.cycle().holds.at(0).id});
    for (const char* name : {"bob", "carol", "erin"}) EXPECT_TRUE(bench.users().contains(at(name))) << name;
    EXPECT_TRUE(bench.cycle().holds.empty());
}

}  // namespace
}  // namespace dirsync::testing
