#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/memory/store.hpp"
#include "tests/support/counting_store.hpp"
#include "tests/support/sync_bench.hpp"

namespace dirsync::testing {
namespace {

using sync::HoldClass;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using Following = ModelDirectory::Following;

std::string at(const std::string& name) { return name + "@corp.example.com"; }

// Forty people, all mapped as the defaults say; 10% are 4, and a percentage counts above 10.
class GuardedValues : public ::testing::TestWithParam<Following> {
protected:
    SyncBench bench{std::make_unique<CountingStore>(store::make_memory_store())};
    CountingStore& counting = static_cast<CountingStore&>(bench.store());
    ModelDirectory& ad = bench.directory;
    std::vector<ObjectGuid> people;

    void SetUp() override {
        ad.follow(GetParam());
        auto& staff = ad.add_group("staff");
        for (int i = 0; i < 40; ++i) {
            const std::string name = "user" + std::to_string(i);
            auto& user = ad.add_user(name);
            user.attributes = {{"mail", name + "@example.com"}, {"department", "D" + std::to_string(i % 3)}};
            people.push_back(user.guid);
            staff.members.insert(user.guid);
        }
        bench.settings.scope.groups = {scope_name(at("staff"))};
        map("department", {"${department}"});
        ASSERT_EQ(bench.cycle().exit_code(false), 0);
        ASSERT_EQ(have("email"), 40);
    }

    void map(const std::string& target, const std::vector<std::string>& templates) {
        sync::TemplateChain chain;
        for (const auto& text : templates) chain.push_back(*sync::Template::parse(text));
        for (auto& known : bench.settings.mapping.user) {
            if (known.target == target) {
                known.chain = std::move(chain);
                return;
            }
        }
        bench.settings.mapping.user.push_back({target, std::move(chain)});
    }

    int count(const std::function<bool(SyncBench::Row&)>& counts) {
        int sum = 0;
        for (auto& [name, row] : bench.users()) sum += counts(row) ? 1 : 0;
        return sum;
    }
    int have(const std::string& column) {
        return count([&](SyncBench::Row& row) { return !row[column].empty(); });
    }
    int departments() {
        return count(
            [](SyncBench::Row& row) { return row["attributes"].find("department") != std::string::npos; });
    }
    void pause_for_too_long() {
        auto& store = bench.store();
        ASSERT_TRUE(store.set_paused(bench.now, false, sync::run_of_admin("pause", {}, bench.now)));
        bench.now += Duration(29 * 86400);
        bench.cycle();
        ASSERT_EQ(enabled(), 0);
        ASSERT_TRUE(store.set_paused(std::nullopt, false, sync::run_of_admin("resume", {}, bench.now)));
    }
    int enabled() {
        return count([](SyncBench::Row& row) { return row["status"] == "ENABLED"; });
    }
    void set_all(const std::function<void(ModelDirectory::Object&)>& change, std::size_t from = 0,
                 std::size_t to = 40) {
        for (std::size_t i = from; i < to; ++i) change(ad.object(people[i]));
    }
    void disable(std::size_t count, bool disabled = true) {
        set_all([disabled](auto& user) { user.disabled = disabled; }, 0, count);
    }
    void use_wide_limits() {
        bench.settings.safety.disable_users = {1000, 100};
        bench.settings.safety.window.reset();
    }
};
INSTANTIATE_TEST_SUITE_P(EachDetection, GuardedValues,
                         ::testing::Values(Following::none, Following::usn, Following::dirsync));

// 5.14: class enable_users.

TEST_P(GuardedValues, ManyWhoAreLetInAtOnceWaitAndStayDisabled) {
    use_wide_limits();
    disable(20);
    bench.cycle();
    ASSERT_EQ(enabled(), 20);
    disable(20, false);
    ad.object(people[0]).attributes["mail"] = "new@example.com";
    const auto report = bench.cycle();
    ASSERT_EQ(report.holds.size(), 1u);
    EXPECT_EQ(report.holds[0].hold, HoldClass::enable_users);
    EXPECT_EQ(report.holds[0].objects.size(), 20u);
    EXPECT_EQ(enabled(), 20);
    EXPECT_EQ(bench.users().at(at("user0"))["email"], "new@example.com");
    EXPECT_EQ(bench.users().at(at("user0"))["status"], "DISABLED");
    bench.restart();
    EXPECT_EQ(bench.cycle().holds.at(0).id, report.holds[0].id);
    EXPECT_EQ(bench.cycle(false, {report.holds[0].id}).exit_code(false), 0);
    EXPECT_EQ(enabled(), 40);
}

TEST_P(GuardedValues, ThreeWhoAreEnabledAgainAndNewcomersAreNotHeld) {
    disable(3);
    bench.cycle();
    disable(3, false);
    for (int i = 0; i < 30; ++i)
        ad.find("staff")->members.insert(ad.add_user("new" + std::to_string(i)).guid);
    EXPECT_EQ(bench.cycle().exit_code(false), 0);
    EXPECT_EQ(enabled(), 70);
}

TEST_P(GuardedValues, ATrickleOfEnablingIsOneEnabling) {
    use_wide_limits();
    disable(20);
    bench.cycle();
    bench.settings.safety.window = Duration(3600);
    sync::CycleReport report;
    for (std::size_t i = 0; i < 12; ++i) {
        ad.object(people[i]).disabled = false;
        bench.now += Duration(10);
        report = bench.cycle();
    }
    EXPECT_EQ(report.exit_code(false), 3);
    EXPECT_EQ(enabled(), 30);
}

TEST_P(GuardedValues, BackInTheScopeIsLettingInAsWell) {
    bench.settings.lifecycle.disable_after = Duration(86400);
    use_wide_limits();
    const auto members = ad.find("staff")->members;
    auto& staff = *ad.find("staff");
    bench.settings.safety.remove_members_per_group = {1000, 100};
    bench.settings.safety.remove_memberships = {1000, 100};
    for (std::size_t i = 0; i < 20; ++i) staff.members.erase(people[i]);
    bench.cycle();
    bench.now += Duration(2 * 86400);
    bench.cycle();
    ASSERT_EQ(enabled(), 20);
    ad.find("staff")->members = members;
    const auto report = bench.cycle();
    ASSERT_EQ(report.holds.size(), 1u);
    EXPECT_EQ(report.holds[0].hold, HoldClass::enable_users);
    EXPECT_EQ(enabled(), 20);
    EXPECT_EQ(bench.users().at(at("user0"))["scope"], "in");
    bench.cycle(false, {report.holds[0].id});
    EXPECT_EQ(enabled(), 40);
}

TEST_P(GuardedValues, ResumingAfterALongPauseNeedsNoApproval) {  // 4.5
    bench.settings.lifecycle.paused_disable_after = Duration(28 * 86400);
    bench.cycle();
    pause_for_too_long();
    bench.restart();
    EXPECT_EQ(bench.cycle().exit_code(false), 0);
    EXPECT_EQ(enabled(), 40);
    // What was put back says nothing against somebody who is enabled later.
    disable(1);
    bench.cycle();
    disable(1, false);
    EXPECT_EQ(bench.cycle().exit_code(false), 0);
}

TEST_P(GuardedValues, WhoComesBackLaterThanTheOthersNeedsNoApprovalEither) {  // 4.5, 5.13
    const auto expires = (bench.now + Duration(300 * 86400)).time_since_epoch().count();
    set_all([expires](auto& user) { user.expires = expires; }, 10);
    bench.settings.lifecycle.paused_disable_after = Duration(28 * 86400);
    bench.cycle();
    pause_for_too_long();
    bench.host_error = Duration(86400);
    bench.cycle();
    ASSERT_EQ(enabled(), 10) << "of the others nobody knows whether they have expired";
    bench.restart();
    bench.host_error = {};
    EXPECT_EQ(bench.cycle().exit_code(false), 0);
    EXPECT_EQ(enabled(), 40);
}

TEST_P(GuardedValues, TheJournalIsNotReadAgainForWhoIsHeld) {  // 6.5
    const auto expires = (bench.now + Duration(300 * 86400)).time_since_epoch().count();
    set_all([expires](auto& user) { user.expires = expires; });
    disable(20);
    use_wide_limits();
    bench.cycle();
    disable(20, false);
    EXPECT_EQ(bench.cycle().holds.at(0).objects.size(), 20u);
    const auto before = counting.histories;
    ad.object(people[30]).attributes["department"] = "moved";
    EXPECT_EQ(bench.cycle().holds.at(0).objects.size(), 20u);
    EXPECT_EQ(counting.histories, before);
}

TEST_P(GuardedValues, WhoWasDisabledBeforeThePauseIsNotPutBack) {  // 4.5
    use_wide_limits();
    disable(20);
    bench.settings.lifecycle.paused_disable_after = Duration(28 * 86400);
    bench.cycle();
    ASSERT_TRUE(
        bench.store().set_paused(bench.now, false, sync::run_of_admin("pause", {}, bench.now)).has_value());
    bench.now += Duration(29 * 86400);
    bench.cycle();
    disable(20, false);
    ASSERT_TRUE(bench.store()
                    .set_paused(std::nullopt, false, sync::run_of_admin("resume", {}, bench.now))
                    .has_value());
    EXPECT_EQ(bench.cycle().holds.at(0).objects.size(), 20u);
    EXPECT_EQ(enabled(), 20);
}

// Who releases one of a hold has not released the rest, though that is within the limit by itself.
TEST_P(GuardedValues, AnApprovalOfAPartLeavesTheRestHeld) {
    use_wide_limits();
    bench.settings.safety.window = Duration(3600);
    disable(11);
    bench.cycle();
    disable(11, false);
    const auto held = bench.cycle().holds;
    ASSERT_EQ(held.size(), 1u);
    ASSERT_TRUE(bench.store()
                    .approve(held[0].id, sync::run_of_admin("approve", {}, bench.now), std::vector{people[3]})
                    .has_value());
    for (int i = 0; i < 3; ++i) {
        const auto report = bench.cycle();
        ASSERT_EQ(report.holds.size(), 1u) << i;
        EXPECT_EQ(report.holds[0].objects.size(), 10u);
        bench.now += Duration(7200);
        if (i == 1) bench.restart();
    }
    EXPECT_EQ(enabled(), 30);
    EXPECT_EQ(bench.users().at(at("user3"))["status"], "ENABLED");
    EXPECT_EQ(bench.cycle(false, {bench.status().holds[0].id}).exit_code(false), 0);
    EXPECT_EQ(enabled(), 40);
}

// 5.14: class clear_attribute.

TEST_P(GuardedValues, ATypoInTheMappingClearsNobody) {
    map("email", {"${mial}"});
    ad.object(people[0]).attributes["department"] = "moved";
    const auto report = bench.cycle();
    ASSERT_EQ(report.holds.size(), 1u);
    EXPECT_EQ(report.holds[0].hold, HoldClass::clear_attribute);
    EXPECT_EQ(report.holds[0].objects.size(), 40u);
    EXPECT_EQ(report.holds[0].limit, "email of users, 500 or 10%");
    EXPECT_EQ(have("email"), 40);
    EXPECT_THAT(bench.users().at(at("user0"))["attributes"], HasSubstr("moved"));
    bench.restart();
    EXPECT_EQ(bench.cycle().holds.at(0).id, report.holds[0].id);
    EXPECT_EQ(have("email"), 40);
    map("email", {"${mail}"});
    EXPECT_EQ(bench.cycle().exit_code(false), 0);
}

TEST_P(GuardedValues, AMappingThatReplacesTheValueOfManyIsHeldUntilItIsApproved) {
    map("email", {"${sAMAccountName}@other.example"});
    const auto report = bench.cycle();
    ASSERT_EQ(report.holds.size(), 1u);
    EXPECT_EQ(report.holds[0].objects.size(), 40u);
    EXPECT_EQ(bench.users().at(at("user1"))["email"], "user1@example.com");
    bench.restart();
    ad.object(people[1]).attributes["department"] = "moved";
    EXPECT_EQ(bench.cycle().holds.at(0).id, report.holds[0].id);
    EXPECT_EQ(bench.cycle(false, {report.holds[0].id}).exit_code(false), 0);
    EXPECT_EQ(bench.users().at(at("user1"))["email"], "user1@other.example");
}

TEST_P(GuardedValues, AMassEditInTheDirectoryIsNotHeldButAMassClearingIs) {
    set_all([](auto& user) { user.attributes["department"] = "reorganized"; });
    EXPECT_EQ(bench.cycle().exit_code(false), 0);
    set_all([](auto& user) { user.attributes.erase("department"); });
    const auto report = bench.cycle();
    ASSERT_EQ(report.holds.size(), 1u);
    EXPECT_EQ(report.holds[0].limit, "department of users, 500 or 10%");
    EXPECT_EQ(departments(), 40);
    bench.cycle(false, {report.holds[0].id});
    EXPECT_EQ(departments(), 0);
}

TEST_P(GuardedValues, AMassEditIsNotHeldThoughTheScopeWasEditedWithIt) {
    set_all([](auto& user) { user.attributes["department"] = "reorganized"; });
    bench.settings.scope.users.push_back(scope_name(at("user0")));
    EXPECT_EQ(bench.cycle().exit_code(false), 0);
}

TEST_P(GuardedValues, AFewWhoLoseAValueAreNotHeldAndANewTargetIsNoLoss) {
    set_all([](auto& user) { user.attributes.erase("mail"); }, 0, 3);
    map("title", {"${department}"});
    EXPECT_EQ(bench.cycle().exit_code(false), 0);
    EXPECT_EQ(have("email"), 37);
}

TEST_P(GuardedValues, APercentageIsOfThoseWhoHaveAValue) {
    set_all([](auto& user) { user.attributes["pager"] = "1"; }, 0, 11);
    for (int i = 0; i < 200; ++i)
        ad.find("staff")->members.insert(ad.add_user("other" + std::to_string(i)).guid);
    map("pager", {"${pager}"});
    ASSERT_EQ(bench.cycle().exit_code(false), 0);
    map("pager", {"${page}"});
    EXPECT_EQ(bench.cycle().exit_code(false), 3);
}

TEST_P(GuardedValues, ATrickleOfClearingIsOneClearing) {
    sync::CycleReport report;
    for (std::size_t i = 0; i < 14; ++i) {
        ad.object(people[i]).attributes.erase("mail");
        bench.now += Duration(10);
        report = bench.cycle();
    }
    ASSERT_EQ(report.holds.size(), 1u);
    EXPECT_EQ(report.holds[0].hold, HoldClass::clear_attribute);
    EXPECT_EQ(have("email"), 30);
}

TEST_P(GuardedValues, GroupsAreGuardedToo) {
    for (int i = 0; i < 15; ++i) {
        auto& group = ad.add_group("team" + std::to_string(i));
        group.attributes["description"] = "what it is for";
        bench.settings.scope.groups.push_back(scope_name(at("team" + std::to_string(i))));
    }
    bench.cycle();
    bench.settings.mapping.group.back().chain = {*sync::Template::parse("${descripton}")};
    const auto report = bench.cycle();
    ASSERT_EQ(report.holds.size(), 1u);
    EXPECT_EQ(report.holds[0].limit, "description of groups, 500 or 10%");
    EXPECT_EQ(bench.groups().at(at("team1"))["description"], "what it is for");
}

// 5.14: a template against the schema. Nine people have no percentage: only this saves them.

TEST_P(GuardedValues, ATemplateThatNamesNothingOfTheSchemaClearsNobody) {
    bench.settings.safety.clear_attribute = {1000, 100};
    ad.not_in_the_schema = {{"mial", "mail"}};
    map("email", {"${mial}"});
    auto report = bench.cycle();
    EXPECT_EQ(report.exit_code(false), 78);
    EXPECT_THAT(report.scope_warnings,
                Contains(HasSubstr("'mial' (did you mean 'mail'?): user.email keeps")));
    EXPECT_EQ(have("email"), 40);
    // Nor does it later, for somebody who changes, or in a process that was started anew.
    ad.object(people[0]).attributes["department"] = "moved";
    report = bench.cycle();
    EXPECT_EQ(report.exit_code(false), 78);
    bench.restart();
    ad.object(people[1]).attributes["department"] = "moved";
    EXPECT_EQ(bench.cycle().exit_code(false), 78);
    EXPECT_EQ(bench.cycle().exit_code(false), 78);
    EXPECT_EQ(have("email"), 40);
    EXPECT_THAT(bench.users().at(at("user1"))["attributes"], HasSubstr("moved"));
    map("email", {"${mail}"});
    report = bench.cycle();
    EXPECT_EQ(report.exit_code(false), 0);
    EXPECT_THAT(report.scope_warnings, Not(Contains(HasSubstr("mial"))));
}

TEST_P(GuardedValues, NineUserNamesKeepTheirValuesThoughNoLimitHoldsThem) {
    for (std::size_t i = 9; i < people.size(); ++i) ad.remove(people[i]);
    bench.settings.safety.remove_users = {1000, 100};
    ASSERT_EQ(bench.cycle().exit_code(false), 0);
    const auto before = bench.users();
    ASSERT_EQ(before.size(), 9u);
    bench.settings.safety.rename_users = {1000, 100};
    ad.not_in_the_schema = {{"userPrincipleName", "userPrincipalName"}};
    map("userName", {"${userPrincipleName}", "${cn}"});
    for (const bool full : {false, true}) {
        EXPECT_EQ(bench.cycle(full).exit_code(false), 78);
        EXPECT_EQ(bench.users(), before);
        bench.restart();
    }
}

TEST_P(GuardedValues, AnAttributeThatTheSchemaGetsIsUsed) {
    ad.not_in_the_schema = {{"costCenter", ""}};
    set_all([](auto& user) { user.attributes["costCenter"] = "4711"; });
    map("department", {"${costCenter}"});
    EXPECT_EQ(bench.cycle().exit_code(false), 78);
    ad.not_in_the_schema.clear();
    bench.settings.safety.clear_attribute = {1000, 100};
    EXPECT_EQ(bench.cycle().exit_code(false), 0);
    EXPECT_THAT(bench.users().at(at("user0"))["attributes"], HasSubstr("4711"));
}

}  // namespace
}  // namespace dirsync::testing
