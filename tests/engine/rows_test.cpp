#include <algorithm>

#include <gtest/gtest.h>

#include "tests/engine/cycle_fixture.hpp"

// What becomes of a row while its object is in the scope, and when it leaves.
namespace dirsync::testing {
namespace {

using Keys = CycleTest;
using Leaving = CycleTest;

TEST_F(Keys, RenameAndMoveKeepTheId) {  // semantics 3.1
    const auto guid = ad.add_user("alice").guid;
    const auto unit = ad.add(EntryKind::container, "Unit").guid;
    scope_user("alice");
    bench.cycle();
    const auto id = id_of("alice");
    ad.object(guid).name = "alicia";
    ad.object(guid).parent = unit;
    bench.cycle();
    EXPECT_EQ(id_of("alicia"), id);
}

TEST_F(Keys, NamesMaySwapAndChainInOneCycle) {  // semantics 3.5
    auto& staff = ad.add_group("staff");
    const auto a = ad.add_user("a").guid;
    const auto b = ad.add_user("b").guid;
    const auto c = ad.add_user("c").guid;
    staff.members = {a, b, c};
    scope_group("staff");
    bench.settings.safety.rename_users = {100, 100};
    bench.cycle();
    const auto id_a = id_of("a");
    const auto id_b = id_of("b");
    ad.object(a).name = "b";
    ad.object(b).name = "a";
    ad.object(c).name = "d";
    EXPECT_EQ(bench.cycle().exit_code(false), 0);
    EXPECT_EQ(id_of("b"), id_a);
    EXPECT_EQ(id_of("a"), id_b);
    ad.object(a).name = "c";  // a chain: b -> c, a -> b
    ad.object(b).name = "b";
    bench.cycle();
    EXPECT_EQ(id_of("c"), id_a);
    EXPECT_EQ(id_of("b"), id_b);
}

TEST_F(Keys, ABadEntryIsSkippedAndTheRunGoesOn) {  // semantics 3.4
    auto& staff = ad.add_group("staff");
    auto& good = ad.add_user("good");
    auto& bad = ad.add_user("bad");
    bad.attributes["userPrincipalName"] = "white space@corp.example.com";
    staff.members = {good.guid, bad.guid};
    scope_group("staff");
    EXPECT_EQ(bench.cycle().exit_code(false), 0);
    EXPECT_EQ(bench.users().size(), 1u);
    auto errors = bench.rows("v1_entity_errors");
    ASSERT_EQ(errors.size(), 1u);
    EXPECT_EQ(errors[0]["code"], "InvalidValue");
}

TEST_F(Keys, AStoredUserThatTurnsBadKeepsItsRowButIsDisabled) {  // semantics 3.4
    auto& alice = ad.add_user("alice");
    scope_user("alice");
    bench.cycle();
    alice.attributes["userPrincipalName"] = "no good";
    alice.disabled = true;
    bench.cycle();
    EXPECT_EQ(bench.users().at(at("alice"))["status"], "DISABLED");
    EXPECT_EQ(bench.rows("v1_entity_errors").size(), 1u);
}

TEST_F(Keys, AnUnmappedAttributeWritesNoRow) {  // semantics 3.6
    auto& alice = ad.add_user("alice");
    scope_user("alice");
    bench.cycle();
    const auto before = bench.rows("v1_changes").size();
    alice.attributes["title"] = "Director";
    EXPECT_EQ(bench.cycle().changes, 0u);
    EXPECT_EQ(bench.rows("v1_changes").size(), before);
}

TEST_F(Keys, DisabledAndExpiredAccountsAreDisabledAndComeBack) {  // semantics 3.7, 4.6
    auto& staff = ad.add_group("staff");
    auto& alice = ad.add_user("alice");
    staff.members = {alice.guid};
    scope_group("staff");
    alice.expires = (bench.now + Duration(3600)).time_since_epoch().count();
    bench.cycle();
    EXPECT_EQ(bench.users().at(at("alice"))["status"], "ENABLED");
    bench.now += Duration(7200);  // nothing changes in the directory
    bench.cycle();
    EXPECT_EQ(bench.users().at(at("alice"))["status"], "DISABLED");
    EXPECT_EQ(bench.memberships().size(), 1u);
    alice.expires = sync::never_expires;
    bench.cycle();
    EXPECT_EQ(bench.users().at(at("alice"))["status"], "ENABLED");
}

TEST_F(Leaving, ATombstoneRemovesAndARestoredObjectGetsItsIdBack) {  // semantics 4.1, 4.3
    auto& staff = ad.add_group("staff");
    const auto alice = ad.add_user("alice").guid;
    staff.members = {alice};
    scope_group("staff");
    bench.cycle();
    const auto id = id_of("alice");
    const auto copy = ad.object(alice);
    ad.remove(alice);
    EXPECT_EQ(bench.cycle().exit_code(false), 0);
    EXPECT_TRUE(bench.users().empty());
    EXPECT_TRUE(bench.memberships().empty());
    ad.undelete(copy);
    ad.find("staff")->members.insert(alice);
    bench.cycle();
    EXPECT_EQ(id_of("alice"), id);
}

TEST_F(Leaving, ANewcomerUnderAnOldNameIsANewObject) {  // semantics 4.2
    auto& staff = ad.add_group("staff");
    const auto first = ad.add_user("alice").guid;
    staff.members = {first};
    scope_group("staff");
    bench.cycle();
    const auto id = id_of("alice");
    ad.remove(first);
    ad.find("staff")->members.insert(ad.add_user("alice").guid);
    bench.cycle();
    EXPECT_EQ(bench.users().size(), 1u);
    EXPECT_NE(id_of("alice"), id);
}

TEST_F(Leaving, OutOfScopeStartsAClock) {  // semantics 4.4
    auto& staff = ad.add_group("staff");
    const auto alice = ad.add_user("alice").guid;
    staff.members = {alice};
    scope_group("staff");
    bench.cycle();
    ad.find("staff")->members.clear();
    ad.object(alice).attributes["givenName"] = "New";
    bench.cycle();
    auto row = bench.users().at(at("alice"));
    EXPECT_EQ(row["scope"], "out");
    EXPECT_EQ(row["status"], "ENABLED");
    EXPECT_EQ(row["given_name"], "");
    EXPECT_TRUE(bench.memberships().empty());
    bench.now += Duration(27 * 86400);
    EXPECT_EQ(bench.cycle().changes, 0u);
    bench.now += Duration(2 * 86400);
    bench.cycle();
    EXPECT_EQ(bench.users().at(at("alice"))["status"], "DISABLED");
    ad.find("staff")->members.insert(alice);
    bench.cycle();
    row = bench.users().at(at("alice"));
    EXPECT_EQ(row["status"], "ENABLED");
    EXPECT_EQ(row["scope"], "in");
    EXPECT_EQ(row["given_name"], "New");
    EXPECT_EQ(row["out_since"], "");
}

TEST_F(Leaving, AUserDisabledOutsideTheScopeIsDisabledAtOnce) {  // semantics 4.4
    auto& staff = ad.add_group("staff");
    auto& alice = ad.add_user("alice");
    staff.members = {alice.guid};
    scope_group("staff");
    bench.cycle();
    ad.find("staff")->members.clear();
    alice.disabled = true;
    bench.cycle();
    EXPECT_EQ(bench.users().at(at("alice"))["status"], "DISABLED");
    alice.disabled = false;
    bench.cycle();
    EXPECT_EQ(bench.users().at(at("alice"))["status"], "ENABLED");
}

TEST_F(Leaving, AGroupOutOfScopeFreezesAndIsEmptiedLater) {  // semantics 4.4
    auto& inner = ad.add_group("inner");
    const auto alice = ad.add_user("alice").guid;
    inner.members = {alice};
    const auto inner_guid = inner.guid;
    auto& outer = ad.add_group("outer");
    outer.members = {inner_guid, alice};
    scope_group("outer");
    bench.cycle();
    ad.find("outer")->members.erase(inner_guid);
    bench.cycle();
    EXPECT_EQ(bench.groups().at(at("inner"))["scope"], "out");
    EXPECT_TRUE(bench.memberships().contains({at("inner"), at("alice")}));
    bench.now += Duration(29 * 86400);
    bench.cycle();
    EXPECT_FALSE(bench.memberships().contains({at("inner"), at("alice")}));
    EXPECT_TRUE(bench.memberships().contains({at("outer"), at("alice")}));
    EXPECT_EQ(bench.cycle().changes, 0u);
}

}  // namespace
}  // namespace dirsync::testing
