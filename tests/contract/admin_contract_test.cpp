#include "model/seams/admin_store.hpp"

#include "store_fixture.hpp"

namespace dirsync::store::testing {
namespace {

using sync::AdminFacts;
using sync::AdminKeys;
using sync::AdminPlan;
using sync::PrincipalType;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const RowId set_id = uuid_of<RowId>(1, 0x5e);
const RowId other_set_id = uuid_of<RowId>(2, 0x5e);

sync::PermissionSetChange set_created(const RowId& id, const std::string& name) {
    return {sync::Action::create, {id, name, "may " + name}};
}
sync::AssignmentChange assigned(std::uint32_t number, PrincipalType type, Node principal,
                                const RowId& set = set_id, const std::string& target = "app") {
    return {sync::Action::create,
            {uuid_of<RowId>(number, 0xa5), type, id_of_node(principal), set, target},
            "principal",
            "look"};
}
sync::UserChange by_admin(sync::UserChange change) {
    change.reason = Reason::by_admin;
    return change;
}

class AdminContract : public StoreContract {
protected:
    Result<void> edit(const AdminPlan& plan, const AdminKeys& keys = {}, Time at = noon) {
        const auto decide = [&plan](const AdminFacts&) -> Result<AdminPlan> { return plan; };
        sync::RunRecord run;
        run.started = at;
        run.ended = at;
        run.kind = sync::RunKind::admin;
        run.trigger = "admin";
        return store().admin().edit(keys, decide, run);
    }
    void write(const AdminPlan& plan) {
        const auto done = edit(plan);
        ASSERT_TRUE(done) << done.error().message();
    }
    AdminFacts found(const AdminKeys& keys) {
        auto facts = store().admin().find(keys);
        EXPECT_TRUE(facts) << facts.error().message();
        return facts ? std::move(*facts) : AdminFacts{};
    }
    /// Users 1 and 2, group 11 with user 1, two permission sets, an assignment each of user 1 and group 11.
    void fill() {
        AdminPlan plan;
        plan.rows.users = {by_admin(created(1, a_user(1, "alice"))), by_admin(created(2, a_user(2, "bob")))};
        plan.rows.groups = {created(11, a_group(11, "staff"))};
        plan.rows.memberships = {{11, 1, true, Reason::by_admin}};
        plan.permission_sets = {set_created(set_id, "look"), set_created(other_set_id, "change")};
        plan.assignments = {assigned(1, PrincipalType::user, 1), assigned(2, PrincipalType::group, 11)};
        plan.counts = {{"users_created", 2}};
        write(plan);
    }
    static std::vector<Node> nodes_of(const AdminFacts& facts) {
        std::vector<Node> nodes;
        for (const auto& user : facts.users) nodes.push_back(user.node);
        for (const auto& group : facts.groups) nodes.push_back(group.node);
        return nodes;
    }
};

TEST_P(AdminContract, AnEditIsARunWithLinesForEverything) {
    fill();
    EXPECT_THAT(column(view("v1_runs"), "kind"), ElementsAre("admin"));
    EXPECT_THAT(column(view("v1_runs"), "trigger"), ElementsAre("admin"));
    EXPECT_THAT(column(view("v1_runs"), "counts"), ElementsAre(R"({"users_created":2})"));
    EXPECT_THAT(column(view("v1_runs"), "ended_at"), ElementsAre(std::string(noon_text)));
    EXPECT_THAT(column(view("v1_changes"), "object_type"),
                ElementsAre("GROUP", "USER", "USER", "GROUP", "PERMISSION_SET", "PERMISSION_SET",
                            "ASSIGNMENT", "ASSIGNMENT"));
    EXPECT_THAT(lines(4),
                ElementsAre(R"(create look NULL {"name":"look","description":"may look"})",
                            R"(create change NULL {"name":"change","description":"may change"})",
                            HasSubstr("create principal: look on app NULL {\"principal_type\":\"USER\""),
                            HasSubstr("\"principal_type\":\"GROUP\"")));
    EXPECT_THAT(column(view("v1_permission_sets"), "name"), ElementsAre("look", "change"));
    EXPECT_THAT(column(view("v1_assignments"), "dangling"), ElementsAre("0", "0"));
    const auto counted = facts();
    EXPECT_EQ(counted.users, 2U);
    EXPECT_EQ(counted.assignments, 2U);
    EXPECT_EQ(counted.last_run->kind, sync::RunKind::admin);
}

TEST_P(AdminContract, NodesThatAnEditUsedAreNeverGivenAgain) {
    EXPECT_EQ(found({}).next_node, 0U);
    fill();
    EXPECT_EQ(found({}).next_node, 12U);
    EXPECT_EQ(facts().next_node, 12U);
    reopen();
    EXPECT_EQ(found({}).next_node, 12U);
}

TEST_P(AdminContract, AnErrorOrNothingToWriteWritesNothing) {
    EXPECT_TRUE(edit({}));
    const auto refuse = [](const AdminFacts&) -> Result<AdminPlan> {
        return Error(ErrorCode::refused, "no");
    };
    const auto refused = store().admin().edit({}, refuse, {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::refused);
    EXPECT_THAT(column(view("v1_runs"), "run_id"), IsEmpty());
}

// semantics 5.7: all or nothing.
TEST_P(AdminContract, AnEditThatCannotBeWrittenLeavesNoTrace) {
    AdminPlan plan;
    plan.rows.users = {created(1, a_user(1, "alice"))};
    plan.assignments = {assigned(1, PrincipalType::user, 1)};  // of a permission set that is not there
    EXPECT_FALSE(edit(plan));
    EXPECT_THAT(column(view("v1_users"), "user_id"), IsEmpty());
    EXPECT_THAT(column(view("v1_changes"), "seq"), IsEmpty());
    EXPECT_EQ(facts().next_node, 0U);
    EXPECT_EQ(facts().assignments, 0U);
}

TEST_P(AdminContract, FactsAreWhatWasAskedForOnce) {
    fill();
    AdminKeys keys;
    keys.user_names = {sync::name_key("ALICE@corp.example.com"), sync::name_key("nobody")};
    keys.emails = {sync::name_key("alice@example.com"), sync::name_key("bob@example.com"), 0};
    keys.group_names = {sync::name_key("staff@corp.example.com")};
    keys.permission_sets = {sync::name_key("LOOK")};
    const auto facts = found(keys);
    EXPECT_THAT(nodes_of(facts), ElementsAre(1, 2, 11));
    EXPECT_EQ(facts.users[0].id, id_of_node(1));
    EXPECT_EQ(facts.users[0].row, a_user(1, "alice"));
    EXPECT_EQ(facts.groups[0].row, a_group(11, "staff"));
    EXPECT_THAT(facts.permission_sets, ElementsAre(sync::PermissionSet{set_id, "look", "may look"}));
    EXPECT_THAT(facts.memberships, IsEmpty());
    EXPECT_THAT(facts.assignments, IsEmpty());
    EXPECT_EQ(facts.source.kind, sync::SourceKind::directory);
}

TEST_P(AdminContract, FactsAreFoundByIdAndExternalId) {
    fill();
    AdminKeys keys;
    keys.ids = {id_of_node(2), id_of_node(11), other_set_id, id_of_node(77)};
    keys.external_ids = {to_text(guid_of_node(1))};
    const auto facts = found(keys);
    EXPECT_THAT(nodes_of(facts), ElementsAre(1, 2, 11));
    ASSERT_EQ(facts.permission_sets.size(), 1U);
    EXPECT_EQ(facts.permission_sets[0].id, other_set_id);
}

// Of an identity provider it is any text, and case counts.
TEST_P(AdminContract, AnExternalIdMayBeAnyText) {
    sync::UserRow row = a_user(7, "pushed");
    row.external_id = "00u1/Ab c";
    sync::GroupRow group = a_group(17, "pushed");
    group.external_id = "00g1";
    sync::Plan plan;
    plan.users = {created(7, row), created(8, a_user(8, "local"))};
    plan.users[1].after.external_id.clear();
    plan.groups = {created(17, group)};
    apply(plan);
    AdminKeys keys;
    keys.external_ids = {"00u1/Ab c", "00g1"};
    EXPECT_THAT(nodes_of(found(keys)), ElementsAre(7, 17));
    keys.external_ids = {"00U1/Ab c", "00G1", ""};
    EXPECT_THAT(nodes_of(found(keys)), IsEmpty());
    EXPECT_THAT(column(view("v1_users").where("external_id", "00u1/Ab c"), "user_id"),
                ElementsAre(id_text(7)));
    EXPECT_THAT(column(view("v1_users").where("external_id", "00u1/ab c"), "user_id"), IsEmpty());
    EXPECT_THAT(column(view("v1_users").where("external_id", ""), "user_id"), IsEmpty());
}

TEST_P(AdminContract, MembershipsAreFoundWithTheirUsers) {
    fill();
    AdminKeys keys;
    keys.user_names = {sync::name_key("alice@corp.example.com")};
    keys.memberships = true;
    EXPECT_THAT(found(keys).memberships, IsEmpty()) << "the group was not asked for";
    keys.group_names = {sync::name_key("staff@corp.example.com")};
    EXPECT_THAT(found(keys).memberships, ElementsAre(Edge{11, 1}));
    keys.group_names.clear();
    keys.memberships = false;
    keys.groups_of_users = true;
    const auto facts = found(keys);
    EXPECT_THAT(facts.memberships, ElementsAre(Edge{11, 1}));
    EXPECT_THAT(nodes_of(facts), ElementsAre(1, 11));
}

TEST_P(AdminContract, AssignmentsAreFoundWithWhatTheyName) {
    fill();
    AdminKeys by_id;
    by_id.ids = {uuid_of<RowId>(2, 0xa5)};
    auto facts = found(by_id);
    EXPECT_THAT(nodes_of(facts), ElementsAre(11));
    EXPECT_EQ(facts.permission_sets.size(), 1U);
    EXPECT_THAT(facts.assignments, ElementsAre(assigned(2, PrincipalType::group, 11).assignment));

    AdminKeys by_principal;
    by_principal.user_names = {sync::name_key("alice@corp.example.com")};
    by_principal.assignments_of_principals = true;
    EXPECT_THAT(found(by_principal).assignments, ElementsAre(assigned(1, PrincipalType::user, 1).assignment));

    AdminKeys by_set;
    by_set.permission_sets = {sync::name_key("look")};
    by_set.assignments_of_permission_sets = true;
    facts = found(by_set);
    EXPECT_EQ(facts.assignments.size(), 2U);
    EXPECT_THAT(nodes_of(facts), ElementsAre(1, 11));
}

TEST_P(AdminContract, RemovalsComeBeforeCreatesSoThatNamesAreFree) {
    fill();
    AdminPlan plan;
    plan.assignments = {assigned(1, PrincipalType::user, 1), assigned(2, PrincipalType::group, 11)};
    for (auto& change : plan.assignments) change.action = sync::Action::remove;
    plan.permission_sets = {set_created(set_id, "look"), set_created(uuid_of<RowId>(3, 0x5e), "LOOK")};
    plan.permission_sets[0].action = sync::Action::remove;
    plan.assignments.push_back(assigned(3, PrincipalType::user, 2, uuid_of<RowId>(3, 0x5e)));
    write(plan);
    EXPECT_THAT(column(view("v1_permission_sets").by("name"), "name"), ElementsAre("LOOK", "change"));
    EXPECT_THAT(column(view("v1_assignments"), "principal_id"), ElementsAre(id_text(2)));
    EXPECT_THAT(column(view("v1_changes").after(8), "action"),
                ElementsAre("delete", "delete", "delete", "create", "create"));
    EXPECT_EQ(facts().assignments, 1U);
}

// semantics 4.1
TEST_P(AdminContract, AssignmentsOutliveTheirPrincipalAndKeepItsLastName) {
    fill();
    sync::Plan gone;
    gone.users = {removed(1, a_user(1, "alice"))};
    apply(gone);
    EXPECT_THAT(column(view("v1_assignments").where("principal_id", id_text(1)), "dangling"),
                ElementsAre("1"));
    const auto listed = store().admin().assignments();
    ASSERT_TRUE(listed) << listed.error().message();
    ASSERT_EQ(listed->size(), 2U);
    EXPECT_EQ((*listed)[0].principal_name, "alice@corp.example.com");
    EXPECT_TRUE((*listed)[0].dangling);
    EXPECT_TRUE((*listed)[0].external_id.empty());
    EXPECT_EQ((*listed)[1].principal_name, "staff@corp.example.com");
    EXPECT_FALSE((*listed)[1].dangling);
    EXPECT_EQ((*listed)[1].external_id, to_text(guid_of_node(11)));
    EXPECT_EQ((*listed)[1].permission_set_name, "look");
}

// semantics 5.10: what is pruned takes its names along, and assignments stay.
TEST_P(AdminContract, APrunedJournalLeavesTheAssignments) {
    fill();
    ASSERT_TRUE(store().prune_journal(noon + Duration{1}));
    EXPECT_THAT(column(view("v1_changes"), "seq"), IsEmpty());
    EXPECT_EQ(facts().assignments, 2U);
    AdminPlan plan;
    plan.assignments = {assigned(1, PrincipalType::user, 1)};
    plan.assignments[0].action = sync::Action::remove;
    write(plan);
    EXPECT_THAT(lines(), ElementsAre(HasSubstr("delete principal: look on app {")));
}

DIRSYNC_FOR_EVERY_STORE(AdminContract);

}  // namespace
}  // namespace dirsync::store::testing
