#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/memory/store.hpp"
#include "tests/support/sync_bench.hpp"

namespace dirsync::testing {
namespace {

using sync::HoldClass;
using ::testing::HasSubstr;

std::string at(const std::string& name) { return name + "@corp.example.com"; }

// semantics 2.10: an edit of the scope that has an entry which names nothing takes nobody away.
class ScopeTypo : public ::testing::Test {
protected:
    SyncBench bench{store::make_memory_store()};
    ModelDirectory& ad = bench.directory;
    std::map<std::string, ObjectGuid> people;

    void SetUp() override {
        for (const char* name : {"alice", "bob", "carol"}) people[name] = ad.add_user(name).guid;
        ad.add_group("app").members = {people["alice"], people["bob"]};
        ad.add_group("ops").members = {people["carol"]};
        scope({"app", "ops"});
        ASSERT_EQ(bench.cycle().exit_code(false), 0);
    }
    void scope(const std::vector<std::string>& groups) {
        bench.settings.scope.groups.clear();
        for (const auto& name : groups) bench.settings.scope.groups.push_back(scope_name(at(name)));
    }
    std::string scope_of(const std::string& user) { return bench.users().at(at(user))["scope"]; }
    /// `app` misspelt: its users and the group itself wait.
    sync::Hold typo() {
        scope({"appz", "ops"});
        const auto report = bench.cycle();
        EXPECT_EQ(report.exit_code(false), 3);
        EXPECT_EQ(report.holds.size(), 1u);
        return report.holds.empty() ? sync::Hold{} : report.holds[0];
    }
};

TEST_F(ScopeTypo, HoldsWhomItWouldTakeAwayUntilItIsMended) {
    const auto members = bench.memberships();
    const auto hold = typo();
    EXPECT_EQ(hold.hold, HoldClass::scope_edit);
    EXPECT_EQ(hold.objects.size(), 3u);
    EXPECT_EQ(hold.limit, "an entry of the scope names nothing: groups: appz@corp.example.com");
    for (int day = 0; day < 60; ++day) {
        bench.now += Duration(86400);
        bench.restart();
        EXPECT_EQ(bench.cycle(day % 2 == 0).holds.at(0).id, hold.id);
    }
    EXPECT_EQ(scope_of("alice"), "in");
    EXPECT_EQ(bench.users().at(at("alice"))["status"], "ENABLED");
    EXPECT_EQ(bench.groups().at(at("app"))["scope"], "in");
    EXPECT_EQ(bench.memberships(), members);
    scope({"app", "ops"});
    const auto mended = bench.cycle();
    EXPECT_EQ(mended.exit_code(false), 0);
    EXPECT_EQ(mended.changes, 0u);
}

TEST_F(ScopeTypo, AnIdleCycleWritesNothing) {
    typo();
    EXPECT_FALSE(bench.cycle().wrote);
}

TEST_F(ScopeTypo, EndsWhenTheEntryNamesSomething) {
    typo();
    ad.add_group("appz").members = {people["alice"]};
    EXPECT_EQ(bench.cycle().exit_code(false), 0);
    EXPECT_EQ(scope_of("alice"), "in");
    EXPECT_EQ(scope_of("bob"), "out");
    EXPECT_EQ(bench.groups().at(at("app"))["scope"], "out");
}

TEST_F(ScopeTypo, EndsWhenTheEntryIsTakenOut) {
    typo();
    scope({"ops"});
    EXPECT_EQ(bench.cycle().exit_code(false), 0);
    EXPECT_EQ(scope_of("alice"), "out");
}

TEST_F(ScopeTypo, AnApprovalLetsThemLeaveForGood) {
    const auto hold = typo();
    EXPECT_EQ(bench.cycle(false, {hold.id}).exit_code(false), 0);
    EXPECT_EQ(scope_of("alice"), "out");
    EXPECT_EQ(bench.groups().at(at("app"))["scope"], "out");
    bench.restart();
    EXPECT_EQ(bench.cycle(true).exit_code(false), 0);
    bench.now += Duration(28 * 86400);
    bench.cycle();
    EXPECT_EQ(bench.users().at(at("alice"))["status"], "DISABLED");
}

TEST_F(ScopeTypo, WhoWaitsLeavesAGroupThatWasEmptiedMeanwhile) {  // 4.4
    // The group is not held: it cannot be seen when its name is misspelt.
    ad.find("app")->visible = false;
    scope({"appz", "ops"});
    bench.cycle();
    ad.find("app")->visible = true;
    const auto held = bench.cycle(true);
    ASSERT_EQ(held.holds.size(), 1u);
    EXPECT_EQ(bench.groups().at(at("app"))["scope"], "out");
    bench.now += Duration(29 * 86400);
    EXPECT_EQ(bench.cycle().holds.size(), 1u);
    EXPECT_TRUE(bench.memberships().contains({at("app"), at("alice")}));
    bench.cycle(false, {held.holds[0].id});
    EXPECT_EQ(scope_of("alice"), "out");
    EXPECT_EQ(bench.memberships().size(), 1u);
}

TEST_F(ScopeTypo, AReasonInTheDirectoryIsNotHeld) {
    typo();
    ad.find("ops")->members.erase(people["carol"]);
    EXPECT_EQ(bench.cycle().holds.size(), 1u);
    EXPECT_EQ(scope_of("carol"), "out");
    // Whoever waits is disabled and deleted like anybody.
    ad.object(people["alice"]).disabled = true;
    ad.remove(people["bob"]);
    const auto report = bench.cycle();
    EXPECT_EQ(bench.users().at(at("alice"))["status"], "DISABLED");
    EXPECT_FALSE(bench.users().contains(at("bob")));
    EXPECT_EQ(report.holds.at(0).objects.size(), 2u);
}

TEST_F(ScopeTypo, AnEntryThatNamedSomethingOnceIsNoTypo) {
    ad.remove(ad.find("ops")->guid);
    bench.cycle();
    bench.restart();
    bench.cycle();
    scope({"ops"});
    EXPECT_EQ(bench.cycle().exit_code(false), 0);
    EXPECT_EQ(scope_of("alice"), "out");
}

TEST_F(ScopeTypo, AnExclusionThatNamesNothingTakesNobodyAway) {
    bench.settings.scope.exclude_users = {scope_name(at("nobody"))};
    scope({"ops"});
    EXPECT_EQ(bench.cycle().exit_code(false), 0);
    EXPECT_EQ(scope_of("alice"), "out");
}

TEST_F(ScopeTypo, WhoeverAnEditExcludesKeepsTheMembershipsWhileHeld) {
    scope({"app", "ops", "opz"});
    bench.cycle();
    const auto members = bench.memberships();
    bench.settings.scope.exclude_users = {scope_name(at("alice"))};
    const auto report = bench.cycle();
    ASSERT_EQ(report.holds.size(), 1u);
    EXPECT_EQ(report.holds[0].objects.size(), 1u);
    EXPECT_EQ(bench.memberships(), members);
}

TEST_F(ScopeTypo, AFilterThatNamesNothingOfTheSchemaIsATypoToo) {  // 5.14
    const auto filter = [](const char* text) {
        return sync::ScopeFilter{"corp.example.com", *sync::Filter::parse(text)};
    };
    for (auto& [name, guid] : people) ad.object(guid).attributes["department"] = "Sales";
    bench.settings.scope.user_filters = {filter("(department=Sales)")};
    scope({});
    ASSERT_EQ(bench.cycle().exit_code(false), 0);
    ad.not_in_the_schema = {{"departmnet", "department"}};
    bench.settings.scope.user_filters = {filter("(departmnet=Sales)")};
    const auto report = bench.cycle();
    EXPECT_EQ(report.exit_code(false), 78);
    ASSERT_EQ(report.holds.size(), 1u);
    EXPECT_EQ(report.holds[0].hold, HoldClass::scope_edit);
    EXPECT_THAT(report.scope_warnings.at(0), HasSubstr("'departmnet' (did you mean 'department'?)"));
    EXPECT_EQ(scope_of("alice"), "in");
}

class FilterValue : public ScopeTypo {
protected:
    void SetUp() override {
        for (const char* name : {"alice", "bob"}) {
            ad.add_user(name).attributes["department"] = "Sales";
        }
        ad.add_user("carol").attributes["department"] = "Service";
        filter("(department=Sales)");
        ASSERT_EQ(bench.cycle().exit_code(false), 0);
        ASSERT_EQ(bench.users().size(), 2U);
    }
    void filter(const std::string& text) {
        bench.settings.scope.user_filters = {{"corp.example.com", sync::Filter::parse(text).value()}};
    }
};

TEST_F(FilterValue, ThatIsMisspeltTakesNobodyAway) {
    filter("(department=Slaes)");
    const auto report = bench.cycle();
    ASSERT_EQ(report.holds.size(), 1U);
    const auto id = report.holds[0].id;
    EXPECT_EQ(report.holds[0].hold, HoldClass::scope_edit);
    EXPECT_EQ(report.holds[0].objects.size(), 2U);
    EXPECT_EQ(report.holds[0].limit, "an entry of the scope names nothing: user_filters: (department=Slaes)");
    for (int day = 0; day < 40; ++day) {
        bench.now += Duration(86400);
        if (day % 3 != 0) bench.restart();
        EXPECT_EQ(bench.cycle(day % 2 == 0).holds.at(0).id, id);
    }
    EXPECT_EQ(scope_of("alice"), "in");
    EXPECT_EQ(bench.users().at(at("alice"))["status"], "ENABLED");
    EXPECT_FALSE(bench.cycle().wrote);
    filter("(department=Sales)");
    EXPECT_EQ(bench.cycle().exit_code(false), 0);
}

TEST_F(FilterValue, ThatMatchesSomebodyElseIsNoTypo) {
    filter("(department=Service)");
    EXPECT_EQ(bench.cycle().exit_code(false), 0);
    EXPECT_EQ(scope_of("alice"), "out");
    EXPECT_EQ(scope_of("carol"), "in");
}

TEST_F(FilterValue, EndsAsAHoldWithTheFirstMatch) {
    filter("(department=Slaes)");
    ASSERT_EQ(bench.cycle().exit_code(false), 3);
    ad.add_user("dave").attributes["department"] = "Slaes";
    EXPECT_EQ(bench.cycle().exit_code(false), 0);
    EXPECT_EQ(scope_of("alice"), "out");
}

TEST_F(FilterValue, OfAnEmptyDepartmentHoldsNothingWithoutAnEdit) {
    ad.find("alice")->attributes["department"] = "Service";
    ad.find("bob")->attributes["department"] = "Service";
    EXPECT_EQ(bench.cycle(true).exit_code(false), 0);
    EXPECT_EQ(scope_of("alice"), "out");
    EXPECT_EQ(scope_of("bob"), "out");
}

TEST_F(ScopeTypo, AGroupThatWasHeldFromComingInHasTheMembersThatItHasThen) {  // 4.4
    scope({"ops"});
    bench.cycle();
    ad.find("app")->members.erase(people["alice"]);
    bench.cycle();
    EXPECT_TRUE(bench.memberships().contains({at("app"), at("alice")})) << "frozen";
    scope({"app", "ops"});
    bench.settings.scope.exclude_users = {scope_name(at("nobody"))};
    const auto held = bench.cycle();
    ASSERT_EQ(held.holds.size(), 1u);
    EXPECT_TRUE(bench.memberships().contains({at("app"), at("alice")}));
    bench.cycle(false, {held.holds[0].id});
    EXPECT_EQ(bench.groups().at(at("app"))["scope"], "in");
    EXPECT_FALSE(bench.memberships().contains({at("app"), at("alice")}));
    EXPECT_TRUE(bench.memberships().contains({at("app"), at("bob")}));
}

TEST_F(ScopeTypo, AGroupThatIsHeldFromComingInStaysEmptyOnceItsTimeIsOver) {  // 4.4, 5.6
    ad.find("ops")->members = {people["alice"], people["carol"]};
    scope({"ops"});
    bench.cycle();
    scope({"app", "ops"});
    bench.settings.scope.exclude_users = {scope_name(at("nobody"))};
    const auto held = bench.cycle();
    ASSERT_EQ(held.holds.size(), 1u);
    bench.now += Duration(29 * 86400);
    bench.cycle();
    EXPECT_FALSE(bench.memberships().contains({at("app"), at("alice")}));
    for (const bool full : {false, true, false}) {
        EXPECT_FALSE(bench.cycle(full).wrote);
        EXPECT_FALSE(bench.memberships().contains({at("app"), at("alice")}));
    }
    bench.cycle(false, {bench.cycle().holds.at(0).id});
    EXPECT_EQ(bench.groups().at(at("app"))["scope"], "in");
    EXPECT_TRUE(bench.memberships().contains({at("app"), at("alice")}));
    EXPECT_TRUE(bench.memberships().contains({at("app"), at("bob")}));
}

// semantics 2.10, 5.14: a negative filter keeps people out, until its attribute is misspelt.
class MisspeltFilter : public ::testing::TestWithParam<ModelDirectory::Following> {};
INSTANTIATE_TEST_SUITE_P(EachDetection, MisspeltFilter,
                         ::testing::Values(ModelDirectory::Following::none, ModelDirectory::Following::usn,
                                           ModelDirectory::Following::dirsync));

TEST_P(MisspeltFilter, ANegativeOneLetsNobodyIn) {
    SyncBench bench{store::make_memory_store()};
    auto& ad = bench.directory;
    ad.follow(GetParam());
    const auto filter = [&bench](const char* text) {
        bench.settings.scope.user_filters = {{"corp.example.com", *sync::Filter::parse(text)}};
    };
    for (const char* name : {"alice", "bob"}) {
        auto& user = ad.add_user(name);
        user.attributes["department"] = name == std::string("bob") ? "Contractors" : "Sales";
    }
    filter("(!(department=Contractors))");
    ASSERT_EQ(bench.cycle().exit_code(false), 0);
    ASSERT_EQ(bench.users().size(), 1u);

    ad.not_in_the_schema = {{"departmnet", "department"}};
    filter("(!(departmnet=Contractors))");
    for (const bool full : {false, true, false}) {
        const auto report = bench.cycle(full);
        EXPECT_EQ(report.exit_code(false), 78);
        ASSERT_EQ(report.holds.size(), 1u);
        EXPECT_EQ(report.holds[0].hold, HoldClass::scope_edit);
        EXPECT_THAT(report.scope_warnings,
                    ::testing::Contains(HasSubstr("nobody comes into the scope or leaves it by an edit")));
        EXPECT_FALSE(bench.users().contains(at("bob")));
        EXPECT_EQ(bench.users().size(), 1u);
        bench.restart();
    }
    filter("(!(department=Contractors))");
    EXPECT_EQ(bench.cycle().exit_code(false), 0);
    EXPECT_EQ(bench.users().size(), 1u);
}

}  // namespace
}  // namespace dirsync::testing
