#include "model/seams/source_store.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "model/source_identity.hpp"
#include "tests/contract/store_fixture.hpp"

namespace dirsync::store::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

sync::SourceRecord record(sync::SourceKind kind, const std::string& identity = "") {
    sync::SourceRecord source;
    source.kind = kind;
    source.identity = identity;
    source.store_id = random_row_id();
    source.since = noon;
    if (kind == sync::SourceKind::active_directory)
        source.domains = {{"corp.example.com", guid_of_node(900)}};
    return source;
}
sync::SourceRecord ad() {
    return record(sync::SourceKind::active_directory, "active_directory:corp.example.com");
}
sync::SourceRecord idp() {
    return record(sync::SourceKind::external_idp, "external_idp:https://idp.example.com");
}

/// Two users in a group, an assignment to one of them and one to the group.
class SourcesContract : public StoreContract {
protected:
    const sync::PermissionSet admin_set{id_of_node(500), "Admin", "everything"};

    void fill() {
        sync::Plan plan;
        plan.users = {created(1, local_user(1, "alice")), created(2, local_user(2, "bob"))};
        plan.groups = {created(3, local_group(3, "staff"))};
        plan.memberships = {member_added(3, 1), member_added(3, 2)};
        apply(plan);
        assign(id_of_node(1), sync::PrincipalType::user, "billing", 600);
        assign(id_of_node(3), sync::PrincipalType::group, "wiki", 601);
    }
    /// As admins make them: no directory knows them.
    static sync::UserRow local_user(Node node, const std::string& name) {
        sync::UserRow row = a_user(node, name);
        row.external_id = {};
        row.sid.clear();
        return row;
    }
    static sync::GroupRow local_group(Node node, const std::string& name) {
        sync::GroupRow row = a_group(node, name);
        row.external_id = {};
        return row;
    }

    void assign(const RowId& principal, sync::PrincipalType type, const std::string& target, Node id) {
        sync::AdminKeys keys;
        keys.permission_sets = {sync::name_key(admin_set.name)};
        const auto decide = [&](const sync::AdminFacts& facts) -> Result<sync::AdminPlan> {
            sync::AdminPlan plan;
            if (facts.permission_sets.empty())
                plan.permission_sets.push_back({sync::Action::create, admin_set});
            plan.assignments.push_back(
                {sync::Action::create, {id_of_node(id), type, principal, admin_set.id, target}, "", "Admin"});
            return plan;
        };
        sync::RunRecord run;
        run.kind = sync::RunKind::admin;
        run.ended = noon;
        const auto done = store().admin().edit(keys, decide, run);
        ASSERT_TRUE(done) << done.error().message();
    }

    Result<sync::SourceChanged> try_change(const sync::SourceRecord& to,
                                           std::optional<sync::SourcePair> consent = {}) {
        sync::SourceChange change;
        change.from_generation = facts().cursor.generation;
        change.from = facts().source;
        change.to = to;
        change.used_consent = std::move(consent);
        change.run.kind = sync::RunKind::source_change;
        change.run.trigger = "admin";
        change.run.started = change.run.ended = noon;
        return store().sources().change(change);
    }
    sync::SourceChanged change_to(const sync::SourceRecord& to) {
        auto changed = try_change(to);
        EXPECT_TRUE(changed) << changed.error().message();
        return changed ? *changed : sync::SourceChanged{};
    }
    sync::RestoreReport restore(const std::string& id, bool assignments_only = false) {
        auto report = store().sources().restore(id, assignments_only, noon);
        EXPECT_TRUE(report) << report.error().message();
        return report ? std::move(*report) : sync::RestoreReport{};
    }
    std::vector<sync::Snapshot> snapshots() {
        auto all = store().sources().snapshots();
        EXPECT_TRUE(all) << all.error().message();
        return all ? std::move(*all) : std::vector<sync::Snapshot>{};
    }
    std::vector<std::string> names() { return column(view("v1_users").by("user_name"), "user_name"); }
};
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

// semantics 1.5: by id, externalId, userName and displayName; what found no match is listed.
TEST_P(SourcesContract, ARestoreBringsAssignmentsBackToThoseThatMatch) {
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

TEST_P(SourcesContract, AnExternalIdMatchesBeforeAName) {  // semantics 1.5
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
TEST_P(SourcesContract, ASuccessorOfTheSameNameGetsNoAssignment) {
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

TEST_P(SourcesContract, UnderTheBuiltInDirectoryUsersAndGroupsComeBackAsWell) {  // semantics 1.5
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

TEST_P(SourcesContract, AUserWhoseEmailSomebodyElseHasIsListedAndLeftOut) {  // semantics 1.5, 3.5
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

TEST_P(SourcesContract, APermissionSetThatIsGoneIsMadeAgain) {  // semantics 1.5
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

TEST_P(SourcesContract, AFrozenStoreRestoresNothing) {  // semantics 1.4
    fill();
    const std::string snapshot = change_to(ad()).snapshot_id;
    sync::SourceRecord source = facts().source;
    source.change_pending = true;
    ASSERT_TRUE(store().set_source(source));
    const auto report = store().sources().restore(snapshot, false, noon);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code(), ErrorCode::held);
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

/// A store of many users and their groups, on the disk.
void fill_many(sync::IdentityStore& store, Node users) {
    sync::Plan plan;
    for (Node node = 1; node <= users; ++node)
        plan.users.push_back(created(node, a_user(node, "user" + std::to_string(node))));
    for (Node node = 1; node <= users / 100; ++node)
        plan.groups.push_back(created(users + node, a_group(users + node, "group" + std::to_string(node))));
    for (Node node = 1; node <= users; ++node) {
        for (Node i = 0; i < 3; ++i)
            plan.memberships.push_back(member_added(users + 1 + (node + i * 7) % (users / 100), node));
    }
    const auto done = store.commit(commit_of(plan, 0));
    ASSERT_TRUE(done) << done.error().message();
}

Result<sync::SourceChanged> to_ad(sync::IdentityStore& store) {
    sync::SourceChange change;
    change.from = store.facts()->source;
    change.to = ad();
    change.run.kind = sync::RunKind::source_change;
    change.run.ended = noon;
    return store.sources().change(change);
}

TEST(SourcesOnSqlite, AFullDiskLeavesTheOldState) {  // semantics 1.6
    TempFolder folder;
    SqliteOptions options;
    options.path = folder.file("identity.db");
    fill_many(*open_store(options.path), 3000);
    options.max_pages = static_cast<std::int64_t>(std::filesystem::file_size(options.path) / 4096) + 50;
    auto full = open_sqlite(options);
    ASSERT_TRUE(full);
    const auto changed = to_ad(**full);
    ASSERT_FALSE(changed);
    EXPECT_EQ(changed.error().code(), ErrorCode::store_unavailable);
    EXPECT_EQ((*full)->facts()->users, 3000u);
    EXPECT_EQ((*full)->facts()->source.kind, sync::SourceKind::directory);
    EXPECT_TRUE((*full)->sources().snapshots()->empty());
    full->reset();
    auto roomy = open_store(options.path);
    EXPECT_TRUE(to_ad(*roomy));
    EXPECT_EQ(roomy->facts()->users, 0u);
    EXPECT_TRUE(roomy->check_integrity());
}

// DIRSYNC_USERS=100000 for the figure of docs/operating.md.
TEST(SourcesOnSqlite, ALargeStoreChangesWithinSeconds) {
    const char* number = std::getenv("DIRSYNC_USERS");
    const Node users = number == nullptr ? 5000 : static_cast<Node>(std::atoi(number));
    TempFolder folder;
    auto store = open_store(folder.file("identity.db"));
    fill_many(*store, users);
    const auto begin = std::chrono::steady_clock::now();
    ASSERT_TRUE(to_ad(*store));
    const auto there = std::chrono::steady_clock::now();
    sync::SourceChange back;
    back.from = store->facts()->source;
    back.to = record(sync::SourceKind::directory);
    back.run.ended = noon;
    ASSERT_TRUE(store->sources().change(back));
    const std::chrono::duration<double> forth = there - begin;
    const std::chrono::duration<double> home = std::chrono::steady_clock::now() - there;
    std::printf("%u users: removed in %.2f s, back in %.2f s\n", users, forth.count(), home.count());
    EXPECT_EQ(store->facts()->users, users);
    EXPECT_LT(forth.count(), 60);
}

TEST(SnapshotLines, SayWhichLineIsWrong) {
    EXPECT_THAT(sync::parsed_snapshot("").error().message(), HasSubstr("empty"));
    EXPECT_THAT(sync::parsed_snapshot("{}").error().message(), HasSubstr("line 1"));
    sync::SnapshotContents contents;
    contents.about = {to_text(id_of_node(1)), noon, sync::SourceKind::directory, "directory",
                      "active_directory:a"};
    const std::string head = lines_of(contents);
    ASSERT_TRUE(sync::parsed_snapshot(head));
    for (const std::string bad :
         {"no json", "[]", R"({"kind":"camel"})", R"({"kind":"user","user_id":"x"})"}) {
        const auto parsed = sync::parsed_snapshot(head + bad + "\n");
        ASSERT_FALSE(parsed) << bad;
        EXPECT_EQ(parsed.error().code(), ErrorCode::refused);
        EXPECT_THAT(parsed.error().message(), HasSubstr("line 2"));
    }
}

}  // namespace
}  // namespace dirsync::store::testing
