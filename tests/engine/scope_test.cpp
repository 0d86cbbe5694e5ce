#include <algorithm>

#include <gtest/gtest.h>

#include "tests/engine/cycle_fixture.hpp"

// Who is in the scope.
namespace dirsync::testing {
namespace {

using sync::EntryKind;
using Scope = CycleTest;

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
