#include "tests/contract/state_fixture.hpp"

namespace dirsync::store::testing {
namespace {

using ::testing::ElementsAre;

bool same(const sync::MirrorRow& a, const sync::MirrorRow& b) {
    return a.node == b.node && a.guid == b.guid && a.kind == b.kind && a.domain == b.domain &&
           a.disabled == b.disabled && a.missing == b.missing && a.deleted == b.deleted &&
           a.missing_since == b.missing_since && a.in_filter == b.in_filter && a.parent == b.parent &&
           a.primary_group_rid == b.primary_group_rid && a.expires == b.expires && a.hash == b.hash &&
           a.followed == b.followed && a.unplaced == b.unplaced && a.mangled == b.mangled && a.sid == b.sid;
}

TEST_P(StateContract, ANewStoreIsEmptyAndHasAnIdOfItsOwn) {
    const sync::StoredFacts first = facts();
    EXPECT_EQ(first.cursor.generation, 0U);
    EXPECT_EQ(first.next_node, 0U);
    EXPECT_FALSE(first.paused);
    EXPECT_FALSE(first.last_run);
    EXPECT_EQ(first.source.kind, sync::SourceKind::directory);
    EXPECT_FALSE(first.source.store_id.is_nil());
    EXPECT_EQ(first.source.since, noon);
    reopen();
    EXPECT_EQ(facts().source, first.source);
    EXPECT_THAT(rows(view("v1_identity_source")).rows,
                ElementsAre(ElementsAre(sync::Value("directory"), sync::Value("directory"),
                                        sync::Value(to_text(first.source.store_id)),
                                        sync::Value(std::string(noon_text)), sync::Value("active"))));
}

// semantics 5.7: the mirror comes back as it was written, in the order of the port.
TEST_P(StateContract, TheMirrorComesBack) {
    sync::MirrorUpsert container = object(0, sync::EntryKind::container, "OU=Staff,DC=corp");
    sync::MirrorUpsert user = object(1, sync::EntryKind::user, "CN=\xc3\x84,OU=Staff,DC=corp");
    user.row.domain = 3;
    user.row.disabled = true;
    user.row.in_filter = true;
    user.row.parent = 0;
    user.row.primary_group_rid = 0xfffffff0U;
    user.row.expires = -5;
    user.row.followed = true;
    user.row.unplaced = true;
    user.row.mangled = true;
    user.row.sid = parse_sid("S-1-5-21-4294967295-2-3-513");
    user = hashed(std::move(user));
    sync::MirrorUpsert group = object(2, sync::EntryKind::group, "CN=g");
    group.row.missing = true;
    group.row.missing_since = noon;
    group.row.deleted = true;
    sync::MirrorDelta delta;
    delta.upserts = {group, user, container};
    delta.edges_added = {{2, 1}, {2, 0}, {1, 2}};
    apply(delta);
    reopen();

    const LoadedState state = loaded();
    ASSERT_EQ(state.objects.size(), 3U);
    EXPECT_TRUE(same(state.objects[0], container.row));
    EXPECT_TRUE(same(state.objects[1], user.row));
    EXPECT_TRUE(same(state.objects[2], group.row));
    EXPECT_THAT(state.containers, ElementsAre(std::pair<Node, std::string>(0, "OU=Staff,DC=corp")));
    EXPECT_THAT(state.edges, ElementsAre(Edge{1, 2}, Edge{2, 0}, Edge{2, 1}));
    EXPECT_EQ(facts().next_node, 3U);
    const std::vector<Node> nodes{1, 77, 0};
    const auto texts = *store().mirror_texts(nodes);
    ASSERT_EQ(texts.size(), 3U);
    EXPECT_EQ(texts[0].dn, user.dn);
    EXPECT_EQ(texts[0].attributes, user.attributes);
    EXPECT_EQ(texts[1].dn, "");
    EXPECT_EQ(texts[2].dn, container.dn);
}

TEST_P(StateContract, ARowUpdateLeavesDnAndAttributes) {
    sync::MirrorDelta delta;
    delta.upserts = {object(1, sync::EntryKind::user, "CN=alice")};
    apply(delta);
    sync::MirrorRow row = delta.upserts[0].row;
    row.missing = true;
    row.missing_since = noon;
    sync::MirrorDelta update;
    update.row_updates = {row};
    apply(update);
    EXPECT_TRUE(same(loaded().objects.at(0), row));
    const auto text = store().mirror_texts(std::vector<Node>{1})->at(0);
    EXPECT_EQ(text.dn, "CN=alice");
    EXPECT_EQ(text.attributes, delta.upserts[0].attributes);
}

// A removed object goes with its edges, those that lead to it as well; its node is never given again.
TEST_P(StateContract, ARemovedObjectTakesItsEdgesAlong) {
    sync::MirrorDelta delta;
    for (Node node = 1; node <= 4; ++node)
        delta.upserts.push_back(object(node, sync::EntryKind::group, "CN=g"));
    delta.edges_added = {{1, 2}, {1, 3}, {2, 3}, {3, 4}, {4, 3}};
    apply(delta);
    sync::MirrorDelta removal;
    removal.removed = {3, 4};
    removal.edges_removed = {{1, 2}, {2, 3}};
    apply(removal);
    EXPECT_THAT(loaded().edges, ElementsAre());
    ASSERT_TRUE(store().prune_journal(Time{}));
    reopen();
    EXPECT_EQ(loaded().objects.size(), 2U);
    EXPECT_THAT(loaded().edges, ElementsAre());
    EXPECT_EQ(facts().next_node, 5U);
}

// An object that changed and was settled in the same cycle is gone.
TEST_P(StateContract, RemovalWinsWithinOneDelta) {
    sync::MirrorDelta delta;
    delta.upserts = {object(1, sync::EntryKind::group, "CN=a"), object(2, sync::EntryKind::user, "CN=b"),
                     object(3, sync::EntryKind::user, "CN=c")};
    delta.row_updates = {delta.upserts[1].row};
    delta.edges_added = {{1, 2}, {1, 3}, {2, 3}};
    delta.removed = {2};
    apply(delta);
    reopen();
    EXPECT_EQ(loaded().objects.size(), 2U);
    EXPECT_THAT(loaded().edges, ElementsAre(Edge{1, 3}));
    EXPECT_EQ(facts().next_node, 4U);
}

// semantics 5.7: cursor, pins and fingerprint move with the rest.
TEST_P(StateContract, TheCursorComesBack) {
    sync::Commit commit;
    commit.cursor.emplace();
    sync::DomainFacts& domain = commit.cursor->domains.emplace_back();
    domain.domain = 1;
    domain.dns_name = "corp.example.com";
    domain.netbios_name = "CORP";
    domain.base_dn = "DC=corp,DC=example,DC=com";
    domain.guid = guid_of_node(900);
    domain.sid = *parse_sid("S-1-5-21-1-2-3");
    domain.server = "ldaps://dc1.corp.example.com";
    domain.detection = "full";
    domain.detection_reason = "the account may not use DirSync";
    domain.cookie = std::string("\0\xffMSDS", 6);
    domain.at = {"CN=NTDS Settings,CN=DC1", guid_of_node(901), 0xffffffffffffffffULL};
    domain.watermarks = {domain.at, {"CN=NTDS Settings,CN=DC2", guid_of_node(902), 7}};
    domain.whole = {"CN=NTDS Settings,CN=DC1", guid_of_node(901), 5};
    domain.unreadable = {"mail"};
    domain.seen = {{"CN=NTDS Settings,CN=DC1", guid_of_node(901), 7, true}};
    commit.cursor->attribute_names = {"sn", "givenName"};
    commit.pins = {{{"groups:CORP\\Staff", guid_of_node(5)}, {"users:\"a\"", guid_of_node(4)}}};
    commit.settings_fingerprint = "abc";
    commit.run.ended = noon;
    ASSERT_TRUE(store().commit(commit));
    reopen();
    const sync::StoredFacts found = facts();
    EXPECT_EQ(found.cursor.generation, 1U);
    EXPECT_EQ(found.cursor.domains, commit.cursor->domains);
    EXPECT_EQ(found.cursor.attribute_names, commit.cursor->attribute_names);
    EXPECT_EQ(found.pins, *commit.pins);
    EXPECT_EQ(found.settings_fingerprint, "abc");

    commit.from_generation = 1;
    commit.pins = {{{"users:b", guid_of_node(6)}}};
    ASSERT_TRUE(store().commit(commit));
    EXPECT_EQ(facts().pins, *commit.pins);
    EXPECT_EQ(facts().cursor.generation, 2U);
}

// Compare-and-set: who reckoned from another state writes nothing.
TEST_P(StateContract, ACommitFromAnotherGenerationIsRefused) {
    sync::Plan plan;
    plan.users = {created(1, a_user(1, "alice"))};
    const auto refused = store().commit(commit_of(plan, 1));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::cursor_moved);
    EXPECT_EQ(refused.error().error_class(), ErrorClass::conflict);
    EXPECT_EQ(facts().users, 0U);
    EXPECT_FALSE(facts().last_run);
}

// semantics 5.6: no row, no run, no line.
TEST_P(StateContract, ACommitThatChangesNothingLeavesNoTrace) {
    sync::Plan plan;
    plan.users = {created(1, a_user(1, "alice"))};
    plan.errors = {fault(5, "InvalidValue", "too long")};
    plan.holds = {hold("h1", sync::HoldClass::absent, {5}, noon)};
    sync::Commit first = commit_of(plan, 0);
    first.pins = {{{"users:a", guid_of_node(1)}}};
    first.settings_fingerprint = "abc";
    first.source = facts().source;
    ASSERT_TRUE(store().commit(first));
    EXPECT_EQ(rows(view("v1_runs")).rows.size(), 1U);

    sync::Plan same_again = plan;
    same_again.users = {updated(1, a_user(1, "alice"), a_user(1, "alice"))};
    const sync::MirrorDelta nothing;
    sync::Commit second = first;
    second.plan = &same_again;
    second.mirror = &nothing;
    second.approvals_used = {"unknown"};
    second.run.ended = noon + Duration{60};
    ASSERT_TRUE(store().commit(second));
    EXPECT_EQ(rows(view("v1_runs")).rows.size(), 1U);
    EXPECT_EQ(lines().size(), 1U);
    EXPECT_THAT(column(view("v1_users"), "revision"), ElementsAre("1"));
}

// semantics 3.4: listed since the fault began; gone when the object is fine.
TEST_P(StateContract, AnEntityErrorKeepsItsBeginning) {
    sync::Plan plan;
    plan.errors = {fault(1, "ConflictError", "taken by bob"), fault(11, "InvalidValue", "too long")};
    apply(plan);
    EXPECT_THAT(facts().errors, ElementsAre(plan.errors[0], plan.errors[1]));
    EXPECT_THAT(
        rows(view("v1_entity_errors").where("object_type", "GROUP")).rows,
        ElementsAre(ElementsAre(sync::Value(to_text(guid_of_node(11))), sync::Value("S-1-5-21-9"),
                                sync::Value("GROUP"), sync::Value("name11"), sync::Value("InvalidValue"),
                                sync::Value("too long"), sync::Value(std::string(noon_text)))));

    sync::Plan later;
    later.errors = {fault(1, "ConflictError", "taken by bob"), fault(11, "InvalidValue", "too short")};
    later.errors[0].name = "renamed";
    apply(later, noon + Duration{60});
    const sync::ViewQuery all = view("v1_entity_errors").by("external_id");
    EXPECT_THAT(column(all, "since"), ElementsAre(noon_text, "2026-09-21T14:14:20Z"));
    EXPECT_THAT(column(all, "name"), ElementsAre("renamed", "name11"));

    sync::Plan mended;
    mended.errors = {fault(1, "", ""), fault(3, "", "")};
    apply(mended);
    EXPECT_THAT(column(all, "message"), ElementsAre("too short"));
}

DIRSYNC_FOR_EVERY_STORE(StateContract);

}  // namespace
}  // namespace dirsync::store::testing
