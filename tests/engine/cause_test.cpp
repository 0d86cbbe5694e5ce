#include <gtest/gtest.h>

#include "store/memory/store.hpp"
#include "tests/support/sync_bench.hpp"

// Every line of the journal says the true cause (semantics 5.12).
namespace dirsync::testing {
namespace {

std::string at(const std::string& name) { return name + "@corp.example.com"; }

class Cause : public ::testing::TestWithParam<ModelDirectory::Following> {
protected:
    SyncBench bench{store::make_memory_store()};
    ModelDirectory& ad = bench.directory;
    ModelDirectory::Object* alice = &ad.add_user("alice");
    ModelDirectory::Object* inner = &ad.add_group("inner");
    ModelDirectory::Object* outer = &ad.add_group("outer");

    void SetUp() override {
        ad.follow(GetParam());
        inner->members = {alice->guid};
        outer->members = {inner->guid};
        bench.settings.scope.groups = {scope_name(at("outer")), scope_name(at("inner"))};
        bench.settings.scope.users = {scope_name(at("alice"))};
        ASSERT_EQ(bench.cycle().exit_code(false), 0);
        ASSERT_EQ(bench.memberships().size(), 2u);
    }

    /// Of the journal's last such line; empty: there is none.
    std::string reason_of_last(const std::string& action, const std::string& name) {
        std::string reason;
        for (auto& line : bench.rows("v1_changes", "seq")) {
            if (line["action"] == action && line["name"] == at(name)) reason = line["reason"];
        }
        return reason;
    }
    /// Why alice is no longer a member of a group; empty: she still is.
    std::string why_out_of(const std::string& group) { return reason_of_last("remove_member", group); }
};

TEST_P(Cause, TakenOutInTheDirectory) {  // semantics 5.12
    inner->members.clear();
    inner->usn = 2;
    bench.cycle();
    EXPECT_EQ(why_out_of("inner"), "no longer a member in the directory");
    EXPECT_EQ(why_out_of("outer"), "no longer a member in the directory");
}

TEST_P(Cause, ANestedGroupWasTakenOut) {  // semantics 5.12
    outer->members.clear();
    outer->usn = 2;
    bench.cycle();
    EXPECT_EQ(why_out_of("outer"), "a nested group was removed");
    EXPECT_EQ(why_out_of("inner"), "");
}

TEST_P(Cause, ANestedGroupWasDeleted) {  // semantics 5.12
    bench.settings.scope.groups = {scope_name(at("outer"))};
    bench.cycle();
    ad.remove(inner->guid);
    bench.cycle();
    EXPECT_EQ(why_out_of("outer"), "a nested group was removed");
}

TEST_P(Cause, AnotherGroupThatIsDeletedInTheSameReadIsNotTheCause) {  // semantics 5.12
    auto& other = ad.add_group("other");
    other.members = {alice->guid};
    bench.cycle();
    ad.remove(other.guid);
    inner->members.clear();
    inner->usn = 2;
    bench.cycle();
    EXPECT_EQ(why_out_of("inner"), "no longer a member in the directory");
    EXPECT_EQ(why_out_of("outer"), "no longer a member in the directory");
}

TEST_P(Cause, TwoNestedGroupsWereDeleted) {  // semantics 5.12
    auto& middle = ad.add_group("middle");
    middle.members = {inner->guid};
    outer->members = {middle.guid};
    outer->usn = 2;
    bench.settings.scope.groups = {scope_name(at("outer"))};
    bench.cycle();
    ASSERT_EQ(why_out_of("outer"), "");
    ad.remove(inner->guid);
    ad.remove(middle.guid);
    bench.cycle();
    EXPECT_EQ(why_out_of("outer"), "a nested group was removed");
}

TEST_P(Cause, TheUserIsExcluded) {  // semantics 5.12
    bench.settings.scope.exclude_users = {scope_name(at("alice"))};
    bench.cycle();
    EXPECT_EQ(why_out_of("inner"), "excluded by the scope");
    EXPECT_EQ(why_out_of("outer"), "excluded by the scope");
    EXPECT_EQ(reason_of_last("update", "alice"), "excluded by the scope");
}

TEST_P(Cause, AGroupBetweenIsExcluded) {  // semantics 5.12
    bench.settings.scope.exclude_groups = {scope_name(at("inner"))};
    bench.cycle();
    EXPECT_EQ(why_out_of("outer"), "excluded by the scope");
}

TEST_P(Cause, OnlyDirectMembersCountFromNowOn) {  // semantics 5.12
    bench.settings.scope.flatten = false;
    bench.cycle();
    EXPECT_EQ(why_out_of("outer"), "left the scope");
    EXPECT_EQ(why_out_of("inner"), "");
}

// semantics 5.12, 5.14: the removal is held, and the clock that asks for it disables nobody.
TEST_P(Cause, DisabledInTheDirectoryWhileTheRemovalIsHeld) {
    bench.settings.lifecycle.disable_after.reset();
    bench.settings.lifecycle.delete_after = Duration(86400);
    bench.settings.safety.remove_users = {0, 0};
    bench.settings.scope = {};
    bench.cycle();
    EXPECT_EQ(reason_of_last("update", "alice"), "left the scope");
    alice->disabled = true;
    alice->usn = 2;
    bench.now += Duration(2 * 86400);
    EXPECT_EQ(bench.cycle().holds.size(), 1u);
    EXPECT_EQ(bench.users()[at("alice")]["status"], "DISABLED");
    EXPECT_EQ(reason_of_last("update", "alice"), "disabled in the directory");
}

INSTANTIATE_TEST_SUITE_P(ByDetection, Cause,
                         ::testing::Values(ModelDirectory::Following::none,
                                           ModelDirectory::Following::dirsync,
                                           ModelDirectory::Following::usn));

}  // namespace
}  // namespace dirsync::testing
