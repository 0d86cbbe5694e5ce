#include "tests/contract/sources_fixture.hpp"

namespace dirsync::store::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

DIRSYNC_FOR_EVERY_STORE(SourcesContract);

// semantics 1.3: what goes with a change to Active Directory, and what is kept.
TEST_P(SourcesContract, AChangeToActiveDirectoryRemovesAllButPermissionSets) {
    fill();
    const auto seq_before = lines().size();
    const sync::SourceRecord target = ad();
    const auto changed = change_to(target);
    const auto now = facts();
    EXPECT_EQ(now.users + now.groups + now.memberships + now.assignments, 0u);
    EXPECT_EQ(now.source, target);
    EXPECT_EQ(now.cursor.generation, 0u);
    EXPECT_THAT(loaded().users, IsEmpty());
    EXPECT_THAT(column(view("v1_permission_sets"), "name"), ElementsAre("Admin"));
    // semantics 5.10: a line each.
    std::vector<std::string> actions;
    for (const auto& row :
         rows(view("v1_changes").after(static_cast<std::int64_t>(seq_before)).by("seq")).rows) {
        actions.push_back(text_in(row[3]) + " " + text_in(row[4]) + " " + text_in(row[6]));
        EXPECT_EQ(text_in(row[9]), "the identity source changed");
    }
    EXPECT_THAT(actions,
                UnorderedElementsAre("remove_member GROUP staff@corp.example.com",
                                     "remove_member GROUP staff@corp.example.com",
                                     "delete GROUP staff@corp.example.com",
                                     "delete USER alice@corp.example.com", "delete USER bob@corp.example.com",
                                     "delete ASSIGNMENT alice@corp.example.com: Admin on billing",
                                     "delete ASSIGNMENT staff@corp.example.com: Admin on wiki"));
    EXPECT_EQ(column(view("v1_runs").by("-run_id").page(1, 0), "kind").front(), "source_change");
    const auto& counts = changed.run.counts;
    EXPECT_THAT(counts, ::testing::Contains(std::pair<std::string, std::uint64_t>("users_removed", 2)));
    EXPECT_THAT(counts, ::testing::Contains(std::pair<std::string, std::uint64_t>("assignments_removed", 2)));
    reopen();
    EXPECT_EQ(facts().source, target);
    EXPECT_EQ(column(view("v1_identity_source"), "identity").front(), "active_directory:corp.example.com");
}

// semantics 1.3: a pair without Active Directory keeps everything, under the same store id.
TEST_P(SourcesContract, AChangeToAnIdentityProviderKeepsEverything) {
    fill();
    sync::SourceRecord target = idp();
    target.store_id = facts().source.store_id;
    const auto before = lines();
    const auto changed = change_to(target);
    EXPECT_THAT(names(), SizeIs(2));
    EXPECT_EQ(facts().assignments, 2u);
    EXPECT_EQ(facts().memberships, 2u);
    EXPECT_EQ(lines(), before);
    ASSERT_THAT(snapshots(), SizeIs(1));  // semantics 1.5: every change first takes one
    EXPECT_EQ(snapshots()[0].id, changed.snapshot_id);
    EXPECT_FALSE(snapshots()[0].parked);
    EXPECT_EQ(snapshots()[0].users, 2u);
}

// semantics 1.5: the built-in directory's own users come back under their ids, without assignments.
TEST_P(SourcesContract, TheWayBackBringsParkedUsersWithTheirIdsAndNoAssignment) {
    fill();
    change_to(ad());
    sync::Plan plan;
    plan.users = {created(10, a_user(10, "alice"))};  // the same name, from the directory
    apply(plan);
    reopen();
    change_to(record(sync::SourceKind::directory));
    EXPECT_THAT(column(view("v1_users").by("user_id"), "user_id"),
                UnorderedElementsAre(id_text(1), id_text(2)));
    EXPECT_THAT(column(view("v1_groups"), "group_id"), ElementsAre(id_text(3)));
    EXPECT_EQ(facts().memberships, 2u);
    EXPECT_EQ(facts().assignments, 0u);
    for (std::size_t i = 0; i < 2; ++i) EXPECT_FALSE(snapshots().at(i).parked);
    // Only once.
    change_to(ad());
    EXPECT_EQ(facts().users, 0u);
}

// semantics 1.5: beside those of an identity provider, who are kept; not those whose name or e-mail is taken.
TEST_P(SourcesContract, ParkedUsersComeBackBesideThoseOfAProvider) {
    fill();
    sync::Plan more;
    more.users = {created(4, local_user(4, "dave")), created(5, local_user(5, "erin"))};
    more.memberships = {member_added(3, 4), member_added(3, 5)};
    apply(more);
    change_to(ad());
    change_to(idp());
    sync::Plan pushed;
    pushed.users = {created(20, local_user(20, "alice")), created(21, local_user(21, "frank"))};
    pushed.users[1].after.email = more.users[1].after.email;
    apply(pushed);
    const auto changed = change_to(record(sync::SourceKind::directory));
    EXPECT_THAT(names(), ElementsAre("alice@corp.example.com", "bob@corp.example.com",
                                     "dave@corp.example.com", "frank@corp.example.com"));
    EXPECT_THAT(column(view("v1_users").by("user_name"), "user_id"),
                ElementsAre(id_text(20), id_text(2), id_text(4), id_text(21)));
    EXPECT_THAT(column(view("v1_groups"), "group_id"), ElementsAre(id_text(3)));
    EXPECT_EQ(facts().memberships, 3u) << "alice, bob and dave";
    EXPECT_THAT(changed.run.counts,
                ::testing::Contains(std::pair<std::string, std::uint64_t>("users_created", 2)));
    for (const auto& snapshot : snapshots()) EXPECT_FALSE(snapshot.parked);
}

TEST_P(SourcesContract, AChangeFromWhatTheStoreIsNoLongerIsRefused) {  // semantics 1.6
    fill();
    sync::SourceChange change;
    change.from_generation = facts().cursor.generation + 1;
    change.from = facts().source;
    change.to = ad();
    EXPECT_EQ(store().sources().change(change).error().code(), ErrorCode::cursor_moved);
    change.from_generation = facts().cursor.generation;
    change.from.store_id = random_row_id();
    EXPECT_EQ(store().sources().change(change).error().code(), ErrorCode::cursor_moved);
    EXPECT_EQ(facts().users, 2u);
    EXPECT_THAT(snapshots(), IsEmpty());
}

TEST_P(SourcesContract, AnEmptyStoreTakesNoSnapshot) {
    EXPECT_EQ(change_to(ad()).snapshot_id, "");
    EXPECT_THAT(snapshots(), IsEmpty());
}

// semantics 1.4: it is remembered with the change, and forgotten when asked to.
TEST_P(SourcesContract, AUsedConsentIsRemembered) {
    fill();
    EXPECT_EQ(*store().sources().used_consent(), std::nullopt);
    const sync::SourcePair pair{"directory", "active_directory:corp.example.com"};
    ASSERT_TRUE(try_change(ad(), pair));
    reopen();
    EXPECT_EQ(*store().sources().used_consent(), pair);
    ASSERT_TRUE(store().sources().forget_consent());
    EXPECT_EQ(*store().sources().used_consent(), std::nullopt);
}

// A bounded number of snapshots, never without the last one of the built-in directory.
TEST_P(SourcesContract, OldSnapshotsGoButNotTheLastOfTheBuiltInDirectory) {
    fill();
    const std::string built_in = change_to(ad()).snapshot_id;
    for (Node node = 100; node < 100 + 2 * sync::SourceStore::kept_snapshots; ++node) {
        sync::Plan plan;
        plan.users = {created(node, a_user(node, "user" + std::to_string(node)))};
        apply(plan);
        change_to(ad());
    }
    const auto all = snapshots();
    EXPECT_EQ(all.size(), sync::SourceStore::kept_snapshots);
    EXPECT_EQ(all.front().id, built_in);
    EXPECT_TRUE(all.front().parked);
    change_to(record(sync::SourceKind::directory));
    EXPECT_EQ(facts().users, 2u);
}

// The portable form carries everything, also in pieces; it is never parked.
TEST_P(SourcesContract, ASnapshotTravelsAsLines) {
    fill();
    const std::string id = change_to(ad()).snapshot_id;
    const std::string lines = lines_of(*store().sources().contents(id));
    auto elsewhere = make_memory_store([] { return noon; });
    for (int i = 0; i < 2; ++i) {
        const auto contents = sync::parsed_snapshot(lines);
        ASSERT_TRUE(contents) << contents.error().message();
        ASSERT_TRUE(elsewhere->sources().import(*contents));
    }
    EXPECT_EQ(lines_of(*elsewhere->sources().contents(id)), lines);
    EXPECT_FALSE(elsewhere->sources().snapshots()->front().parked);
    const auto report = elsewhere->sources().restore(id, false, noon);
    ASSERT_TRUE(report) << report.error().message();
    EXPECT_EQ(report->users, 2u);
    EXPECT_EQ(report->assignments, 2u);
    // And into the kind of store under test.
    change_to(record(sync::SourceKind::directory));
    auto contents = *elsewhere->sources().contents(id);
    contents.about.id = to_text(id_of_node(77));
    ASSERT_TRUE(store().sources().import(contents));
    EXPECT_EQ(restore(contents.about.id).assignments, 2u);
    EXPECT_EQ(facts().users, 2u);
}

}  // namespace
}  // namespace dirsync::store::testing
