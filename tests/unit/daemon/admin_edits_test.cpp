#include "daemon/admin_edits.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/memory/store.hpp"
#include "tests/support/await.hpp"

namespace dirsync::daemon {
namespace {

using ::testing::HasSubstr;

class AdminEditsTest : public ::testing::Test {
protected:
    sync::StoreClient client{store::make_memory_store(), sync::StoreThread::Runs::at_once};
    sync::IdentityStore* store = &client.store();
    sync::SourceKind configured = sync::SourceKind::directory;
    int counted = 0;
    AdminEdits admin{{client, [this] { return configured; }, [this] { return count(); },
                      [] { return Time{Duration{1'790'000'000}}; }}};

    Task<void> count() {
        ++counted;
        co_return;
    }
    template <class What>
    Result<admin::Decision> edit(What what, api::EditOptions options = {}) {
        std::vector<admin::Edit> edits{{"", std::move(what)}};
        return testing::await(admin.edit(std::move(edits), options));
    }
    static admin::CreateUser a_user(const std::string& name) {
        admin::CreateUser edit;
        edit.fields.user_name = name;
        return edit;
    }
    std::size_t rows_of(const std::string& view) {
        sync::ViewQuery query;
        query.view = view;
        return store->query(query)->rows.size();
    }
    void record(sync::SourceKind kind, bool pending) {
        sync::SourceRecord source;
        source.kind = kind;
        source.identity =
            kind == sync::SourceKind::directory ? "" : std::string(text_of(kind)) + ":corp.example.com";
        source.change_pending = pending;
        ASSERT_TRUE(store->set_source(source));
    }
};

TEST_F(AdminEditsTest, AnEditIsOneRunAndIsCounted) {
    ASSERT_TRUE(edit(a_user("alice")));
    EXPECT_EQ(rows_of("v1_users"), 1U);
    EXPECT_EQ(rows_of("v1_runs"), 1U);
    EXPECT_EQ(counted, 1);
}

TEST_F(AdminEditsTest, ADryRunWritesNothingAndSaysWhatItWould) {
    api::EditOptions options;
    options.dry_run = true;
    const auto decision = edit(a_user("alice"), options);
    ASSERT_TRUE(decision);
    ASSERT_EQ(decision->lines.size(), 1U);
    EXPECT_EQ(decision->lines[0].name, "alice");
    EXPECT_EQ(rows_of("v1_users"), 0U);
    EXPECT_EQ(rows_of("v1_runs"), 0U);
    EXPECT_EQ(counted, 0);
}

TEST_F(AdminEditsTest, OneBadEditAndNothingIsWrittenUnlessAskedFor) {
    std::vector<admin::Edit> edits{{"f:2", a_user("alice")}, {"f:3", a_user("b c")}, {"f:4", a_user("")}};
    const auto refused = testing::await(admin.edit(edits, {}));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::refused);
    EXPECT_EQ(refused.error().message(), "f:3: userName has white space in it\nf:4: userName is empty");
    EXPECT_EQ(rows_of("v1_users"), 0U);
    api::EditOptions options;
    options.skip_bad = true;
    const auto taken = testing::await(admin.edit(edits, options));
    ASSERT_TRUE(taken);
    EXPECT_EQ(taken->problems.size(), 2U);
    EXPECT_EQ(rows_of("v1_users"), 1U);
    const std::vector<admin::Edit> all_bad{{"f:1", a_user("")}};
    EXPECT_FALSE(testing::await(admin.edit(all_bad, options))) << "nothing good: that is a failure";
}

// semantics 1.1: one source is active.
TEST_F(AdminEditsTest, UsersAreNotEditedUnderAnotherSource) {
    record(sync::SourceKind::active_directory, false);
    configured = sync::SourceKind::active_directory;
    const auto refused = edit(a_user("alice"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::refused);
    EXPECT_THAT(refused.error().message(),
                HasSubstr("users and groups come from active_directory:corp.example.com"));
    EXPECT_FALSE(edit(admin::DeleteGroup{"staff"}));
    EXPECT_TRUE(edit(admin::CreatePermissionSet{"ReadOnly", ""}))
        << "permission sets work under every source";
}

TEST_F(AdminEditsTest, UsersAreNotEditedBeforeAConfiguredSourceWasFirstReached) {
    configured = sync::SourceKind::active_directory;
    const auto refused = edit(a_user("alice"));
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message(), HasSubstr("the configuration names active_directory"));
    configured = sync::SourceKind::directory;
    record(sync::SourceKind::active_directory, false);
    EXPECT_FALSE(edit(a_user("alice"))) << "nor before it was taken back";
}

// semantics 1.4: frozen until an admin consents.
TEST_F(AdminEditsTest, NothingIsEditedWhileAChangeOfTheSourceWaits) {
    record(sync::SourceKind::directory, true);
    const auto refused = edit(admin::CreatePermissionSet{"ReadOnly", ""});
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message(), HasSubstr("frozen"));
    EXPECT_FALSE(edit(a_user("alice")));
}

}  // namespace
}  // namespace dirsync::daemon
