#include <gtest/gtest.h>

#include "store/memory/store.hpp"
#include "tests/support/sync_bench.hpp"

namespace dirsync::testing {
namespace {

std::string at(const std::string& name) { return name + "@corp.example.com"; }

constexpr Duration day{86400};

class Pause : public ::testing::Test {
protected:
    Pause() {
        auto& staff = ad.add_group("staff");
        alice = ad.add_user("alice").guid;
        const auto bob = ad.add_user("bob").guid;
        ad.object(bob).disabled = true;
        staff.members = {alice, bob};
        bench.settings.scope.groups = {scope_name(at("staff"))};
        bench.settings.lifecycle.paused_disable_after = 28 * day;
        bench.cycle();
    }
    void pause() {
        EXPECT_TRUE(bench.store()
                        .set_paused(bench.now, false, sync::run_of_admin("pause", {}, bench.now))
                        .has_value());
    }
    void resume() {
        EXPECT_TRUE(bench.store()
                        .set_paused(std::nullopt, false, sync::run_of_admin("resume", {}, bench.now))
                        .has_value());
    }
    std::string status_of(const std::string& name) { return bench.users().at(at(name))["status"]; }

    SyncBench bench{store::make_memory_store()};
    ModelDirectory& ad = bench.directory;
    ObjectGuid alice;
};

TEST_F(Pause, ALongOneDisablesEverybodyAndResumingCatchesUp) {  // semantics 4.5
    pause();
    bench.now += 28 * day - Duration(1);
    EXPECT_FALSE(bench.cycle().wrote);
    EXPECT_EQ(status_of("alice"), "ENABLED");
    EXPECT_EQ(bench.status().pause_end, bench.now + Duration(1));

    const auto reads = ad.reads();
    const auto members = bench.memberships();
    bench.now += Duration(1);
    // The guards do not hold what the admin asked for.
    bench.settings.safety.disable_users = {0, 0};
    const auto report = bench.cycle();
    EXPECT_TRUE(report.wrote);
    EXPECT_TRUE(report.paused);
    EXPECT_EQ(report.changes, 1u);
    EXPECT_EQ(status_of("alice"), "DISABLED");
    EXPECT_EQ(bench.memberships(), members);
    EXPECT_EQ(ad.reads(), reads);
    EXPECT_EQ(bench.rows("v1_changes", "seq").back()["reason"], "paused for too long");
    EXPECT_EQ(bench.rows("v1_runs", "run_id").back()["trigger"], "pause");
    EXPECT_FALSE(bench.cycle().wrote);
    EXPECT_FALSE(bench.status().pause_end);

    bench.restart();
    bench.now += 10 * day;
    EXPECT_FALSE(bench.cycle().wrote);
    resume();
    EXPECT_TRUE(bench.cycle().wrote);
    EXPECT_EQ(status_of("alice"), "ENABLED");
    EXPECT_EQ(status_of("bob"), "DISABLED");
    EXPECT_FALSE(bench.cycle(true).wrote);
}

// contract: 3 where sync is paused; a plan says all the same what a run would do.
TEST_F(Pause, APlanSaysThatSyncIsPaused) {
    pause();
    ad.object(alice).disabled = true;
    const auto plan = bench.dry_run();
    EXPECT_TRUE(plan.paused);
    EXPECT_EQ(plan.lines.size(), 1u);
    EXPECT_EQ(plan.exit_code(true), 3);
    resume();
    const auto resumed = bench.dry_run();
    EXPECT_FALSE(resumed.paused);
    EXPECT_EQ(resumed.exit_code(true), 2);
}

TEST_F(Pause, NobodyWhoWasDisabledInTheMeantimeIsEnabled) {  // semantics 4.5
    pause();
    bench.now += 30 * day;
    bench.cycle();
    ad.object(alice).disabled = true;
    resume();
    bench.cycle();
    EXPECT_EQ(status_of("alice"), "DISABLED");
}

TEST_F(Pause, NeverIsTheDefaultAndAFailingDirectoryIsNoPause) {  // semantics 4.5
    EXPECT_FALSE(sync::LifecycleSettings{}.paused_disable_after);
    ad.refuse(ErrorCode::unreachable);
    for (int i = 0; i < 4; ++i) {
        bench.now += 28 * day;
        EXPECT_TRUE(bench.cycle().error.has_value());
    }
    EXPECT_EQ(status_of("alice"), "ENABLED");
    bench.settings.lifecycle.paused_disable_after.reset();
    pause();
    bench.now += 1000 * day;
    EXPECT_FALSE(bench.cycle().wrote);
    EXPECT_EQ(status_of("alice"), "ENABLED");
}

// semantics 1.4: the store is frozen from the first cycle after the pause on, and nothing is disabled before.
TEST_F(Pause, NobodyIsDisabledWhileTheConfigurationNamesAnotherSource) {
    pause();
    bench.source_kind = sync::SourceKind::directory;
    bench.restart();
    bench.now += 30 * day;
    EXPECT_FALSE(bench.cycle().wrote);
    EXPECT_EQ(status_of("alice"), "ENABLED");
    EXPECT_FALSE(bench.status().pause_end);
    bench.source_kind = sync::SourceKind::active_directory;
    bench.restart();
    EXPECT_TRUE(bench.cycle().wrote);
    EXPECT_EQ(status_of("alice"), "DISABLED");
}

TEST_F(Pause, ASecondPauseHasAClockOfItsOwn) {  // semantics 4.5
    pause();
    bench.now += 28 * day;
    bench.cycle();
    resume();
    bench.cycle();
    pause();
    bench.now += 27 * day;
    bench.cycle();
    EXPECT_EQ(status_of("alice"), "ENABLED");
    bench.now += day;
    bench.cycle();
    EXPECT_EQ(status_of("alice"), "DISABLED");
}

TEST_F(Pause, APlanWhilePausedDisablesNobody) {  // semantics 5.4
    pause();
    bench.now += 28 * day;
    EXPECT_FALSE(bench.dry_run().wrote);
    EXPECT_EQ(status_of("alice"), "ENABLED");
}

}  // namespace
}  // namespace dirsync::testing
