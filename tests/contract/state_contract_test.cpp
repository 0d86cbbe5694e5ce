#include "store_fixture.hpp"
#include "sync/fold.hpp"

namespace dirsync::store::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

class StateContract : public StoreContract {
protected:
    static sync::MirrorUpsert object(Node node, sync::EntryKind kind, const std::string& dn) {
        sync::MirrorUpsert upsert;
        upsert.row.node = node;
        upsert.row.guid = guid_of_node(node);
        upsert.row.kind = kind;
        upsert.dn = dn;
        upsert.attributes = std::string("\0\1packed\xff", 9);
        return hashed(std::move(upsert));
    }
    static sync::MirrorUpsert hashed(sync::MirrorUpsert upsert) {
        upsert.row.hash = sync::hash_of(upsert.row, upsert.dn, upsert.attributes);
        return upsert;
    }
    static sync::Hold hold(const std::string& id, sync::HoldClass hold_class, std::vector<Node> nodes,
                           Time since) {
        sync::Hold out;
        out.id = id;
        out.hold = hold_class;
        for (const Node node : nodes) out.objects.emplace_back(guid_of_node(node), ObjectGuid{});
        out.limit = "500 or 10%";
        out.sample = {"alice", "b\"ob"};
        out.since = since;
        return out;
    }
    static sync::Plan holding(std::vector<sync::Hold> holds) {
        sync::Plan plan;
        plan.holds = std::move(holds);
        return plan;
    }
    static sync::EntityError fault(Node node, const std::string& code, const std::string& message) {
        return {guid_of_node(node), "S-1-5-21-9", node >= 10, "name" + std::to_string(node), code, message};
    }
};

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

// semantics 5.3: an id keeps its `since`; a hold ends with its reason.
TEST_P(StateContract, HoldsAreReplacedAndKeepTheirBeginning) {
    const auto first = hold("h1", sync::HoldClass::remove_users, {1, 2, 3}, noon);
    apply(holding({first, hold("h2", sync::HoldClass::absent, {4}, noon)}));
    reopen();
    auto later = first;
    later.since = noon + Duration{600};
    later.sample = {"carol"};
    apply(holding({later}), noon + Duration{600});
    const auto holds = facts().holds;
    ASSERT_EQ(holds.size(), 1U);
    EXPECT_EQ(holds[0].id, "h1");
    EXPECT_EQ(holds[0].hold, sync::HoldClass::remove_users);
    EXPECT_EQ(holds[0].objects, first.objects);
    EXPECT_EQ(holds[0].limit, "500 or 10%");
    EXPECT_THAT(holds[0].sample, ElementsAre("carol"));
    EXPECT_EQ(holds[0].since, noon);
}

// semantics 5.3: what the guards counted is there after a restart, and goes when nothing asks for it.
TEST_P(StateContract, WhatWentThroughTheGuardsIsCounted) {
    using sync::HoldClass;
    sync::Plan plan;
    const auto counted = [&](sync::GuardTally tally) {
        plan.errors = {fault(1, "InvalidValue", std::to_string(facts().cursor.generation))};
        sync::Commit commit = commit_of(plan, facts().cursor.generation);
        commit.cursor = facts().cursor;
        commit.cursor->generation = commit.from_generation + 1;
        commit.tally = std::move(tally);
        ASSERT_TRUE(store().commit(commit));
    };
    const auto loaded = [&] {
        reopen();
        LoadedState state;
        EXPECT_TRUE(store().load(state));
        return state.guard_counts;
    };
    const Time later = noon + Duration{60};
    const sync::GuardCount users{HoldClass::remove_users, {}, noon, 3};
    const sync::GuardCount members{HoldClass::remove_members_of_group, guid_of_node(7), noon, 2};
    counted({{}, Time::min(), {users, members}});
    EXPECT_THAT(loaded(), UnorderedElementsAre(users, members));

    counted({{}, Time::min(), {users, {HoldClass::remove_users, {}, later, 1}}});
    const sync::GuardCount twice{HoldClass::remove_users, {}, noon, 6};
    EXPECT_THAT(loaded(), UnorderedElementsAre(twice, members,
                                               sync::GuardCount{HoldClass::remove_users, {}, later, 1}));

    counted({{{HoldClass::remove_users, {}}}, Time::min(), {}});
    EXPECT_THAT(loaded(), UnorderedElementsAre(members)) << "an approval begins anew, for its class alone";

    counted({{}, noon, {{HoldClass::rename_users, {}, later, 4}}});
    EXPECT_THAT(loaded(), UnorderedElementsAre(sync::GuardCount{HoldClass::rename_users, {}, later, 4}));
}

// semantics 5.3: an approval covers the objects that were listed when it was given, until it is used.
TEST_P(StateContract, AnApprovalStaysUntilItIsUsed) {
    const auto held = hold("h1", sync::HoldClass::remove_users, {1, 2}, noon);
    apply(holding({held}));
    EXPECT_EQ(store().approve("h0", asked("approve")).error().code(), ErrorCode::not_found);
    ASSERT_TRUE(store().approve("h1", asked("approve")));
    EXPECT_EQ(store().approve("h1", asked("approve"))->objects, held.objects)
        << "approving twice is approving once";
    reopen();
    ASSERT_EQ(facts().approvals.size(), 1U);

    // The set grew in the meantime: another id, the same approval.
    apply(holding({hold("h2", sync::HoldClass::remove_users, {1, 2, 3}, noon)}));
    ASSERT_EQ(facts().approvals.size(), 1U);
    EXPECT_EQ(facts().approvals[0].hold_id, "h1");
    EXPECT_EQ(facts().approvals[0].hold, sync::HoldClass::remove_users);
    EXPECT_EQ(facts().approvals[0].objects, held.objects);

    sync::Commit unrelated;
    unrelated.settings_fingerprint = "x";
    ASSERT_TRUE(store().commit(unrelated));
    EXPECT_EQ(facts().approvals.size(), 1U) << "a commit without a plan says nothing about holds";

    const sync::Plan plan = holding({hold("h2", sync::HoldClass::remove_users, {1, 2, 3}, noon)});
    sync::Commit use = commit_of(plan, 0);
    use.approvals_used = {"h1"};
    ASSERT_TRUE(store().commit(use));
    EXPECT_TRUE(facts().approvals.empty());
}

TEST_P(StateContract, AnApprovalEndsWhenNothingOfItIsHeld) {
    apply(holding({hold("h1", sync::HoldClass::remove_users, {1, 2}, noon)}));
    ASSERT_TRUE(store().approve("h1", asked("approve")));
    apply(holding({hold("h3", sync::HoldClass::disable_users, {1, 2}, noon),
                   hold("h4", sync::HoldClass::remove_users, {7}, noon)}));
    EXPECT_TRUE(facts().approvals.empty());
}

// A part of what is held may be approved by itself, and another part besides.
TEST_P(StateContract, AnApprovalMayCoverAPart) {
    apply(holding({hold("h1", sync::HoldClass::enable_users, {1, 2, 3}, noon)}));
    const auto some = [](std::initializer_list<sync::Node> nodes) {
        std::vector<ObjectGuid> guids;
        for (const auto node : nodes) guids.push_back(guid_of_node(node));
        return guids;
    };
    EXPECT_EQ(store().approve("h1", asked("approve"), some({7})).error().code(), ErrorCode::not_found);
    EXPECT_TRUE(facts().approvals.empty());
    EXPECT_EQ(store().approve("h1", asked("approve"), some({2, 7}))->objects.size(), 1U);
    ASSERT_TRUE(store().approve("h1", asked("approve"), some({3})));
    reopen();
    ASSERT_EQ(facts().approvals.size(), 1U);
    EXPECT_EQ(facts().approvals[0].hold, sync::HoldClass::enable_users);
    EXPECT_THAT(facts().approvals[0].objects, UnorderedElementsAre(sync::HeldObject{guid_of_node(2), {}},
                                                                   sync::HeldObject{guid_of_node(3), {}}));
}

// semantics 5.14, 2.10: the classes have words of their own, and are read back as what they are.
TEST_P(StateContract, EveryClassOfHoldsIsKept) {
    using sync::HoldClass;
    const HoldClass classes[] = {HoldClass::enable_users, HoldClass::clear_attribute, HoldClass::scope_edit};
    std::vector<sync::Hold> holds;
    for (const auto one : classes) holds.push_back(hold("h-" + std::string(text_of(one)), one, {1, 2}, noon));
    apply(holding(holds));
    reopen();
    for (const auto& found : facts().holds) EXPECT_EQ(found.id, "h-" + std::string(text_of(found.hold)));
    EXPECT_EQ(facts().holds.size(), 3U);
}

// semantics 2.10: an entry of the scope that lost its object is told from one that never had any.
TEST_P(StateContract, APinMayHaveLostItsObject) {
    sync::Commit commit;
    commit.pins = {{{"groups: CORP\\gone", ObjectGuid{}}, {"users: a", guid_of_node(4)}}};
    ASSERT_TRUE(store().commit(commit));
    reopen();
    EXPECT_EQ(facts().pins, *commit.pins);
}

// semantics 5.3, 5.13: what was counted in the future goes with the next count.
TEST_P(StateContract, CountsOfTheFutureGo) {
    const auto counted = [&](Time at, Time forget_after) {
        sync::Plan plan;
        plan.errors = {fault(1, "InvalidValue", std::to_string(facts().cursor.generation))};
        sync::Commit commit = commit_of(plan, facts().cursor.generation);
        commit.cursor = facts().cursor;
        commit.cursor->generation = commit.from_generation + 1;
        commit.tally.passed = {{sync::HoldClass::disable_users, {}, at, 3}};
        commit.tally.forget_after = forget_after;
        ASSERT_TRUE(store().commit(commit));
    };
    counted(noon + Duration{86400}, noon + Duration{86400});
    counted(noon, noon);
    reopen();
    LoadedState state;
    ASSERT_TRUE(store().load(state));
    EXPECT_THAT(state.guard_counts,
                UnorderedElementsAre(sync::GuardCount{sync::HoldClass::disable_users, {}, noon, 3}));
}

// semantics 5.13: the time is remembered with what is written anyway; that it is in doubt is worth a run.
TEST_P(StateContract, TheTimeIsRemembered) {
    EXPECT_EQ(facts().time, sync::StoredTime());
    const auto wrote = [this](sync::StoredTime time, const std::string& fingerprint) {
        const auto runs = rows(view("v1_runs")).rows.size();
        sync::Commit commit;
        commit.from_generation = facts().cursor.generation;
        commit.settings_fingerprint = fingerprint;
        commit.time = time;
        commit.run.ended = noon;
        EXPECT_TRUE(store().commit(commit));
        reopen();
        return rows(view("v1_runs")).rows.size() > runs;
    };
    EXPECT_FALSE(wrote({noon, false, false}, "")) << "alone it is not worth a transaction";
    EXPECT_EQ(facts().time, sync::StoredTime());
    EXPECT_TRUE(wrote({noon, false, false}, "x"));
    EXPECT_EQ(facts().time, (sync::StoredTime{noon, false, false}));
    EXPECT_TRUE(wrote({noon, true, false}, "x"));
    EXPECT_FALSE(wrote({noon, true, false}, "x"));
    EXPECT_EQ(facts().time, (sync::StoredTime{noon, true, false}));
    ASSERT_TRUE(store().set_paused(noon, true, asked("pause")));
    EXPECT_TRUE(wrote({noon - Duration{60}, false, false}, "x")) << "also downwards";
    EXPECT_EQ(facts().time, (sync::StoredTime{noon - Duration{60}, false, true}));
    ASSERT_TRUE(store().set_paused(noon, false, asked("pause")));
    EXPECT_FALSE(facts().time.pause_in_doubt);
}

// semantics 4.5: a pause survives a restart.
TEST_P(StateContract, APauseSurvives) {
    ASSERT_TRUE(store().set_paused(noon, true, asked("pause")));
    reopen();
    EXPECT_TRUE(facts().paused);
    EXPECT_EQ(facts().paused_since, noon);
    EXPECT_TRUE(facts().time.pause_in_doubt);
    ASSERT_TRUE(store().set_paused(std::nullopt, true, asked("resume")));
    reopen();
    EXPECT_FALSE(facts().paused);
    EXPECT_FALSE(facts().time.pause_in_doubt) << "nothing of it outlives the pause";
}

TEST_P(StateContract, TheSourceIsShown) {
    sync::SourceRecord source;
    source.kind = sync::SourceKind::active_directory;
    source.identity = "active_directory:corp.example.com";
    source.domains = {{"corp.example.com", guid_of_node(900)}};
    source.store_id = id_of_node(901);
    source.since = noon;
    source.change_pending = true;
    ASSERT_TRUE(store().set_source(source));
    reopen();
    EXPECT_EQ(facts().source, source);
    EXPECT_THAT(
        rows(view("v1_identity_source")).rows,
        ElementsAre(ElementsAre(sync::Value("active_directory"),
                                sync::Value("active_directory:corp.example.com"), sync::Value(id_text(901)),
                                sync::Value(std::string(noon_text)), sync::Value("change_pending"))));
    source.change_pending = false;
    sync::Commit commit;
    commit.source = source;
    ASSERT_TRUE(store().commit(commit));
    EXPECT_EQ(facts().source, source);
}

DIRSYNC_FOR_EVERY_STORE(StateContract);

}  // namespace
}  // namespace dirsync::store::testing
