#include <gtest/gtest.h>

#include "store/memory/store.hpp"
#include "tests/support/sync_bench.hpp"

namespace dirsync::testing {
namespace {

using Following = ModelDirectory::Following;

// semantics 2.4, 5.14: an account that is no user's any more, as when its objectCategory was changed.
class OtherKind : public ::testing::TestWithParam<Following> {
protected:
    SyncBench bench{store::make_memory_store()};
    ModelDirectory& ad = bench.directory;

    void SetUp() override {
        for (const char* name : {"alice", "bob"}) {
            ad.add_user(name).usn = 1;
            bench.settings.scope.users.push_back(scope_name(std::string(name) + "@corp.example.com"));
        }
        ad.follow(GetParam());
        bench.cycle();
    }
    ModelDirectory::Object& change(const std::string& name) {
        auto& object = ad.object(guids.at(name));
        object.usn = ++usn;
        return object;
    }
    std::string status_of(const std::string& name) {
        return bench.users().at(name + "@corp.example.com")["status"];
    }
    std::map<std::string, ObjectGuid> guids;
    std::uint64_t usn = 1'000'000;
};

INSTANTIATE_TEST_SUITE_P(, OtherKind, ::testing::Values(Following::none, Following::dirsync, Following::usn),
                         [](const auto& each) {
                             return each.param == Following::none      ? "Full"
                                    : each.param == Following::dirsync ? "DirSync"
                                                                       : "Usn";
                         });

TEST_P(OtherKind, EnablesNobody) {
    for (const char* name : {"alice", "bob"}) guids[name] = ad.find(name)->guid;
    change("alice").disabled = true;
    change("bob").expires = bench.now.time_since_epoch().count() - 1;
    bench.cycle();
    ASSERT_EQ(status_of("alice"), "DISABLED");
    ASSERT_EQ(status_of("bob"), "DISABLED");
    change("alice").kind = sync::EntryKind::other;
    change("bob").kind = sync::EntryKind::other;
    for (const bool whole : {false, true}) {
        bench.cycle(whole);
        EXPECT_EQ(status_of("alice"), "DISABLED");
        EXPECT_EQ(status_of("bob"), "DISABLED");
    }
}

TEST_P(OtherKind, IsDisabledAllTheSame) {
    guids["alice"] = ad.find("alice")->guid;
    change("alice").kind = sync::EntryKind::other;
    bench.cycle();
    ASSERT_EQ(status_of("alice"), "ENABLED");
    change("alice").disabled = true;
    // Reads of changes ask for users and groups.
    bench.cycle(true);
    EXPECT_EQ(status_of("alice"), "DISABLED");
}

// semantics 5.1, 5.5: no user becomes a group. A server that says so for a while costs nothing.
TEST_P(OtherKind, AUserWhoIsToldAsAGroupStaysOne) {
    guids["alice"] = ad.find("alice")->guid;
    auto& staff = ad.add_group("staff");
    staff.members = {guids["alice"]};
    bench.settings.scope.groups = {scope_name("staff@corp.example.com")};
    bench.cycle();
    const auto users = bench.users();
    const auto members = bench.memberships();
    change("alice").kind = sync::EntryKind::group;
    for (const bool whole : {false, true, false}) {
        EXPECT_FALSE(bench.cycle(whole).error);
        EXPECT_EQ(bench.users(), users);
        EXPECT_EQ(bench.memberships(), members);
        EXPECT_EQ(bench.rows("v1_entity_errors").size(), 1u);
    }
    change("alice").kind = sync::EntryKind::user;
    ad.object(guids["alice"]).disabled = true;
    EXPECT_FALSE(bench.cycle().error);
    EXPECT_EQ(status_of("alice"), "DISABLED");
    EXPECT_EQ(bench.memberships(), members);
    EXPECT_TRUE(bench.rows("v1_entity_errors").empty());
}

}  // namespace
}  // namespace dirsync::testing
