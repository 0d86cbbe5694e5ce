#include <algorithm>

#include <gtest/gtest.h>

#include "store/memory/store.hpp"
#include "tests/support/sync_bench.hpp"

// Lists of members that show fewer than before, where members are of other domains or lead to others
// (semantics 5.15).
namespace dirsync::testing {
namespace {

using Following = ModelDirectory::Following;

constexpr std::uint64_t later = 1'000'000;  // above what any read notes

/// `staff` of corp lists ann and bea of emea, and is in the scope.
struct BenchOfTwoDomains : SyncBench {
    BenchOfTwoDomains() : SyncBench(store::make_memory_store(), {"corp.example.com", "emea.example.com"}) {
        auto& staff = directory.add_group("staff");
        for (const char* name : {"ann", "bea"}) staff.members.insert(directory.add_user(name, 1).guid);
        staff.usn = 1;
        // As the groups of every domain, which always have somebody.
        directory.add_group("guests").members.insert(directory.add_user("guest").guid);
        directory.add_group("visitors", 1).members.insert(directory.add_user("visitor", 1).guid);
        settings.scope.groups.push_back(scope_name("staff@corp.example.com"));
        cycle();
    }
};

// Members of another domain of the forest: memberOf does not tell of them.
TEST(MembersOfAnotherDomain, AreProvedByTheListAloneOrHeld) {  // 5.15
    SyncBench bench(store::make_memory_store(), {"corp.example.com", "emea.example.com"});
    auto& ad = bench.directory;
    auto& staff = ad.add_group("staff");
    staff.members.insert(ad.add_user("ann", 1).guid);
    ad.add_group("guests").members.insert(ad.add_user("guest").guid);
    ad.add_group("visitors", 1).members.insert(ad.add_user("visitor", 1).guid);
    bench.settings.scope.groups.push_back(scope_name("staff@corp.example.com"));
    bench.cycle();
    ASSERT_EQ(bench.memberships().size(), 1U);
    ad.hide_in_list(staff.guid, staff.members);
    EXPECT_EQ(bench.cycle(true).exit_code(false), 3);
    EXPECT_EQ(bench.memberships().size(), 1U);
    ad.show_list(staff.guid);
    EXPECT_EQ(bench.cycle(true).exit_code(false), 0);
    EXPECT_EQ(bench.memberships().size(), 1U);
    ad.find("staff")->members.clear();
    EXPECT_EQ(bench.cycle(true).exit_code(false), 0);
    EXPECT_TRUE(bench.memberships().empty());
}

// 5.15: what permissions let read is evidence of a list that changed. A server that shows fewer of an
// unchanged one contradicts itself.
TEST(MembersOfAnotherDomain, AreHeldWhereAnUnchangedListShowsFewer) {
    BenchOfTwoDomains bench;
    auto& ad = bench.directory;
    const auto& staff = *ad.find("staff");
    const auto ann = ad.find("ann")->guid;
    ASSERT_EQ(bench.memberships().size(), 2U);
    ad.lists_lie = true;
    ad.hide_in_list(staff.guid, {ann});
    EXPECT_EQ(bench.cycle(true).exit_code(false), 3);
    EXPECT_EQ(bench.memberships().size(), 2U);
    ad.find("staff")->members.erase(ann);
    ad.find("staff")->usn = later;
    EXPECT_EQ(bench.cycle(true).exit_code(false), 0);
    EXPECT_EQ(bench.memberships().size(), 1U);
}

// 5.14, 5.15: of a group that matters to nobody nothing is held, and what it lacks is not remembered.
TEST(MembersOfAnotherDomain, WhoLeftAHiddenGroupDoesNotComeInWithIt) {
    for (const auto following : {Following::none, Following::usn, Following::dirsync}) {
        SyncBench bench(store::make_memory_store(), {"corp.example.com", "emea.example.com"});
        auto& ad = bench.directory;
        const auto staff = ad.add_group("staff").guid;
        const auto team = ad.add_group("team").guid;
        const auto ann = ad.add_user("ann", 1).guid;
        ad.object(team).members = {ann, ad.add_user("bea").guid};
        ad.object(team).usn = 1;
        ad.object(staff).members = {ad.add_user("guest").guid};
        bench.settings.scope.groups.push_back(scope_name("staff@corp.example.com"));
        ad.follow(following);
        bench.cycle();
        ad.object(team).visible = false;
        ad.object(team).members.erase(ann);
        ad.object(team).usn = 2;
        bench.cycle(true);
        ad.object(team).visible = true;
        EXPECT_EQ(bench.cycle().exit_code(false), 0);
        ad.object(staff).members.insert(team);
        ad.object(staff).usn = later;
        bench.cycle();
        EXPECT_EQ(bench.users().size(), 2U);
        bench.cycle(true);
        EXPECT_EQ(bench.users().size(), 2U);
    }
}

// 5.15: the group was out of sight in a whole read, by whose numbers it did not change since.
TEST(MembersOfAnotherDomain, AreHeldWhereAGroupComesBackWithFewer) {
    BenchOfTwoDomains bench;
    auto& ad = bench.directory;
    const auto& staff = *ad.find("staff");
    const auto ann = ad.find("ann")->guid;
    ad.find("staff")->visible = false;
    bench.cycle(true);
    ASSERT_EQ(bench.memberships().size(), 2U);
    ad.lists_lie = true;
    ad.find("staff")->visible = true;
    ad.hide_in_list(staff.guid, {ann});
    for (const bool full : {false, true}) {
        EXPECT_EQ(bench.cycle(full).exit_code(false), 3);
        EXPECT_EQ(bench.memberships().size(), 2U);
    }
    ad.find("staff")->members.erase(ann);
    ad.find("staff")->usn = later;
    EXPECT_EQ(bench.cycle(true).exit_code(false), 0);
    EXPECT_EQ(bench.memberships().size(), 1U);
}

/// `staff` of corp with ann and the group `inner` of emea, which has bob of corp; the list of staff is
/// hidden.
class HiddenList : public ::testing::TestWithParam<Following> {
protected:
    SyncBench bench{store::make_memory_store(), {"corp.example.com", "emea.example.com"}};
    ModelDirectory& ad = bench.directory;
    ObjectGuid staff = ad.add_group("staff").guid;
    ObjectGuid inner = ad.add_group("inner", 1).guid;
    ObjectGuid ann = ad.add_user("ann", 1).guid;
    ObjectGuid bob = ad.add_user("bob").guid;
    ObjectGuid dan = ad.add_user("dan").guid;
    ObjectGuid eve = ad.add_user("eve", 1).guid;
    std::string hold;

    void SetUp() override {
        ad.object(staff).members = {ann, inner};
        ad.object(inner).members = {bob};
        ad.add_group("guests").members.insert(ad.add_user("guest").guid);
        ad.add_group("visitors", 1).members.insert(ad.add_user("visitor", 1).guid);
        bench.settings.scope.groups.push_back(scope_name("staff@corp.example.com"));
        ad.follow(GetParam());
        bench.cycle();
        ad.hide_in_list(staff, {ann, inner, dan, eve});
        hold = bench.cycle(true).holds.at(0).id;
        ASSERT_EQ(in_staff(), 2U);
    }
    std::size_t in_staff() {
        const auto all = bench.memberships();
        return static_cast<std::size_t>(std::count_if(
            all.begin(), all.end(), [](const auto& m) { return m.first == "staff@corp.example.com"; }));
    }
};
INSTANTIATE_TEST_SUITE_P(Modes, HiddenList, ::testing::Values(Following::usn, Following::dirsync));

/// Whoever is only looked for among the members of a list that is held is told when they change.
TEST_P(HiddenList, TheListsOfItsMembersAreNotReadAgain) {  // 5.6, 6.5
    ad.hide_in_list(inner, {bob});
    for (int i = 0; i < 2; ++i) {
        const auto report = bench.cycle();
        EXPECT_FALSE(report.wrote);
        EXPECT_EQ(report.holds.at(0).id, hold);
    }
    EXPECT_EQ(in_staff(), 2U);
}

/// What comes below the inner group goes no further up, for nothing proves that the group is in it still.
TEST_P(HiddenList, LeadsNobodyIn) {  // 5.14, 5.15
    const ObjectGuid max = ad.add_user("max").guid;
    bench.settings.scope.users.push_back(scope_name("max@corp.example.com"));
    bench.cycle();
    ad.object(ad.add_group("deep", 1).guid).members = {ad.add_user("fay", 1).guid};
    ad.object(inner).members.insert({ad.find("deep")->guid, max});
    const auto before = bench.memberships();
    for (const bool full : {false, true}) {
        EXPECT_EQ(bench.cycle(full).holds.at(0).id, hold);
        EXPECT_EQ(bench.memberships(), before);
        EXPECT_FALSE(bench.groups().contains("deep@emea.example.com"));
        EXPECT_FALSE(bench.users().contains("fay@emea.example.com"));
        EXPECT_FALSE(bench.cycle().wrote);
    }
    ad.show_list(staff);
    EXPECT_TRUE(bench.cycle().holds.empty());
    auto now = before;
    now.insert({{"staff@corp.example.com", "max@corp.example.com"},
                {"staff@corp.example.com", "fay@emea.example.com"},
                {"inner@emea.example.com", "max@corp.example.com"},
                {"inner@emea.example.com", "fay@emea.example.com"},
                {"deep@emea.example.com", "fay@emea.example.com"}});
    EXPECT_EQ(bench.memberships(), now) << "the list says so";
    EXPECT_FALSE(bench.cycle(true).wrote);
}

class ToldToHiddenList : public HiddenList {};
INSTANTIATE_TEST_SUITE_P(Modes, ToldToHiddenList, ::testing::Values(Following::dirsync));

/// Though the list is read again for the sake of what is held, and lacks them.
TEST_P(ToldToHiddenList, WhoIsToldToHaveComeIsIn) {  // 5.2, 5.15
    ad.object(staff).members.insert(dan);
    const auto report = bench.cycle();
    EXPECT_EQ(report.holds.at(0).id, hold) << "memberOf proves it";
    EXPECT_EQ(in_staff(), 3U);
    EXPECT_FALSE(bench.cycle().wrote);
    ad.object(staff).members.insert(eve);
    EXPECT_EQ(bench.cycle().holds.at(0).objects.size(), 3U)
        << "of another domain nothing proves it but the telling";
    EXPECT_EQ(in_staff(), 4U);
    EXPECT_FALSE(bench.cycle().wrote);
    ad.object(staff).members.erase(dan);
    ad.object(staff).members.erase(eve);
    EXPECT_EQ(bench.cycle().holds.at(0).id, hold);
    EXPECT_EQ(in_staff(), 2U);
}

TEST(ForeignMembers, TellOfTheirGroupsThemselves) {  // 2.6, 5.15
    SyncBench bench(store::make_memory_store(), {"corp.example.com", "emea.example.com"});
    auto& ad = bench.directory;
    const auto staff = ad.add_group("staff").guid;
    const auto foreign = ad.add_foreign(ad.add_user("ann", 1), 0).guid;
    ad.object(staff).members.insert(foreign);
    ad.add_group("guests").members.insert(ad.add_user("guest").guid);
    bench.settings.scope.groups.push_back(scope_name("staff@corp.example.com"));
    bench.cycle();
    ASSERT_EQ(bench.memberships().size(), 1U);
    ad.hide_in_list(staff, {foreign});
    EXPECT_EQ(bench.cycle(true).exit_code(false), 0);
    EXPECT_EQ(bench.memberships().size(), 1U);
    ad.hide("memberOf");
    EXPECT_EQ(bench.cycle(true).exit_code(false), 3);
    EXPECT_EQ(bench.memberships().size(), 1U);
    ad.show("memberOf");
    ad.object(staff).members.clear();
    EXPECT_EQ(bench.cycle(true).exit_code(false), 0);
    EXPECT_TRUE(bench.memberships().empty());
}

}  // namespace
}  // namespace dirsync::testing
