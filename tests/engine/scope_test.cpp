#include <algorithm>
#include <map>
#include <string>

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

// What `explain` says of a row that is not what scope and mapping would give.
class Explain : public CycleTest {
protected:
    Explain() {
        staff = ad.add_group("staff").guid;
        for (const char* name : {"alice", "bob", "carl"}) {
            const auto guid = ad.add_user(name).guid;
            ad.object(staff).members.insert(guid);
            guids[name] = guid;
        }
        scope_group("staff");
    }
    std::string note(const std::string& name) { return bench.explain(at(name)).status_note; }
    static sync::Explanation::Attribute attribute(const sync::Explanation& explanation,
                                                  const std::string& target) {
        const auto found =
            std::ranges::find(explanation.attributes, target, &sync::Explanation::Attribute::target);
        EXPECT_NE(found, explanation.attributes.end()) << target;
        return found == explanation.attributes.end() ? sync::Explanation::Attribute() : *found;
    }

    ObjectGuid staff;
    std::map<std::string, ObjectGuid> guids;
};

TEST_F(Explain, SaysNothingOfTheStoreWhereItIsAsScopeAndMappingGiveIt) {
    bench.cycle();
    const auto alice = bench.explain(at("alice"));
    EXPECT_EQ(alice.status_note, "");
    for (const auto& one : alice.attributes) EXPECT_FALSE(one.stored) << one.target;
    EXPECT_EQ(attribute(alice, "displayName").value, bench.users().at(at("alice"))["display_name"]);
}

TEST_F(Explain, SaysThatARevertBroughtAUserBack) {  // semantics 5.10
    bench.cycle();
    ad.remove(guids["alice"]);
    bench.cycle();
    ASSERT_TRUE(bench.revert(bench.last_run_id()));
    const auto report = bench.cycle();
    ASSERT_EQ(report.holds.size(), 1U);
    EXPECT_EQ(note("alice"),
              "Deleted in the directory. Still in the store, ENABLED: a revert undid the "
              "change, which is held under " +
                  report.holds[0].id + ".");
}

TEST_F(Explain, SaysThatARemovalIsHeld) {  // semantics 5.3
    bench.settings.safety.remove_users.count = 1;
    bench.cycle();
    ad.remove(guids["alice"]);
    ad.remove(guids["bob"]);
    const auto report = bench.cycle();
    ASSERT_EQ(report.holds.size(), 1U);
    EXPECT_EQ(note("alice"),
              "Deleted in the directory. Still in the store, ENABLED: the change is held under " +
                  report.holds[0].id + ".");
    EXPECT_EQ(note("carl"), "");
}

TEST_F(Explain, SaysThatADisablingIsHeld) {  // semantics 5.3
    bench.settings.safety.disable_users.count = 1;
    bench.cycle();
    for (const char* name : {"alice", "bob"}) ad.object(guids[name]).disabled = true;
    const auto report = bench.cycle();
    ASSERT_EQ(report.holds.size(), 1U);
    EXPECT_EQ(note("bob"),
              "Disabled in the directory. Still ENABLED in the store: the change is held under " +
                  report.holds[0].id + ".");
}

TEST_F(Explain, SaysThatAnotherUserHasTheEmail) {  // semantics 3.5
    ad.object(guids["alice"]).attributes["mail"] = "a@corp.example.com";
    bench.cycle();
    ad.object(guids["bob"]).attributes["mail"] = "a@corp.example.com";
    bench.cycle();
    const auto bob = bench.explain(at("bob"));
    ASSERT_EQ(bob.errors.size(), 1U);
    const auto email = attribute(bob, "email");
    EXPECT_EQ(email.value, "a@corp.example.com");
    EXPECT_EQ(email.stored, bench.users().at(at("bob"))["email"]);
    EXPECT_EQ(email.why, "see the error below");
    EXPECT_FALSE(attribute(bob, "userName").stored);
}

TEST_F(Explain, SaysThatATemplateNamesAnUnknownAttribute) {  // semantics 5.14
    ad.object(guids["alice"]).attributes["mail"] = "a@corp.example.com";
    bench.cycle();
    ad.not_in_the_schema = {{"mial", "mail"}};
    for (auto& target : bench.settings.mapping.user) {
        if (target.target == "email") target.chain = {*sync::Template::parse("${mial}")};
    }
    EXPECT_TRUE(bench.cycle().config_refused);
    const auto email = attribute(bench.explain(at("alice")), "email");
    EXPECT_EQ(email.value, "");
    EXPECT_EQ(email.stored, "a@corp.example.com");
    EXPECT_EQ(email.why, "the template names an attribute that the directory does not have");
}

TEST_F(Explain, SaysThatAttributesStayedAsTheyWereOutsideOfTheScope) {  // semantics 4.4
    bench.cycle();
    ad.object(staff).members.erase(guids["alice"]);
    bench.cycle();
    ad.object(guids["alice"]).attributes["displayName"] = "Alice A.";
    bench.cycle();
    const auto alice = bench.explain(at("alice"));
    EXPECT_NE(alice.status_note.find("Out of scope since"), std::string::npos) << alice.status_note;
    EXPECT_EQ(alice.status_note.find("Still"), std::string::npos) << alice.status_note;
    EXPECT_EQ(attribute(alice, "displayName").why, "it stays as it was when the object left the scope");
}

}  // namespace
}  // namespace dirsync::testing
