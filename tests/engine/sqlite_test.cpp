#include <cstdlib>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "store/sqlite/store.hpp"
#include "tests/support/sync_bench.hpp"

namespace dirsync::testing {
namespace {

/// A folder that goes with the test.
class Folder {
public:
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "dirsync-engine-XXXXXX").string();
        path_ = ::mkdtemp(name.data());
    }
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    std::string file() const { return path_ / "identity.db"; }

private:
    std::filesystem::path path_;
};

std::unique_ptr<sync::IdentityStore> sqlite(const Folder& folder) {
    store::SqliteOptions options;
    options.path = folder.file();
    auto store = store::open_sqlite(options);
    EXPECT_TRUE(store.has_value()) << store.error().message();
    return std::move(*store);
}

TEST(OnSqlite, NothingNewWritesNothing) {  // semantics 5.6
    const Folder folder;
    SyncBench bench(sqlite(folder));
    auto& ad = bench.directory;
    auto& staff = ad.add_group("zebra");
    staff.members = {ad.add_user("alice").guid};
    ad.add_group("ape").members = {ad.add_user("bob").guid};
    bench.settings.scope.groups = {scope_name("zebra@corp.example.com"), scope_name("ape@corp.example.com")};
    bench.settings.scope.users = {scope_name("alice@corp.example.com"),
                                  scope_name("nobody@corp.example.com")};
    ASSERT_TRUE(bench.cycle().wrote);
    EXPECT_FALSE(bench.cycle().wrote);
    EXPECT_FALSE(bench.cycle(true).wrote);
    bench.restart();
    EXPECT_FALSE(bench.cycle().wrote);
    EXPECT_EQ(bench.rows("v1_runs").size(), 1u);
    EXPECT_TRUE(bench.store().check_integrity().has_value());
}

TEST(OnSqlite, EverythingSurvivesARestart) {  // semantics 4.4, 5.2, 5.3, 5.7
    const Folder folder;
    SyncBench bench(sqlite(folder));
    auto& ad = bench.directory;
    auto& staff = ad.add_group("staff");
    std::vector<ObjectGuid> guids;
    for (int i = 0; i < 30; ++i) {
        guids.push_back(ad.add_user("user" + std::to_string(i)).guid);
        staff.members.insert(guids.back());
    }
    bench.settings.scope.groups = {scope_name("staff@corp.example.com")};
    bench.cycle();
    ad.object(guids[0]).visible = false;
    ad.find("staff")->members.erase(guids[1]);
    for (std::size_t i = 10; i < 22; ++i) ad.remove(guids[i]);
    const auto held = bench.cycle();
    EXPECT_EQ(held.holds.size(), 2u);
    const auto users = bench.users();
    bench.restart();
    const auto again = bench.cycle();
    EXPECT_FALSE(again.wrote);
    EXPECT_EQ(bench.users(), users);
    EXPECT_EQ(bench.users().at("user0@corp.example.com")["scope"], "held");
    EXPECT_EQ(bench.users().at("user1@corp.example.com")["scope"], "out");
    std::string removal;
    for (const auto& hold : again.holds) {
        if (hold.hold == sync::HoldClass::remove_users) removal = hold.id;
    }
    bench.restart();
    bench.cycle(false, {removal});
    EXPECT_EQ(bench.users().size(), 18u);
    EXPECT_TRUE(bench.store().check_integrity().has_value());
}

}  // namespace
}  // namespace dirsync::testing
