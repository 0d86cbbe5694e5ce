#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/memory/store.hpp"
#include "tests/support/sync_bench.hpp"

// What one domain says of objects of another.
namespace dirsync::testing {
namespace {

using Pairs = std::set<std::pair<std::string, std::string>>;
using Following = ModelDirectory::Following;
constexpr Duration day{86400};

std::string at(const std::string& name) { return name + "@corp.example.com"; }

class TwoDomains : public ::testing::Test {
protected:
    SyncBench bench{store::make_memory_store(), {"corp.example.com", "emea.example.com"}};
    ModelDirectory& ad = bench.directory;
};

TEST_F(TwoDomains, NothingIsReachedThroughADomainThatIsNoLongerRead) {  // semantics 1.2, 2.3
    const auto bob = ad.add_user("bob", 0).guid;
    const auto carol = ad.add_user("carol", 0).guid;
    const auto inner = ad.add_group("inner", 1).guid;
    ad.object(inner).members = {bob};
    ad.add_group("outer", 0).members = {inner, carol};
    bench.settings.scope.groups = {scope_name("outer@corp.example.com")};
    bench.settings.scope.users = {scope_name("bob@corp.example.com")};
    bench.cycle();
    EXPECT_TRUE(bench.memberships().contains({at("outer"), at("bob")}));
    bench.settings.domains = {"corp.example.com"};
    ad.add_group("below", 0).members = {ad.object(inner).guid};
    ad.object(inner).members.insert(carol);
    bench.cycle();
    EXPECT_EQ(bench.groups().size(), 2u);
    // What led through it stays for a time (5.17); nothing new comes.
    EXPECT_EQ(
        bench.memberships(),
        (Pairs{{at("outer"), at("bob")}, {at("outer"), at("carol")}, {"inner@emea.example.com", at("bob")}}));
}

TEST_F(TwoDomains, AForeignPrincipalStandsForNobodyWhoHasAnotherSid) {  // semantics 2.6, 5.17
    const auto zoe = ad.add_user("zoe", 0).guid;
    const auto team = ad.add_group("team", 1).guid;
    ad.object(team).members = {ad.add_foreign(ad.object(zoe), 1).guid};
    bench.settings.scope.groups = {scope_name("team@emea.example.com")};
    bench.cycle();
    ASSERT_EQ(bench.memberships().size(), 1u);
    ad.move(zoe, 1);
    bench.cycle();
    EXPECT_TRUE(bench.memberships().empty());
    bench.restart();
    EXPECT_FALSE(bench.cycle(true).wrote);
}

TEST_F(TwoDomains, WhoComesOutOfADomainThatIsNotReadIsInNoGroupThatDoesNotListIt) {  // semantics 5.17
    const auto zoe = ad.add_user("zoe", 1).guid;
    const auto team = ad.add_group("team", 0).guid;
    ad.object(team).members = {zoe, ad.add_user("amy", 0).guid};
    bench.settings.scope.groups = {scope_name("team@corp.example.com")};
    bench.cycle();
    ASSERT_EQ(bench.memberships().size(), 2u);
    bench.settings.domains = {"corp.example.com"};
    bench.cycle();
    ad.move(zoe, 0);
    ad.object(team).members.erase(zoe);
    bench.cycle(true);
    EXPECT_EQ(bench.memberships().size(), 1u);
}

TEST_F(TwoDomains, WhoIsAliveInBothIsOneOfTheTwo) {  // semantics 5.17: one of them is late
    const auto zoe = ad.add_user("zoe", 0).guid;
    bench.settings.scope.users = {scope_name("zoe@corp.example.com")};
    ad.follow(ModelDirectory::Following::usn);
    bench.cycle();
    ad.object(zoe).attributes["displayName"] = "Zoe";
    bench.cycle();
    auto twin = ad.object(zoe);
    twin.domain = 1;
    twin.name = "zara";
    ad.late = {twin};
    bench.cycle(true);
    const auto users = bench.users();
    EXPECT_TRUE(users.contains("zara@emea.example.com") || users.contains("zoe@corp.example.com"));
    ad.late.clear();
    bench.cycle(true);
    EXPECT_EQ(bench.users().count("zoe@corp.example.com"), 1u);
}

TEST_F(TwoDomains, WhoIsHeldLeavesTheScopeWithItsDomain) {  // semantics 1.2, 4.4
    const auto zoe = ad.add_user("zoe", 1).guid;
    bench.settings.scope.users = {scope_name("zoe@emea.example.com")};
    bench.cycle();
    ad.object(zoe).visible = false;
    EXPECT_EQ(bench.cycle(true).holds.size(), 1u);
    bench.settings.domains = {"corp.example.com"};
    EXPECT_TRUE(bench.cycle().holds.empty());
    EXPECT_EQ(bench.users().at("zoe@emea.example.com")["scope"], "out");
}

TEST_F(TwoDomains, AForeignPrincipalThatCannotBeSeenEndsNoMembership) {  // semantics 2.6, 5.2
    ad.follow(Following::usn);
    const auto zoe = ad.add_user("zoe", 1).guid;
    const auto team = ad.add_group("team", 0).guid;
    const auto foreign = ad.add_foreign(ad.object(zoe), 0).guid;
    ad.object(team).members = {foreign};
    bench.settings.scope.groups = {scope_name("team@corp.example.com")};
    bench.cycle();
    const Pairs with_zoe{{at("team"), "zoe@emea.example.com"}};
    ASSERT_EQ(bench.memberships(), with_zoe);
    ad.object(foreign).visible = false;
    for (const bool full : {true, false, true}) {
        const auto held = bench.cycle(full);
        ASSERT_EQ(held.holds.size(), 1u);
        EXPECT_EQ(held.holds[0].hold, sync::HoldClass::absent);
        EXPECT_EQ(held.holds[0].sample, std::vector<std::string>{"zoe@emea.example.com"});
        EXPECT_EQ(bench.memberships(), with_zoe);
    }
    ad.object(foreign).visible = true;
    EXPECT_TRUE(bench.cycle().holds.empty());
    EXPECT_EQ(bench.memberships(), with_zoe);
    ad.object(foreign).visible = false;
    const auto held = bench.cycle(true);
    EXPECT_TRUE(bench.cycle(false, {held.holds.at(0).id}).holds.empty());
    EXPECT_TRUE(bench.memberships().empty()) << "an admin released it";
}

TEST_F(TwoDomains, AMembershipOfSomebodyWhoIsNotReadStaysInTheMirror) {  // semantics 1.2, 5.2
    const auto zoe = ad.add_user("zoe", 1).guid;
    ad.add_group("team", 0).members = {zoe};
    bench.settings.scope.groups = {scope_name("team@corp.example.com")};
    bench.cycle();
    bench.settings.domains = {"corp.example.com"};
    ad.object(zoe).visible = false;
    EXPECT_TRUE(bench.cycle().holds.empty()) << "it is frozen (5.17)";
    EXPECT_EQ(bench.memberships(), (Pairs{{at("team"), "zoe@emea.example.com"}}));
    bench.settings.domains = {"corp.example.com", "emea.example.com"};
    bench.cycle();
    EXPECT_EQ(bench.memberships(), (Pairs{{at("team"), "zoe@emea.example.com"}}));
    ad.object(zoe).visible = true;
    bench.cycle();
    EXPECT_EQ(bench.memberships(), (Pairs{{at("team"), "zoe@emea.example.com"}}));
}

TEST_F(TwoDomains, AMembershipGoesWithItsForeignPrincipal) {  // semantics 2.6
    ad.follow(Following::dirsync);
    const auto bob = ad.add_user("bob", 0).guid;
    const auto inner = ad.add_group("inner", 1).guid;
    const auto outer = ad.add_group("outer", 0).guid;
    ad.object(outer).members = {inner, bob};
    const auto foreign = ad.add_foreign(ad.object(outer), 1).guid;
    ad.object(inner).members = {foreign};
    bench.settings.scope.groups = {scope_name("outer@corp.example.com")};
    bench.cycle();
    EXPECT_TRUE(bench.memberships().contains({"inner@emea.example.com", at("bob")}));
    ad.object(inner).members.clear();
    bench.cycle();
    EXPECT_EQ(bench.memberships(), (Pairs{{at("outer"), at("bob")}}));
}

}  // namespace
}  // namespace dirsync::testing
