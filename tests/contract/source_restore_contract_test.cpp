#include "tests/contract/sources_fixture.hpp"

namespace dirsync::store::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class SourceRestoreContract : public SourcesContract {};
DIRSYNC_FOR_EVERY_STORE(SourceRestoreContract);

// semantics 1.5: by id, externalId, userName and displayName; what found no match is listed.
TEST_P(SourceRestoreContract, ARestoreBringsAssignmentsBackToThoseThatMatch) {
    fill();
    const std::string snapshot = change_to(ad()).snapshot_id;
    sync::Plan plan;
    sync::UserRow alice = a_user(10, "alice");
    alice.user_name = "ALICE@corp.example.com";  // compared without case
    plan.users = {created(10, alice)};
    apply(plan);
    const auto report = restore(snapshot);
    EXPECT_THAT(report.note, HasSubstr("only assignments"));
    EXPECT_EQ(report.users + report.groups, 0u);
    EXPECT_EQ(report.assignments, 1u);
    EXPECT_THAT(report.unmatched,
                ElementsAre(sync::NamedAssignment{"GROUP", "staff@corp.example.com", "Admin", "wiki"}));
    EXPECT_THAT(column(view("v1_assignments"), "principal_id"), ElementsAre(id_text(10)));
    // A second restore finds it there, and writes nothing.
    const auto runs = rows(view("v1_runs")).rows.size();
    const auto again = restore(snapshot);
    EXPECT_EQ(again.assignments, 0u);
    EXPECT_EQ(again.present, 1u);
    EXPECT_EQ(rows(view("v1_runs")).rows.size(), runs);
    // semantics 1.5: the rest follows once it can.
    plan = {};
    plan.groups = {created(11, a_group(11, "staff"))};
    apply(plan);
    EXPECT_EQ(restore(snapshot).assignments, 1u);
    EXPECT_EQ(facts().assignments, 2u);
}

TEST_P(SourceRestoreContract, AnExternalIdMatchesBeforeAName) {  // semantics 1.5
    sync::Plan plan;
    plan.users = {created(1, a_user(1, "alice"))};
    apply(plan);
    assign(id_of_node(1), sync::PrincipalType::user, "billing", 600);
    const std::string snapshot = change_to(ad()).snapshot_id;
    sync::UserRow renamed = a_user(10, "alicia");
    renamed.external_id = sync::external_id_of(guid_of_node(1));
    plan.users = {created(10, renamed), created(11, a_user(11, "alice"))};
    apply(plan);
    EXPECT_EQ(restore(snapshot, true).assignments, 1u);
    EXPECT_THAT(column(view("v1_assignments"), "principal_id"), ElementsAre(id_text(10)));
}

// semantics 4.2: under the same source an externalId that is gone does not come back by its name.
TEST_P(SourceRestoreContract, ASuccessorOfTheSameNameGetsNoAssignment) {
    change_to(ad());
    sync::Plan plan;
    plan.users = {created(1, a_user(1, "alice"))};
    apply(plan);
    assign(id_of_node(1), sync::PrincipalType::user, "billing", 600);
    const std::string snapshot = change_to(record(sync::SourceKind::directory)).snapshot_id;
    change_to(ad());
    plan.users = {created(10, a_user(10, "alice"))};
    apply(plan);
    const auto report = restore(snapshot);
    EXPECT_EQ(report.assignments, 0u);
    EXPECT_THAT(report.unmatched, SizeIs(1));
}

TEST_P(SourceRestoreContract, UnderTheBuiltInDirectoryUsersAndGroupsComeBackAsWell) {  // semantics 1.5
    change_to(ad());
    sync::Plan plan;
    plan.users = {created(1, a_user(1, "alice")), created(2, a_user(2, "bob"))};
    plan.groups = {created(3, a_group(3, "staff"))};
    plan.memberships = {member_added(3, 1), member_added(3, 2)};
    apply(plan);
    assign(id_of_node(3), sync::PrincipalType::group, "wiki", 601);
    const std::string snapshot = change_to(record(sync::SourceKind::directory)).snapshot_id;
    EXPECT_EQ(facts().users, 0u);
    const auto report = restore(snapshot);
    EXPECT_EQ(report.users, 2u);
    EXPECT_EQ(report.groups, 1u);
    EXPECT_EQ(report.memberships, 2u);
    EXPECT_EQ(report.assignments, 1u);
    EXPECT_THAT(names(), ElementsAre("alice@corp.example.com", "bob@corp.example.com"));
    EXPECT_EQ(column(view("v1_assignments"), "dangling").front(), "0");
    const auto again = restore(snapshot);
    EXPECT_EQ(again.users + again.groups + again.memberships + again.assignments, 0u);
}

TEST_P(SourceRestoreContract, AUserWhoseEmailSomebodyElseHasIsListedAndLeftOut) {  // semantics 1.5, 3.5
    change_to(ad());
    sync::Plan plan;
    plan.users = {created(1, a_user(1, "alice"))};
    apply(plan);
    const std::string snapshot = change_to(record(sync::SourceKind::directory)).snapshot_id;
    sync::UserRow other = local_user(7, "carol");
    other.email = "Alice@Example.com";
    plan.users = {created(7, other)};
    apply(plan);
    const auto report = restore(snapshot);
    EXPECT_EQ(report.users, 0u);
    EXPECT_THAT(report.conflicts, ElementsAre(HasSubstr("belongs to carol@corp.example.com")));
}

TEST_P(SourceRestoreContract, APermissionSetThatIsGoneIsMadeAgain) {  // semantics 1.5
    fill();
    const std::string snapshot = change_to(ad()).snapshot_id;
    sync::AdminKeys keys;
    keys.permission_sets = {sync::name_key("Admin")};
    const auto decide = [&](const sync::AdminFacts&) -> Result<sync::AdminPlan> {
        sync::AdminPlan plan;
        plan.permission_sets.push_back({sync::Action::remove, admin_set});
        return plan;
    };
    ASSERT_TRUE(store().admin().edit(keys, decide, {}));
    sync::Plan plan;
    plan.users = {created(10, a_user(10, "alice"))};
    apply(plan);
    const auto report = restore(snapshot);
    EXPECT_EQ(report.permission_sets, 1u);
    EXPECT_EQ(report.assignments, 1u);
    EXPECT_THAT(column(view("v1_permission_sets"), "description"), ElementsAre("everything"));
}

TEST_P(SourceRestoreContract, AFrozenStoreRestoresNothing) {  // semantics 1.4
    fill();
    const std::string snapshot = change_to(ad()).snapshot_id;
    sync::SourceRecord source = facts().source;
    source.change_pending = true;
    ASSERT_TRUE(store().set_source(source));
    const auto report = store().sources().restore(snapshot, false, noon);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code(), ErrorCode::held);
}

}  // namespace
}  // namespace dirsync::store::testing
