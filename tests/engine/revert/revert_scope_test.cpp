#include <gtest/gtest.h>

#include "store/memory/store.hpp"
#include "tests/support/sync_bench.hpp"

namespace dirsync::testing {
namespace {

// semantics 5.10, 4.4: who left the scope again since the run that is undone has a clock of their own by now.
// Half of the two would be somebody in the scope whose clock runs.
TEST(RevertOfTheScope, LeavesPlaceAndClockAsALaterRunMadeThem) {
    SyncBench bench{store::make_memory_store()};
    const std::string alice = "alice@corp.example.com";
    bench.directory.add_user("alice");
    bench.settings.scope.users = {scope_name(alice)};
    bench.cycle();
    bench.settings.scope.users = {};
    bench.cycle();
    const auto left = bench.last_run_id();
    ASSERT_EQ(bench.users().at(alice)["scope"], "out");
    ASSERT_TRUE(bench.revert(left));
    ASSERT_EQ(bench.users().at(alice)["scope"], "in");
    bench.now += Duration(60);
    bench.cycle();
    const auto row = bench.users().at(alice);
    ASSERT_EQ(row.at("scope"), "out");

    const auto again = bench.revert(left);
    ASSERT_TRUE(again) << again.error().message();
    EXPECT_FALSE(again->wrote);
    EXPECT_EQ(again->not_restored.size(), 1u);
    EXPECT_EQ(bench.users().at(alice), row);
}

// semantics 4.3, 5.10, 5.17: without its row a mangled name is nobody; the row comes back, the object is
// deleted and undeleted, and is the row's own all the time.
TEST(RevertOfAMangledName, LeavesTheRowItsObjectThoughThatIsDeleted) {
    SyncBench bench{store::make_memory_store()};
    auto& ad = bench.directory;
    const std::string alice = "alice@corp.example.com";
    const auto guid = ad.add_user("alice").guid;
    bench.settings.scope.users = {scope_name("guid:" + to_text(guid))};
    bench.cycle();
    const auto id = bench.users().at(alice)["user_id"];
    ASSERT_TRUE(bench.revert(bench.last_run_id()));
    const auto undone = bench.last_run_id();
    ASSERT_TRUE(bench.users().empty());
    ad.object(guid).mangled = true;
    bench.cycle(true);
    ASSERT_TRUE(bench.revert(undone));
    ad.object(guid).mangled = false;
    const auto object = ad.object(guid);
    ad.remove(guid);
    bench.cycle(true);
    ASSERT_EQ(bench.users().at(alice)["user_id"], id);

    ad.undelete(object);
    EXPECT_EQ(bench.cycle(true).exit_code(false), 0);
    EXPECT_EQ(bench.users().size(), 1U);
    EXPECT_EQ(bench.users().at(alice)["user_id"], id);
}

}  // namespace
}  // namespace dirsync::testing
