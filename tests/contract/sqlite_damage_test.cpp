#include <fstream>

#include "sync/fold.hpp"
#include "tests/contract/fence_fixture.hpp"

// A store whose pages are damaged (semantics 5.18).
namespace dirsync::store::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

sync::MirrorUpsert mirrored(Node node, sync::EntryKind kind, const std::string& dn) {
    sync::MirrorUpsert upsert;
    upsert.row.node = node;
    upsert.row.guid = guid_of_node(node);
    upsert.row.kind = kind;
    upsert.dn = dn;
    upsert.attributes = "packed";
    upsert.row.hash = sync::hash_of(upsert.row, upsert.dn, upsert.attributes);
    return upsert;
}

TEST_F(SqliteFence, ATextThatIsNotWhatWasWrittenIsNotHandedOut) {
    const auto store = open_store(path());
    sync::MirrorDelta delta;
    delta.upserts = {mirrored(1, sync::EntryKind::user, "CN=alice"),
                     mirrored(2, sync::EntryKind::user, "CN=bob"),
                     mirrored(3, sync::EntryKind::container, "OU=Staff"),
                     mirrored(4, sync::EntryKind::container, "OU=Sales")};
    sync::Commit commit;
    commit.mirror = &delta;
    commit.cursor = sync::Cursor{};
    commit.run.ended = noon;
    ASSERT_TRUE(store->commit(commit));
    Consumer(path()).run(
        "UPDATE mirror_objects SET attributes = x'7061636b6564ff' WHERE node = 1;"
        "UPDATE mirror_objects SET dn = 'OU=Stbff' WHERE node = 3");
    const auto texts = store->mirror_texts(std::vector<Node>{1, 2});
    ASSERT_TRUE(texts);
    EXPECT_TRUE(texts->at(0).damaged);
    EXPECT_EQ(texts->at(0).attributes, "");
    EXPECT_FALSE(texts->at(1).damaged);
    EXPECT_EQ(texts->at(1).attributes, "packed");
    LoadedState state;
    const auto facts = store->load(state);
    ASSERT_TRUE(facts);
    EXPECT_THAT(facts->damaged, ElementsAre(3U));
    EXPECT_THAT(state.containers, ElementsAre(std::pair<Node, std::string>(4, "OU=Sales")));
}

TEST_F(SqliteFence, ALookThroughASoundStoreEnds) {
    const auto store = store_with_a_backup();
    int parts = 0;
    for (;;) {
        const auto done = store->check_part(std::chrono::seconds(30));
        ASSERT_TRUE(done) << done.error().message();
        ++parts;
        if (*done) break;
    }
    EXPECT_GT(parts, 10);
    EXPECT_TRUE(store->commit(commit_of(one_user(3, "carol"), 0)));
}

TEST_F(SqliteFence, ALookThatRunsOutOfMemoryFoundNoDamage) {
    const auto store = store_with_a_backup();
    int failed = 0;
    for (std::int64_t more = 0; more < 300'000; more += 1000) {
        sqlite3_hard_heap_limit64(sqlite3_memory_used() + more);
        const bool looked = store->check_part(std::chrono::seconds(30)).has_value();
        sqlite3_hard_heap_limit64(0);
        failed += looked ? 0 : 1;
        ASSERT_TRUE(store->present()) << more << ": " << store->present().error().message();
    }
    EXPECT_GT(failed, 0);
    EXPECT_TRUE(store->commit(commit_of(one_user(3, "carol"), 0)));
}

TEST_F(SqliteFence, AfterDamageWasFoundNothingIsWritten) {
    {
        const auto store = open_store(path());
        sync::Plan plan;
        for (Node node = 1; node <= 500; ++node)
            plan.users.push_back(created(node, a_user(node, "user" + std::to_string(node))));
        ASSERT_TRUE(store->commit(commit_of(plan, 0)));
    }
    const int page =
        std::stoi(Consumer(path()).rows("SELECT max(pageno) FROM dbstat WHERE name = 'users'").at(0));
    {
        std::fstream file(path(), std::ios::in | std::ios::out | std::ios::binary);
        file.seekp((page - 1) * 4096L);
        file << std::string(4096, '\0');
    }
    const auto store = open_store(path());
    Result<bool> done = false;
    while (done && !*done) done = store->check_part(std::chrono::seconds(30));
    ASSERT_FALSE(done);
    EXPECT_THAT(done.error().message(),
                AllOf(HasSubstr("is damaged in users"), HasSubstr("restore a backup")));
    expect_lost(*store, "is damaged in users");
}

}  // namespace
}  // namespace dirsync::store::testing
