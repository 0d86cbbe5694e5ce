#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "tests/contract/sources_fixture.hpp"

namespace dirsync::store::testing {
namespace {

using ::testing::HasSubstr;

/// A store of many users and their groups, on the disk.
void fill_many(sync::IdentityStore& store, Node users) {
    sync::Plan plan;
    for (Node node = 1; node <= users; ++node)
        plan.users.push_back(created(node, a_user(node, "user" + std::to_string(node))));
    for (Node node = 1; node <= users / 100; ++node)
        plan.groups.push_back(created(users + node, a_group(users + node, "group" + std::to_string(node))));
    for (Node node = 1; node <= users; ++node) {
        for (Node i = 0; i < 3; ++i)
            plan.memberships.push_back(member_added(users + 1 + (node + i * 7) % (users / 100), node));
    }
    const auto done = store.commit(commit_of(plan, 0));
    ASSERT_TRUE(done) << done.error().message();
}

Result<sync::SourceChanged> to_ad(sync::IdentityStore& store) {
    sync::SourceChange change;
    change.from = store.facts()->source;
    change.to = ad();
    change.run.kind = sync::RunKind::source_change;
    change.run.ended = noon;
    return store.sources().change(change);
}

TEST(SourcesOnSqlite, AFullDiskLeavesTheOldState) {  // semantics 1.6
    TempFolder folder;
    SqliteOptions options;
    options.path = folder.file("identity.db");
    fill_many(*open_store(options.path), 3000);
    options.max_pages = static_cast<std::int64_t>(std::filesystem::file_size(options.path) / 4096) + 50;
    auto full = open_sqlite(options);
    ASSERT_TRUE(full);
    const auto changed = to_ad(**full);
    ASSERT_FALSE(changed);
    EXPECT_EQ(changed.error().code(), ErrorCode::store_unavailable);
    EXPECT_EQ((*full)->facts()->users, 3000u);
    EXPECT_EQ((*full)->facts()->source.kind, sync::SourceKind::directory);
    EXPECT_TRUE((*full)->sources().snapshots()->empty());
    full->reset();
    auto roomy = open_store(options.path);
    EXPECT_TRUE(to_ad(*roomy));
    EXPECT_EQ(roomy->facts()->users, 0u);
    EXPECT_TRUE(roomy->check_integrity());
}

// DIRSYNC_USERS=100000 for the figure of docs/operating.md.
TEST(SourcesOnSqlite, ALargeStoreChangesWithinSeconds) {
    const char* number = std::getenv("DIRSYNC_USERS");
    const Node users = number == nullptr ? 5000 : static_cast<Node>(std::atoi(number));
    TempFolder folder;
    auto store = open_store(folder.file("identity.db"));
    fill_many(*store, users);
    const auto begin = std::chrono::steady_clock::now();
    ASSERT_TRUE(to_ad(*store));
    const auto there = std::chrono::steady_clock::now();
    sync::SourceChange back;
    back.from = store->facts()->source;
    back.to = record(sync::SourceKind::directory);
    back.run.ended = noon;
    ASSERT_TRUE(store->sources().change(back));
    const std::chrono::duration<double> forth = there - begin;
    const std::chrono::duration<double> home = std::chrono::steady_clock::now() - there;
    std::printf("%u users: removed in %.2f s, back in %.2f s\n", users, forth.count(), home.count());
    EXPECT_EQ(store->facts()->users, users);
    EXPECT_LT(forth.count(), 60);
}

TEST(SnapshotLines, SayWhichLineIsWrong) {
    EXPECT_THAT(sync::parsed_snapshot("").error().message(), HasSubstr("empty"));
    EXPECT_THAT(sync::parsed_snapshot("{}").error().message(), HasSubstr("line 1"));
    sync::SnapshotContents contents;
    contents.about = {to_text(id_of_node(1)), noon, sync::SourceKind::directory, "directory",
                      "active_directory:a"};
    const std::string head = lines_of(contents);
    ASSERT_TRUE(sync::parsed_snapshot(head));
    for (const std::string bad :
         {"no json", "[]", R"({"kind":"camel"})", R"({"kind":"user","user_id":"x"})"}) {
        const auto parsed = sync::parsed_snapshot(head + bad + "\n");
        ASSERT_FALSE(parsed) << bad;
        EXPECT_EQ(parsed.error().code(), ErrorCode::refused);
        EXPECT_THAT(parsed.error().message(), HasSubstr("line 2"));
    }
}

}  // namespace
}  // namespace dirsync::store::testing
