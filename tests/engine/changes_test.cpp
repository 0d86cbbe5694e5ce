#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/memory/store.hpp"
#include "tests/support/sync_bench.hpp"

// Following the directory by its changes: what is read, what is written, and when everything is read again.
namespace dirsync::testing {
namespace {

using sync::EntryKind;
using Following = ModelDirectory::Following;
using ::testing::HasSubstr;

std::string at(const std::string& name) { return name + "@corp.example.com"; }

class Changes : public ::testing::TestWithParam<Following> {
protected:
    Changes() {
        ad.follow(GetParam());
        staff = ad.add(EntryKind::container, "Staff").guid;
        team = ad.add_group("team").guid;
        for (const auto* name : {"alice", "bob", "carol"}) {
            ad.object(team).members.insert(ad.add_user(name).guid);
        }
        bench.settings.scope.groups.push_back(scope_name(at("team")));
    }

    SyncBench bench{store::make_memory_store()};
    ModelDirectory& ad = bench.directory;
    ObjectGuid staff;
    ObjectGuid team;
};

INSTANTIATE_TEST_SUITE_P(Followed, Changes, ::testing::Values(Following::dirsync, Following::usn));

TEST_P(Changes, NothingNewWritesNothing) {  // semantics 5.6
    bench.cycle();
    const auto before = bench.store().facts()->cursor.generation;
    const auto report = bench.cycle();
    EXPECT_EQ(report.run.kind, sync::RunKind::incremental);
    EXPECT_EQ(report.full_reason, "");
    EXPECT_FALSE(report.wrote);
    EXPECT_EQ(ad.reads(), 1u);
    EXPECT_EQ(ad.change_reads(), 1u);
    EXPECT_EQ(bench.store().facts()->cursor.generation, before);
    EXPECT_EQ(bench.rows("v1_runs").size(), 1u);
}

TEST_P(Changes, AWholeReadOfManyWritesNothingEither) {  // semantics 5.6
    for (int i = 0; i < 1200; ++i) ad.add_user("user" + std::to_string(i));
    bench.cycle();
    EXPECT_FALSE(bench.cycle(true).wrote);
}

TEST_P(Changes, OneMemberMoreIsOneMembershipMore) {  // semantics 6.5
    const auto dave = ad.add_user("dave").guid;
    bench.cycle();
    ad.object(team).members.insert(dave);
    const auto report = bench.cycle();
    EXPECT_EQ(ad.reads(), 1u);
    EXPECT_EQ(report.changes, 2u) << "the user and the membership";
    EXPECT_TRUE(bench.memberships().contains({at("team"), at("dave")}));
    ad.object(team).members.erase(dave);
    bench.cycle();
    EXPECT_FALSE(bench.memberships().contains({at("team"), at("dave")}));
    EXPECT_EQ(bench.users().at(at("dave"))["scope"], "out");
}

TEST_P(Changes, AMovedContainerTakesItsUsersAlong) {
    bench.settings.scope.organizational_units.push_back(scope_name("OU=Staff,DC=corp,DC=example,DC=com"));
    const auto inner = ad.add(EntryKind::container, "Inner").guid;
    ad.add_user("erin").parent = inner;
    bench.cycle();
    EXPECT_FALSE(bench.users().contains(at("erin")));
    ad.object(inner).parent = staff;
    bench.cycle();
    EXPECT_TRUE(bench.users().contains(at("erin")));
    // A user that comes later, below a name that only the mirror still knows.
    ad.add_user("frank").parent = inner;
    bench.cycle();
    EXPECT_TRUE(bench.users().contains(at("frank")));
    EXPECT_EQ(ad.reads(), 1u);
}

TEST_P(Changes, ATombstoneIsProof) {  // semantics 5.2
    bench.cycle();
    ad.remove(ad.find("bob")->guid);
    bench.cycle();
    EXPECT_FALSE(bench.users().contains(at("bob")));
    EXPECT_EQ(ad.reads(), 1u);
}

TEST_P(Changes, ADeletedObjectThatComesBackHasItsOldId) {  // semantics 4.3
    bench.cycle();
    const auto id = bench.users().at(at("bob"))["user_id"];
    const auto bob = *ad.find("bob");
    ad.remove(bob.guid);
    bench.cycle();
    ad.undelete(bob);
    ad.object(team).members.insert(bob.guid);
    bench.cycle();
    EXPECT_EQ(bench.users().at(at("bob"))["user_id"], id);
    EXPECT_EQ(ad.reads(), 1u);
}

TEST_P(Changes, ADeletionThatNoReadSawEndsTheMembershipsAllTheSame) {  // semantics 4.3
    bench.cycle();
    const auto bob = *ad.find("bob");
    const auto carol = *ad.find("carol");
    ad.remove(bob.guid);
    ad.undelete(bob);
    ad.remove(carol.guid);
    ad.undelete(carol);
    ad.object(team).members.insert(carol.guid);
    bench.cycle();
    EXPECT_FALSE(bench.memberships().contains({at("team"), at("bob")}));
    EXPECT_TRUE(bench.memberships().contains({at("team"), at("carol")}));
    EXPECT_EQ(bench.dry_run(true).changes, 0u);
}

TEST_P(Changes, ALostRightIsNoLostMembership) {  // semantics 5.1, 5.2
    bench.cycle();
    ad.find("bob")->visible = false;
    // The group is told, and its list lacks whom the account cannot see.
    ad.object(team).attributes["description"] = "changed";
    ad.object(team).members.erase(ad.find("carol")->guid);
    bench.cycle();
    EXPECT_TRUE(bench.memberships().contains({at("team"), at("bob")}));
    EXPECT_FALSE(bench.memberships().contains({at("team"), at("carol")}));
}

TEST_P(Changes, WhoIsVisibleAgainIsHeldNoLonger) {  // semantics 5.2
    bench.cycle();
    ad.find("bob")->visible = false;
    EXPECT_EQ(bench.cycle(true).holds.size(), 1u);
    EXPECT_EQ(bench.cycle().holds.size(), 1u);
    ad.find("bob")->visible = true;
    EXPECT_TRUE(bench.cycle().holds.empty());
    EXPECT_EQ(bench.users().at(at("bob"))["scope"], "in");
    EXPECT_EQ(ad.reads(), 2u);
}

TEST_P(Changes, ACookieThatIsRefusedMeansAWholeRead) {  // semantics 6.6
    bench.cycle();
    ad.refuse_cookies();
    ad.object(team).members.erase(ad.find("carol")->guid);
    const auto report = bench.cycle();
    EXPECT_EQ(report.run.kind, sync::RunKind::full);
    EXPECT_THAT(report.full_reason, HasSubstr("cookie"));
    EXPECT_FALSE(bench.memberships().contains({at("team"), at("carol")}));
    bench.cycle();
    EXPECT_EQ(ad.reads(), 2u);
}

TEST_P(Changes, AnotherScopeMeansAWholeRead) {  // semantics 1.6
    ad.add_user("dave");
    bench.cycle();
    bench.settings.scope.users.push_back(scope_name(at("dave")));
    const auto report = bench.cycle();
    EXPECT_EQ(report.run.kind, sync::RunKind::full);
    EXPECT_TRUE(bench.users().contains(at("dave")));
}

TEST_P(Changes, ABrokenReadIsToldAgain) {  // semantics 5.1
    bench.cycle();
    ad.object(team).members.erase(ad.find("carol")->guid);
    ad.fail_after(0);
    EXPECT_EQ(bench.cycle().run.outcome, sync::Outcome::partial);
    EXPECT_TRUE(bench.memberships().contains({at("team"), at("carol")}));
    bench.cycle();
    EXPECT_FALSE(bench.memberships().contains({at("team"), at("carol")}));
    EXPECT_EQ(ad.reads(), 1u);
}

TEST_P(Changes, ARestartGoesOnFromTheStoredCursor) {  // semantics 5.7
    bench.cycle();
    bench.restart();
    ad.object(team).members.erase(ad.find("carol")->guid);
    bench.cycle();
    EXPECT_FALSE(bench.memberships().contains({at("team"), at("carol")}));
    EXPECT_EQ(ad.reads(), 1u);
}

TEST_P(Changes, TimeAloneIsNoticed) {  // semantics 4.6
    ad.find("bob")->expires = (bench.now + Duration(3600)).time_since_epoch().count();
    bench.cycle();
    bench.now += Duration(60);
    EXPECT_FALSE(bench.cycle().wrote);
    bench.now += Duration(3600);
    bench.cycle();
    EXPECT_EQ(bench.users().at(at("bob"))["status"], "DISABLED");
    EXPECT_EQ(ad.reads(), 1u);
}

TEST_P(Changes, AClockRunsOutThoughNothingChanges) {  // semantics 4.4, 4.6
    bench.cycle();
    ad.object(team).members.erase(ad.find("bob")->guid);
    bench.cycle();
    bench.now += Duration(27 * 86400);
    bench.cycle();
    EXPECT_EQ(bench.users().at(at("bob"))["status"], "ENABLED");
    bench.now += Duration(2 * 86400);
    bench.cycle();
    EXPECT_EQ(bench.users().at(at("bob"))["status"], "DISABLED");
    EXPECT_EQ(ad.reads(), 1u);
}

TEST_P(Changes, AHoldStaysWhileNothingChanges) {  // semantics 5.3
    bench.settings.safety.remove_users = {0, 0};
    bench.cycle();
    ad.remove(ad.find("bob")->guid);
    const auto first = bench.cycle();
    ASSERT_EQ(first.holds.size(), 1u);
    const auto second = bench.cycle();
    ASSERT_EQ(second.holds.size(), 1u);
    EXPECT_EQ(second.holds[0].id, first.holds[0].id);
    EXPECT_EQ(second.run.outcome, sync::Outcome::held);
    EXPECT_TRUE(bench.users().contains(at("bob")));
    bench.cycle(false, {first.holds[0].id});
    EXPECT_FALSE(bench.users().contains(at("bob")));
}

/// The name may mean another object now, which no change will tell.
TEST_P(Changes, AScopeEntryWhoseObjectIsGoneIsLookedForAnew) {  // semantics 2.8
    bench.cycle();
    ad.remove(team);
    bench.cycle();
    bench.cycle();
    EXPECT_EQ(ad.reads(), 2u);
    bench.cycle();
    EXPECT_EQ(ad.reads(), 2u) << "once is enough";
}

TEST_P(Changes, WarningsStayWhileNothingChanges) {  // semantics 2.7
    bench.settings.scope.users.push_back(scope_name(at("nobody")));
    bench.cycle();
    EXPECT_EQ(bench.cycle().scope_warnings.size(), 1u);
    bench.restart();
    EXPECT_EQ(bench.cycle().scope_warnings.size(), 1u);
}

}  // namespace
}  // namespace dirsync::testing
