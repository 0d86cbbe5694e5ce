#include "store_fixture.hpp"

namespace dirsync::store::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class RunsContract : public StoreContract {};

// contract, SQL: v1_runs; ids are UUID text and sort in the order of the runs, even when the clock jumps.
TEST_P(RunsContract, RunsAreListed) {
    sync::RunRecord run;
    run.started = noon;
    run.ended = noon + Duration{2};
    run.kind = sync::RunKind::full;
    run.trigger = "start";
    run.outcome = sync::Outcome::partial;
    run.counts = {{"users_created", 3}, {"skipped", 0}};
    run.error = "dc1 \"went\" away";
    ASSERT_TRUE(store().record_run(run));
    sync::RunRecord earlier = run;
    earlier.ended = noon - Duration{86400};
    earlier.outcome = sync::Outcome::ok;
    earlier.error.clear();
    ASSERT_TRUE(store().record_run(earlier));
    reopen();
    sync::Plan plan;
    plan.users = {created(1, a_user(1, "alice"))};
    apply(plan, noon + Duration{9});

    const sync::Rows found = rows(view("v1_runs"));
    EXPECT_THAT(found.columns, ElementsAre("run_id", "started_at", "ended_at", "kind", "trigger", "outcome",
                                           "counts", "error", "actor", "note", "hold_id"));
    ASSERT_EQ(found.rows.size(), 3U);
    EXPECT_THAT(std::vector(found.rows[0].begin() + 1, found.rows[0].end()),
                ElementsAre(sync::Value(std::string(noon_text)), sync::Value("2026-09-21T14:13:22Z"),
                            sync::Value("full"), sync::Value("start"), sync::Value("partial"),
                            sync::Value(R"({"users_created":3,"skipped":0})"),
                            sync::Value("dc1 \"went\" away"), sync::Value(), sync::Value(), sync::Value()));
    EXPECT_EQ(found.rows[1][7], sync::Value());
    const auto ids = column(view("v1_runs").by("run_id"), "run_id");
    EXPECT_EQ(ids, column(view("v1_runs"), "run_id"));
    for (const std::string& id : ids) {
        EXPECT_TRUE(parse_uuid(id)) << id;
        EXPECT_EQ(id[14], '7');
    }
    EXPECT_THAT(column(view("v1_changes"), "run_id"), ElementsAre(ids[2]));
    ASSERT_TRUE(facts().last_run);
    EXPECT_EQ(facts().last_run->ended, noon + Duration{9});
    EXPECT_EQ(facts().last_run->kind, sync::RunKind::incremental);
    EXPECT_EQ(facts().last_run->trigger, "schedule");
}

// Old lines and runs go, what is left keeps its numbers, and no number comes twice.
TEST_P(RunsContract, PruningCutsTheOldEnd) {
    sync::Plan plan;
    plan.users = {created(1, a_user(1, "alice")), created(2, a_user(2, "bob"))};
    plan.groups = {created(11, a_group(11, "staff"))};
    plan.memberships = {member_added(11, 1)};
    apply(plan, noon);
    sync::Plan second;
    second.users = {updated(1, a_user(1, "alice"), a_user(1, "alicia")), removed(2, a_user(2, "bob"))};
    apply(second, noon + Duration{100});
    sync::Plan third;
    third.memberships = {member_removed(11, 1)};
    apply(third, noon + Duration{200});

    ASSERT_TRUE(store().prune_journal(noon + Duration{100}));
    EXPECT_THAT(column(view("v1_changes"), "seq"), ElementsAre("5", "6", "7"));
    EXPECT_THAT(column(view("v1_changes"), "name"),
                ElementsAre("bob@corp.example.com", "alicia@corp.example.com", "staff@corp.example.com"));
    EXPECT_EQ(rows(view("v1_runs")).rows.size(), 2U);
    ASSERT_TRUE(store().prune_journal(noon + Duration{1000}));
    EXPECT_TRUE(lines().empty());
    EXPECT_TRUE(rows(view("v1_runs")).rows.empty());
    reopen();
    sync::Plan fourth;
    fourth.memberships = {member_added(11, 1)};
    apply(fourth, noon + Duration{2000});
    EXPECT_THAT(column(view("v1_changes"), "seq"), ElementsAre("8"));
    EXPECT_THAT(lines()[0], HasSubstr("add_member staff@corp.example.com"));
    EXPECT_THAT(lines()[0], HasSubstr("alicia@corp.example.com"));
}

DIRSYNC_FOR_EVERY_STORE(RunsContract);

}  // namespace
}  // namespace dirsync::store::testing
