#include <algorithm>

#include <gtest/gtest.h>

#include "store/memory/store.hpp"
#include "tests/support/sync_bench.hpp"

namespace dirsync::testing {
namespace {

using sync::EntryKind;
using Pairs = std::set<std::pair<std::string, std::string>>;

std::string at(const std::string& name) { return name + "@corp.example.com"; }

class CycleTest : public ::testing::Test {
protected:
    SyncBench bench{store::make_memory_store()};
    ModelDirectory& ad = bench.directory;

    void scope_group(const std::string& name) { bench.settings.scope.groups.push_back(scope_name(at(name))); }
    void scope_user(const std::string& name) { bench.settings.scope.users.push_back(scope_name(at(name))); }
    std::string id_of(const std::string& name) { return bench.users().at(at(name))["user_id"]; }
};

using Scope = CycleTest;
using Keys = CycleTest;
using Leaving = CycleTest;
using Safety = CycleTest;

TEST_F(Scope, AGroupBringsItsClosureAndEachNestedGroupAsAGroupOfItsOwn) {  // semantics 2.3
    auto& alice = ad.add_user("alice");
    auto& bob = ad.add_user("bob");
    auto& inner = ad.add_group("inner");
    inner.members = {alice.guid};
    auto& outer = ad.add_group("outer");
    outer.members = {inner.guid, bob.guid};
    inner.members.insert(outer.guid);  // a cycle
    ad.add_user("nobody");
    scope_group("outer");
    EXPECT_EQ(bench.cycle().exit_code(false), 0);
    EXPECT_EQ(bench.memberships(), (Pairs{{at("outer"), at("alice")},
                                          {at("outer"), at("bob")},
                                          {at("inner"), at("alice")},
                                          {at("inner"), at("bob")}}));
    EXPECT_EQ(bench.users().size(), 2u);
}

TEST_F(Scope, DirectKeepsOnlyDirectUserMembers) {  // semantics 2.3
    auto& alice = ad.add_user("alice");
    auto& bob = ad.add_user("bob");
    auto& inner = ad.add_group("inner");
    inner.members = {alice.guid};
    ad.add_group("outer").members = {inner.guid, bob.guid};
    scope_group("outer");
    bench.settings.scope.flatten = false;
    bench.cycle();
    EXPECT_EQ(bench.memberships(), (Pairs{{at("outer"), at("bob")}, {at("inner"), at("alice")}}));
}

TEST_F(Scope, AUserBringsNoGroupAndANameIsComparedWithoutCase) {  // semantics 2.1, 2.2
    auto& alice = ad.add_user("alice");
    ad.add_group("staff").members = {alice.guid};
    bench.settings.scope.users.push_back(scope_name("dom0\\ALICE"));
    bench.cycle();
    EXPECT_EQ(bench.users().size(), 1u);
    EXPECT_TRUE(bench.groups().empty());
}

TEST_F(Scope, APrincipalNameWinsOverAnAccountName) {  // semantics 2.1
    ad.add_user("alice");
    auto& other = ad.add_user("other");
    other.attributes["userPrincipalName"] = at("alice");
    scope_user("alice");
    bench.cycle();
    ASSERT_EQ(bench.users().size(), 1u);
    EXPECT_EQ(bench.users().begin()->second["external_id"], to_text(other.guid));
}

TEST_F(Scope, ExclusionsWin) {  // semantics 2.1
    auto& alice = ad.add_user("alice");
    auto& bob = ad.add_user("bob");
    auto& carol = ad.add_user("carol");
    auto& secret = ad.add_group("secret");
    secret.members = {carol.guid};
    ad.add_group("staff").members = {alice.guid, bob.guid, secret.guid};
    scope_group("staff");
    bench.settings.scope.exclude_users.push_back(scope_name(at("bob")));
    bench.settings.scope.exclude_groups.push_back(scope_name(at("secret")));
    bench.cycle();
    EXPECT_EQ(bench.memberships(), (Pairs{{at("staff"), at("alice")}}));
    EXPECT_EQ(bench.users().size(), 1u);
    EXPECT_EQ(bench.groups().size(), 1u);
}

TEST_F(Scope, ThePrimaryGroupCounts) {  // semantics 2.5
    auto& staff = ad.add_group("staff");
    ad.add_user("alice").primary_group = staff.rid;
    scope_group("staff");
    bench.cycle();
    EXPECT_EQ(bench.memberships(), (Pairs{{at("staff"), at("alice")}}));
    bench.settings.scope.primary_group = false;
    bench.cycle();
    EXPECT_TRUE(bench.memberships().empty());
}

TEST_F(Scope, AnOrganizationalUnitIsASubtreeAndFollowsItsRenameAndMove) {  // semantics 2.1, 2.8
    auto& top = ad.add(EntryKind::container, "Staff");
    auto& below = ad.add(EntryKind::container, "Berlin");
    below.parent = top.guid;
    ad.add_user("alice").parent = below.guid;
    ad.add_user("bob").parent = top.guid;
    ad.add_user("carol");
    auto elsewhere = ad.add(EntryKind::container, "Elsewhere").guid;
    bench.settings.scope.organizational_units.push_back(scope_name("OU=Staff,DC=corp,DC=example,DC=com"));
    bench.cycle();
    EXPECT_EQ(bench.users().size(), 2u);
    ad.object(top.guid).name = "People";
    ad.object(top.guid).parent = elsewhere;
    const auto report = bench.cycle();
    EXPECT_EQ(report.changes, 0u);
    EXPECT_TRUE(report.scope_warnings.empty());
    ad.find("alice")->parent = elsewhere;
    bench.cycle();
    EXPECT_EQ(bench.users().at(at("alice"))["scope"], "out");
    EXPECT_EQ(bench.users().at(at("bob"))["scope"], "in");
}

TEST_F(Scope, AFilterBringsUsersAndFollowsTheirAttributes) {  // semantics 2.1
    ad.add_user("alice").attributes["department"] = "Sales";
    ad.add_user("bob").attributes["department"] = "Research";
    bench.settings.scope.user_filters.push_back(
        {"corp.example.com", *sync::Filter::parse("(department=sales)")});
    bench.cycle();
    EXPECT_EQ(bench.users().size(), 1u);
    ad.find("bob")->attributes["department"] = "SALES";
    ad.find("alice")->attributes["department"] = "Law";
    bench.cycle();
    EXPECT_EQ(bench.users().at(at("bob"))["scope"], "in");
    EXPECT_EQ(bench.users().at(at("alice"))["scope"], "out");
}

TEST_F(Scope, ANameThatMeansNothingIsAWarning) {  // semantics 2.7
    ad.add_user("alice");
    scope_user("alice");
    scope_user("alcie");
    const auto report = bench.cycle();
    EXPECT_EQ(report.exit_code(false), 0);
    ASSERT_EQ(report.scope_warnings.size(), 1u);
    EXPECT_EQ(report.scope_warnings[0], "users: alcie@corp.example.com: names nothing in the directory");
    EXPECT_EQ(bench.users().size(), 1u);
}

TEST_F(Scope, AnEntryIsPinnedToItsObject) {  // semantics 2.8
    const auto first = ad.add_user("alice").guid;
    scope_user("alice");
    bench.cycle();
    ad.object(first).name = "alice.married";
    const auto second = ad.add_user("alice").guid;
    bench.cycle();
    ASSERT_EQ(bench.users().size(), 1u);
    EXPECT_EQ(bench.users().at(at("alice.married"))["external_id"], to_text(first));
    bench.restart();
    bench.cycle();
    EXPECT_EQ(bench.users().size(), 1u);
    ad.remove(first);
    const auto report = bench.cycle();
    EXPECT_EQ(bench.users().size(), 1u);
    EXPECT_EQ(bench.users().at(at("alice"))["external_id"], to_text(second));
    EXPECT_EQ(report.scope_warnings.size(), 1u);
}

TEST(ForeignPrincipals, AreResolvedBySidInTheOtherDomain) {  // semantics 2.6
    SyncBench bench(store::make_memory_store(), {"corp.example.com", "emea.example.com"});
    auto& ad = bench.directory;
    auto& zoe = ad.add_user("zoe", 1);
    auto& team = ad.add_group("team", 1);
    auto& yan = ad.add_user("yan", 1);
    team.members = {yan.guid};
    const auto foreign_user = ad.add_foreign(zoe, 0).guid;
    const auto foreign_group = ad.add_foreign(team, 0).guid;
    ad.add_group("local", 0).members = {foreign_user, foreign_group};
    bench.settings.scope.groups.push_back(scope_name("local@corp.example.com"));
    bench.cycle();
    EXPECT_EQ(bench.memberships(), (Pairs{{"local@corp.example.com", "zoe@emea.example.com"},
                                          {"local@corp.example.com", "yan@emea.example.com"},
                                          {"team@emea.example.com", "yan@emea.example.com"}}));
    bench.restart();
    EXPECT_EQ(bench.dry_run(true).changes, 0u);
}

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

TEST_F(Safety, ABrokenReadChangesNothing) {  // semantics 5.1
    auto& staff = ad.add_group("staff");
    for (int i = 0; i < 20; ++i) staff.members.insert(ad.add_user("user" + std::to_string(i)).guid);
    scope_group("staff");
    bench.cycle();
    const auto users = bench.users();
    for (std::size_t k = 0; k <= 20; ++k) {
        ad.fail_after(k, k % 2 == 0 ? ErrorCode::connection_lost : ErrorCode::read_incomplete);
        const auto report = bench.cycle();
        EXPECT_EQ(report.exit_code(false), 75) << k;
        EXPECT_EQ(report.run.outcome, sync::Outcome::partial);
        EXPECT_EQ(bench.users(), users) << k;
    }
    EXPECT_EQ(bench.memberships().size(), 20u);
    EXPECT_EQ(bench.cycle().changes, 0u);
}

TEST_F(Safety, AFailedLookUpIsNoEvidence) {  // semantics 5.1
    const auto alice = ad.add_user("alice").guid;
    scope_user("alice");
    bench.cycle();
    ad.remove(alice);
    ad.fail_look_ups(true);
    EXPECT_EQ(bench.cycle().exit_code(false), 75);
    EXPECT_EQ(bench.users().size(), 1u);
    ad.fail_look_ups(false);
    bench.cycle();
    EXPECT_TRUE(bench.users().empty());
}

TEST_F(Safety, LostReadRightsHoldAndComeBackWithoutATrace) {  // semantics 5.2
    auto& staff = ad.add_group("staff");
    std::vector<ObjectGuid> guids;
    for (const auto* name : {"alice", "bob", "carol"}) guids.push_back(ad.add_user(name).guid);
    staff.members = {guids.begin(), guids.end()};
    scope_group("staff");
    bench.cycle();
    ad.object(guids[0]).visible = false;
    ad.object(guids[1]).visible = false;
    const auto report = bench.cycle();
    EXPECT_EQ(report.exit_code(false), 3);
    ASSERT_EQ(report.holds.size(), 1u);
    EXPECT_EQ(report.holds[0].objects.size(), 2u);
    EXPECT_EQ(bench.users().at(at("alice"))["scope"], "held");
    EXPECT_EQ(bench.users().at(at("alice"))["status"], "ENABLED");
    EXPECT_EQ(bench.memberships().size(), 3u);
    bench.now += Duration(400 * 86400);
    const auto again = bench.cycle();
    EXPECT_EQ(again.holds[0].id, report.holds[0].id);
    EXPECT_EQ(again.changes, 0u);
    bench.restart();
    EXPECT_EQ(bench.cycle().holds[0].id, report.holds[0].id);
    ad.object(guids[0]).visible = true;
    ad.object(guids[1]).visible = true;
    EXPECT_EQ(bench.cycle().exit_code(false), 0);
    EXPECT_EQ(bench.users().at(at("alice"))["scope"], "in");
    EXPECT_EQ(bench.memberships().size(), 3u);
}

TEST_F(Safety, AMembershipLostWhileHeldIsRemovedOnceTheMemberIsVisible) {  // semantics 5.2
    auto& staff = ad.add_group("staff");
    const auto alice = ad.add_user("alice").guid;
    const auto bob = ad.add_user("bob").guid;
    staff.members = {alice, bob};
    scope_group("staff");
    bench.cycle();
    ad.object(alice).visible = false;
    bench.cycle();
    ad.find("staff")->members.erase(alice);
    bench.cycle();
    EXPECT_EQ(bench.memberships().size(), 2u);
    ad.object(alice).visible = true;
    bench.cycle();
    EXPECT_EQ(bench.memberships(), (Pairs{{at("staff"), at("bob")}}));
}

TEST_F(Safety, AnAdminMayReleaseWhatIsAbsent) {  // semantics 5.2
    auto& staff = ad.add_group("staff");
    const auto alice = ad.add_user("alice").guid;
    staff.members = {alice};
    scope_group("staff");
    bench.cycle();
    ad.vanish(alice);
    const auto held = bench.cycle();
    ASSERT_EQ(held.holds.size(), 1u);
    EXPECT_EQ(bench.users().size(), 1u);
    const auto released = bench.cycle(false, {held.holds[0].id});
    EXPECT_EQ(released.exit_code(false), 0);
    EXPECT_TRUE(bench.users().empty());
    EXPECT_TRUE(bench.memberships().empty());
    EXPECT_EQ(bench.rows("v1_changes", "seq").back()["reason"], "by an admin");  // 5.12
}

TEST_F(Safety, UnprovenDeletionIsDueThoughNothingChanges) {  // semantics 4.6, 5.2
    ad.follow(ModelDirectory::Following::usn);
    const auto alice = ad.add_user("alice").guid;
    scope_user("alice");
    bench.settings.safety.unproven_deletion = Duration(86400);
    bench.cycle();
    ad.vanish(alice);
    EXPECT_EQ(bench.cycle(true).exit_code(false), 3);
    EXPECT_EQ(bench.cycle().exit_code(false), 3);
    bench.now += Duration(86400);
    EXPECT_EQ(bench.cycle().exit_code(false), 0);
    EXPECT_TRUE(bench.users().empty());
}

TEST_F(Safety, UnprovenDeletionAfterTheTimeThatTheAdminSet) {  // semantics 5.2
    const auto alice = ad.add_user("alice").guid;
    scope_user("alice");
    bench.settings.safety.unproven_deletion = Duration(86400);
    bench.cycle();
    ad.vanish(alice);
    EXPECT_EQ(bench.cycle().exit_code(false), 3);
    bench.now += Duration(2 * 86400);
    EXPECT_EQ(bench.cycle().exit_code(false), 0);
    EXPECT_TRUE(bench.users().empty());
    EXPECT_EQ(bench.rows("v1_changes", "seq").back()["reason"], "absent from every read for too long");
}

TEST_F(Safety, AClassOverItsLimitIsHeldAndTheOthersGoThrough) {  // semantics 5.3
    auto& staff = ad.add_group("staff");
    std::vector<ObjectGuid> guids;
    for (int i = 0; i < 40; ++i) {
        guids.push_back(ad.add_user("user" + std::to_string(i)).guid);
        staff.members.insert(guids.back());
    }
    scope_group("staff");
    EXPECT_EQ(bench.cycle().exit_code(false), 0);  // a fresh store is never guarded
    for (int i = 0; i < 12; ++i) ad.remove(guids[static_cast<std::size_t>(i)]);
    ad.object(guids[20]).disabled = true;
    const auto plan = bench.dry_run();
    const auto held = bench.cycle();
    EXPECT_EQ(held.exit_code(false), 3);
    ASSERT_EQ(held.holds.size(), 1u);
    EXPECT_EQ(held.holds[0].hold, sync::HoldClass::remove_users);
    EXPECT_EQ(held.holds[0].objects.size(), 12u);
    ASSERT_EQ(plan.holds.size(), 1u);
    EXPECT_EQ(plan.holds[0].id, held.holds[0].id);
    EXPECT_EQ(bench.users().size(), 40u);
    EXPECT_EQ(bench.memberships().size(), 40u);  // a held user keeps its memberships
    EXPECT_EQ(bench.users().at(at("user20"))["status"], "DISABLED");
    bench.restart();
    EXPECT_EQ(bench.cycle().holds[0].id, held.holds[0].id);
    const auto released = bench.cycle(false, {held.holds[0].id});
    EXPECT_EQ(released.exit_code(false), 0);
    EXPECT_EQ(bench.users().size(), 28u);
    EXPECT_EQ(bench.memberships().size(), 28u);
    EXPECT_EQ(bench.cycle().changes, 0u);
}

TEST_F(Safety, AnApprovalCoversWhatWasListedAndNoMore) {  // semantics 5.3
    auto& staff = ad.add_group("staff");
    std::vector<ObjectGuid> guids;
    for (int i = 0; i < 60; ++i) {
        guids.push_back(ad.add_user("user" + std::to_string(i)).guid);
        staff.members.insert(guids.back());
    }
    scope_group("staff");
    bench.cycle();
    for (std::size_t i = 0; i < 12; ++i) ad.remove(guids[i]);
    const auto id = bench.cycle().holds.at(0).id;
    for (std::size_t i = 12; i < 24; ++i) ad.remove(guids[i]);
    const auto report = bench.cycle(false, {id});
    EXPECT_EQ(report.exit_code(false), 3);
    EXPECT_EQ(bench.users().size(), 48u);
}

TEST_F(Safety, HiddenMemberListsAreHeld) {  // semantics 5.3, pitfalls: the member attribute unreadable
    auto& staff = ad.add_group("staff");
    for (int i = 0; i < 30; ++i) staff.members.insert(ad.add_user("user" + std::to_string(i)).guid);
    scope_group("staff");
    bench.cycle();
    ad.find("staff")->members.clear();
    const auto report = bench.cycle();
    EXPECT_EQ(report.exit_code(false), 3);
    EXPECT_EQ(bench.memberships().size(), 30u);
    for (const auto& [name, row] : bench.users()) EXPECT_EQ(row.at("status"), "ENABLED") << name;
}

TEST_F(Safety, APlanListsWhatTheRunWritesAndWritesNothing) {  // semantics 5.4
    auto& staff = ad.add_group("staff");
    const auto alice = ad.add_user("alice").guid;
    staff.members = {alice, ad.add_user("bob").guid};
    scope_group("staff");
    const auto lines_of = [this](std::size_t from) {
        std::multiset<std::string> lines;
        const auto rows = bench.rows("v1_changes", "seq");
        for (std::size_t i = from; i < rows.size(); ++i) {
            const auto& row = rows[i];
            lines.insert(row.at("action") + " " + row.at("object_id") + " " + row.at("name") + " " +
                         row.at("before") + " " + row.at("after"));
        }
        return lines;
    };
    const auto planned = [](const sync::CycleReport& report) {
        std::multiset<std::string> lines;
        for (const auto& l : report.lines) {
            lines.insert(l.action + " " + l.object_id + " " + l.name + " " + l.before + " " + l.after);
        }
        return lines;
    };
    auto plan = bench.dry_run();
    EXPECT_EQ(plan.exit_code(true), 2);
    EXPECT_TRUE(bench.users().empty());
    bench.cycle();
    EXPECT_EQ(planned(plan), lines_of(0));
    const auto before = bench.rows("v1_changes").size();
    ad.remove(alice);
    ad.find("bob")->attributes["mail"] = "bob@example.com";
    plan = bench.dry_run();
    bench.cycle();
    EXPECT_EQ(planned(plan), lines_of(before));
    EXPECT_EQ(bench.dry_run().exit_code(true), 0);
}

TEST_F(Safety, NothingNewWritesNothing) {  // semantics 5.6
    auto& staff = ad.add_group("staff");
    staff.members = {ad.add_user("alice").guid};
    scope_group("staff");
    bench.cycle();
    const auto runs = bench.rows("v1_runs").size();
    for (const bool full : {false, true}) EXPECT_FALSE(bench.cycle(full).wrote);
    bench.restart();
    EXPECT_FALSE(bench.cycle().wrote);
    EXPECT_EQ(bench.rows("v1_runs").size(), runs);
}

TEST_F(Safety, ARebuiltDomainIsAnotherSource) {  // semantics 1.2, 1.4
    auto& staff = ad.add_group("staff");
    staff.members = {ad.add_user("alice").guid};
    scope_group("staff");
    bench.cycle();
    const auto original = ad.domain_guids[0];
    ad.domain_guids[0].bytes[3] ^= 0xff;
    const auto reads = ad.reads();
    const auto report = bench.cycle();
    EXPECT_EQ(report.exit_code(false), 3);
    EXPECT_TRUE(report.change_pending);
    EXPECT_EQ(ad.reads(), reads);  // frozen: nothing is read
    EXPECT_EQ(bench.users().size(), 1u);
    EXPECT_EQ(bench.rows("v1_identity_source")[0]["state"], "change_pending");
    ad.domain_guids[0] = original;
    EXPECT_EQ(bench.cycle().exit_code(false), 0);
    EXPECT_EQ(bench.rows("v1_identity_source")[0]["state"], "active");
}

TEST(Domains, RemovingOneIsLeavingTheScopeAndOrderDoesNotMatter) {  // semantics 1.2, 4.4
    SyncBench bench(store::make_memory_store(), {"corp.example.com", "emea.example.com"});
    auto& ad = bench.directory;
    ad.add_group("staff", 0).members = {ad.add_user("alice", 0).guid};
    ad.add_group("staff", 1).members = {ad.add_user("zoe", 1).guid};
    bench.settings.scope.groups = {scope_name("staff@corp.example.com"),
                                   scope_name("staff@emea.example.com")};
    bench.cycle();
    EXPECT_EQ(bench.users().size(), 2u);
    bench.settings.domains = {"corp.example.com"};
    bench.settings.scope.groups = {scope_name("staff@corp.example.com")};
    bench.cycle();
    EXPECT_EQ(bench.users().at("zoe@emea.example.com")["scope"], "out");
    EXPECT_EQ(bench.users().at("zoe@emea.example.com")["status"], "ENABLED");
    EXPECT_EQ(bench.users().at("alice@corp.example.com")["scope"], "in");
}

TEST_F(Scope, ExplainNamesTheChainAndTheTemplates) {
    auto& alice = ad.add_user("alice");
    alice.attributes["userPrincipalName"] = "alice@example.org";
    auto& inner = ad.add_group("inner");
    inner.members = {alice.guid};
    ad.add_group("outer").members = {inner.guid};
    ad.add_user("bob");
    scope_group("outer");
    bench.cycle();
    const auto in = bench.explain("alice@example.org");
    EXPECT_TRUE(in.in_scope);
    ASSERT_EQ(in.because.size(), 1u);
    EXPECT_EQ(in.because[0].rule, "groups: outer@corp.example.com");
    EXPECT_EQ(in.because[0].path, (std::vector<std::string>{at("outer"), at("inner")}));
    EXPECT_EQ(in.attributes[0].value, "alice@example.org");
    EXPECT_EQ(in.attributes[0].source_template, "${userPrincipalName}");
    const auto out = bench.explain("bob");
    EXPECT_FALSE(out.in_scope);
    EXPECT_TRUE(out.because.empty());
    EXPECT_EQ(out.status_note, "Not in the store.");
}

TEST_F(Scope, ExplainSaysWhatComesNextForWhoeverIsOut) {  // semantics 4.4
    auto& alice = ad.add_user("alice");
    ad.add_group("staff").members = {alice.guid};
    scope_group("staff");
    bench.cycle();
    ad.find("staff")->members.clear();
    bench.settings.lifecycle.delete_after = Duration{90 * 86400};
    bench.cycle();
    const std::string note = bench.explain(at("alice")).status_note;
    EXPECT_NE(note.find("Out of scope since "), std::string::npos) << note;
    EXPECT_NE(note.find("Will be disabled at "), std::string::npos) << note;
    EXPECT_NE(note.find("Will be removed at "), std::string::npos) << note;
}

}  // namespace
}  // namespace dirsync::testing
