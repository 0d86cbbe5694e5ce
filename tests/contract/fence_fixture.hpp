#pragma once

#include <fstream>
#include <sstream>

#include "model/seams/history_store.hpp"
#include "model/seams/source_store.hpp"
#include "tests/contract/consumer.hpp"
#include "tests/contract/store_fixture.hpp"

namespace dirsync::store::testing {

class SqliteFence : public ::testing::Test {
protected:
    std::string path() const { return folder_.file("identity.db"); }
    std::string copy() const { return folder_.file("copy.db"); }

    static sync::Plan one_user(Node node, const std::string& name) {
        sync::Plan plan;
        plan.users = {created(node, a_user(node, name))};
        return plan;
    }
    /// A store with alice, and a backup of it with nobody else; bob came later.
    std::unique_ptr<sync::IdentityStore> store_with_a_backup() {
        auto store = open_store(path());
        EXPECT_TRUE(store->commit(commit_of(one_user(1, "alice"), 0)));
        Consumer(path()).run("VACUUM INTO '" + copy() + "'");
        EXPECT_TRUE(store->commit(commit_of(one_user(2, "bob"), 0)));
        return store;
    }
    /// Every call says that the store is lost, and why, and writes nothing.
    static void expect_lost(sync::IdentityStore& store, const std::string& why) {
        const auto present = store.present();
        ASSERT_FALSE(present);
        EXPECT_EQ(present.error().code(), ErrorCode::store_unavailable);
        EXPECT_THAT(
            present.error().message(),
            ::testing::AllOf(::testing::HasSubstr(why), ::testing::HasSubstr("nothing is read or written")));
        EXPECT_FALSE(store.facts());
        EXPECT_FALSE(store.users(std::vector<Node>{1}));
        EXPECT_FALSE(store.query(view("v1_users")));
        const auto committed = store.commit(commit_of(one_user(3, "carol"), 0));
        ASSERT_FALSE(committed);
        EXPECT_EQ(committed.error().message(), present.error().message());
        EXPECT_FALSE(store.set_paused(noon, false, asked("pause")));
        EXPECT_FALSE(store.record_run(asked("reload")));
        EXPECT_FALSE(store.history().refusal());
    }
    std::vector<std::string> names_in(const std::string& file) {
        return Consumer(file).rows("SELECT user_name FROM v1_users ORDER BY user_name");
    }
    std::string lock_text() const {
        std::stringstream text;
        text << std::ifstream(path() + ".lock").rdbuf();
        return text.str();
    }

    TempFolder folder_;
};

}  // namespace dirsync::store::testing
