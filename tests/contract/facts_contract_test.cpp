#include "tests/contract/state_fixture.hpp"

namespace dirsync::store::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

/// What the store remembers beside rows and mirror.
class FactsContract : public StateContract {};

// semantics 5.3: an id keeps its `since`; a hold ends with its reason.
TEST_P(FactsContract, HoldsAreReplacedAndKeepTheirBeginning) {
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
TEST_P(FactsContract, WhatWentThroughTheGuardsIsCounted) {
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
TEST_P(FactsContract, AnApprovalStaysUntilItIsUsed) {
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

TEST_P(FactsContract, AnApprovalEndsWhenNothingOfItIsHeld) {
    apply(holding({hold("h1", sync::HoldClass::remove_users, {1, 2}, noon)}));
    ASSERT_TRUE(store().approve("h1", asked("approve")));
    apply(holding({hold("h3", sync::HoldClass::disable_users, {1, 2}, noon),
                   hold("h4", sync::HoldClass::remove_users, {7}, noon)}));
    EXPECT_TRUE(facts().approvals.empty());
}

// A part of what is held may be approved by itself, and another part besides.
TEST_P(FactsContract, AnApprovalMayCoverAPart) {
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
TEST_P(FactsContract, EveryClassOfHoldsIsKept) {
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
TEST_P(FactsContract, APinMayHaveLostItsObject) {
    sync::Commit commit;
    commit.pins = {{{"groups: CORP\\gone", ObjectGuid{}}, {"users: a", guid_of_node(4)}}};
    ASSERT_TRUE(store().commit(commit));
    reopen();
    EXPECT_EQ(facts().pins, *commit.pins);
}

// semantics 5.3, 5.13: what was counted in the future goes with the next count.
TEST_P(FactsContract, CountsOfTheFutureGo) {
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
TEST_P(FactsContract, TheTimeIsRemembered) {
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
TEST_P(FactsContract, APauseSurvives) {
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

TEST_P(FactsContract, TheSourceIsShown) {
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

DIRSYNC_FOR_EVERY_STORE(FactsContract);

}  // namespace
}  // namespace dirsync::store::testing
