#include "model/seams/history_store.hpp"
#include "store_fixture.hpp"

namespace dirsync::store::testing {
namespace {

using ::testing::ElementsAre;

class HistoryContract : public StoreContract {
protected:
    std::vector<std::string> rewound(const std::string& run_id) {
        std::vector<std::string> lines;
        const auto run = store().history().rewind(run_id, [&lines](const sync::ChangeLine& line) {
            lines.push_back(std::string(text_of(line.action)) + " " + std::string(text_of(line.object_type)) +
                            " " + line.name + " " + line.before + " " + line.after);
            return Result<void>();
        });
        EXPECT_TRUE(run) << run.error().message();
        return lines;
    }
    std::string latest_run() { return column(view("v1_runs").by("run_id"), "run_id").back(); }
    void remember(std::vector<sync::Reverted> reverted) {
        sync::Commit commit;
        commit.from_generation = facts().cursor.generation;
        commit.reverted = std::move(reverted);
        commit.run.ended = noon;
        const auto done = store().commit(commit);
        ASSERT_TRUE(done) << done.error().message();
    }
};

// semantics 5.10: a run's lines, the last one first; those of other runs are not among them.
TEST_P(HistoryContract, ARunIsReadBackwards) {
    sync::Plan first;
    first.users = {created(1, a_user(1, "alice"))};
    apply(first);
    sync::Plan second;
    second.groups = {created(11, a_group(11, "staff"))};
    second.memberships = {member_added(11, 1)};
    apply(second, noon + Duration{60});
    const std::string run = latest_run();
    sync::Plan third;
    third.memberships = {member_removed(11, 1)};
    apply(third, noon + Duration{120});

    const auto lines = rewound(run);
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_EQ(lines[0], "add_member GROUP staff@corp.example.com  {\"user_id\":\"" + id_text(1) +
                            "\",\"user_name\":\"alice@corp.example.com\"}");
    EXPECT_TRUE(lines[1].starts_with("create GROUP staff@corp.example.com  {"));
    const auto record = store().history().rewind(run, [](const sync::ChangeLine&) { return Result<void>(); });
    ASSERT_TRUE(record);
    EXPECT_EQ(record->ended, noon + Duration{60});
    EXPECT_EQ(record->trigger, "schedule");
}

TEST_P(HistoryContract, ARunWithoutLinesAndOneThatIsNotThere) {
    sync::RunRecord failed;
    failed.ended = noon;
    failed.outcome = sync::Outcome::failed;
    ASSERT_TRUE(store().record_run(failed));
    EXPECT_TRUE(rewound(latest_run()).empty());
    const auto none = store().history().rewind("0190aaaa-0000-7000-8000-000000000000",
                                               [](const sync::ChangeLine&) { return Result<void>(); });
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code(), ErrorCode::not_found);
}

// By the order in which runs were written: the later one here has the earlier time.
TEST_P(HistoryContract, TheLatestRunOfAKindIsFound) {
    EXPECT_FALSE(store().history().last_run(sync::RunKind::admin).value());
    sync::RunRecord run;
    run.kind = sync::RunKind::admin;
    run.ended = noon;
    ASSERT_TRUE(store().record_run(run));
    run.ended = noon - Duration{3600};
    ASSERT_TRUE(store().record_run(run));
    const std::string latest = latest_run();
    run.kind = sync::RunKind::full;
    run.ended = noon + Duration{60};
    ASSERT_TRUE(store().record_run(run));
    reopen();
    const auto found = store().history().last_run(sync::RunKind::admin);
    ASSERT_TRUE(found && *found);
    EXPECT_EQ(to_text(**found), latest);
    EXPECT_FALSE(store().history().last_run(sync::RunKind::source_change).value());
}

TEST_P(HistoryContract, AReaderThatGivesUpIsAnError) {
    sync::Plan plan;
    plan.users = {created(1, a_user(1, "alice"))};
    apply(plan);
    const auto broken = store().history().rewind(latest_run(), [](const sync::ChangeLine&) {
        return Result<void>(Error(ErrorCode::store_unavailable, "enough"));
    });
    ASSERT_FALSE(broken);
    EXPECT_EQ(broken.error().code(), ErrorCode::store_unavailable);
    EXPECT_EQ(broken.error().message(), "enough");
    EXPECT_EQ(rewound(latest_run()).size(), 1U);
}

// semantics 5.13: who was disabled when, for what is only put back.
TEST_P(HistoryContract, TheStatusOfAUserIsTold) {
    auto alice = a_user(1, "alice");
    alice.attributes = {{"status", "x"}};
    auto bob = a_user(2, "bob");
    bob.status = sync::Status::disabled;
    sync::Plan first;
    first.users = {created(1, alice), created(2, bob)};
    apply(first, noon);
    auto renamed = alice;
    renamed.user_name = "alicia@corp.example.com";
    sync::Plan second;
    second.users = {updated(1, alice, renamed)};
    apply(second, noon + Duration{60});
    auto gone = renamed;
    gone.status = sync::Status::disabled;
    sync::Plan third;
    third.users = {updated(1, renamed, gone)};
    third.users[0].reason = sync::Reason::paused_too_long;
    apply(third, noon + Duration{120});

    const std::vector<RowId> ids{id_of_node(2), id_of_node(3), id_of_node(1)};
    const auto statuses = store().history().statuses(ids);
    ASSERT_TRUE(statuses) << statuses.error().message();
    using Line = sync::HistoryStore::StatusLine;
    ASSERT_EQ(statuses->size(), 3U);
    EXPECT_EQ((*statuses)[0], (std::vector<Line>{{noon, sync::Status::disabled}}));
    EXPECT_TRUE((*statuses)[1].empty());
    EXPECT_EQ((*statuses)[2], (std::vector<Line>{{noon, sync::Status::enabled},
                                                 {noon + Duration{120}, sync::Status::disabled, true}}));
}

TEST_P(HistoryContract, RowsAreFoundById) {
    sync::Plan plan;
    plan.users = {created(1, a_user(1, "alice"))};
    plan.groups = {created(11, a_group(11, "staff"))};
    apply(plan);
    const auto user = store().history().user(id_of_node(1));
    ASSERT_TRUE(user && *user);
    EXPECT_EQ((*user)->node, 1U);
    EXPECT_EQ((*user)->row, a_user(1, "alice"));
    const auto group = store().history().group(id_of_node(11));
    ASSERT_TRUE(group && *group);
    EXPECT_EQ((*group)->node, 11U);
    EXPECT_EQ((*group)->row, a_group(11, "staff"));
    EXPECT_FALSE(store().history().user(id_of_node(11)).value());
    EXPECT_FALSE(store().history().group(id_of_node(1)).value());
}

// What was undone is remembered over restarts, replaced as a whole; the same again writes nothing (5.6).
TEST_P(HistoryContract, WhatWasRevertedIsRemembered) {
    const sync::Reverted deletion{{guid_of_node(1), {}}, sync::Action::remove, ""};
    const sync::Reverted update{{guid_of_node(2), {}}, sync::Action::update, R"({"status":"DISABLED"})"};
    const sync::Reverted member{{guid_of_node(11), guid_of_node(2)}, sync::Action::create, ""};
    remember({deletion, update, member});
    reopen();
    EXPECT_THAT(facts().reverted, ElementsAre(deletion, update, member));
    const auto runs = rows(view("v1_runs")).rows.size();
    remember({deletion, update, member});
    EXPECT_EQ(rows(view("v1_runs")).rows.size(), runs);
    sync::Reverted other = update;
    other.undone = R"({"user_name":"x"})";
    remember({other, member});
    reopen();
    EXPECT_THAT(facts().reverted, ElementsAre(other, member));
    remember({});
    EXPECT_TRUE(facts().reverted.empty());
}

TEST_P(HistoryContract, RefusedCredentialsAreRemembered) {  // semantics 5.8
    EXPECT_FALSE(store().history().refusal().value());
    const sync::HistoryStore::Refusal refusal{"the file of Monday", noon};
    ASSERT_TRUE(store().history().set_refusal(refusal));
    reopen();
    EXPECT_EQ(store().history().refusal().value(), refusal);
    const sync::HistoryStore::Refusal later{"the file of Tuesday", noon + Duration{60}};
    ASSERT_TRUE(store().history().set_refusal(later));
    EXPECT_EQ(store().history().refusal().value(), later);
    ASSERT_TRUE(store().history().set_refusal(std::nullopt));
    EXPECT_FALSE(store().history().refusal().value());
}

// A row that comes without an object in the mirror takes its number for good.
TEST_P(HistoryContract, NumbersOfRowsAreNotGivenTwice) {
    sync::Plan plan;
    plan.users = {created(7, a_user(7, "alice"))};
    apply(plan);
    EXPECT_EQ(facts().next_node, 8U);
}

DIRSYNC_FOR_EVERY_STORE(HistoryContract);

}  // namespace
}  // namespace dirsync::store::testing
