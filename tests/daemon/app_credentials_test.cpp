// Refused credentials, in a daemon and after its restart (semantics 5.8).
#include "tests/daemon/app_bench.hpp"

namespace dirsync::daemon {
namespace {

TEST_F(AppTest, RefusedCredentialsAreNotTriedAgainUntilTheSecretChanges) {  // semantics 5.8
    script.refuses = true;
    start();
    wait_for_cycles(1);
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(ask("POST", "/v1/sync").at("exit_code").as_int64(), 77);
        EXPECT_EQ(ask("GET", "/v1/plan").at("exit_code").as_int64(), 77);
    }
    EXPECT_EQ(script.attempts, 1);
    EXPECT_THAT(boost::json::serialize(status().at("warnings")), HasSubstr("not tried again"));

    std::ofstream(directory / "password") << "another secret";
    script.refuses = false;
    EXPECT_EQ(ask("POST", "/v1/sync").at("exit_code").as_int64(), 0);
    EXPECT_EQ(script.attempts, 2);
}

TEST_F(AppTest, ARefusedLoginIsNamedByItsCode) {  // semantics 5.8
    script.refuses = true;
    ::testing::internal::CaptureStderr();
    start();
    wait_for_cycles(1);
    const auto now = status();
    EXPECT_EQ(now.at("last_error").as_string(), "InvalidDirectoryCredentials: the password is wrong");
    EXPECT_EQ(now.at("last_run").at("error").as_string(), now.at("last_error").as_string());
    EXPECT_THAT(raw("GET", "/readyz"), HasSubstr("not ready: credentials: InvalidDirectoryCredentials"));
    EXPECT_EQ(ask("POST", "/v1/sync").at("error").as_string(), now.at("last_error").as_string());
    stop();
    EXPECT_THAT(::testing::internal::GetCapturedStderr(),
                HasSubstr("reason=\"InvalidDirectoryCredentials: the password is wrong\""));
}

TEST_F(AppTest, ARestartedDaemonDoesNotTryWhatWasRefused) {  // semantics 5.8
    script.refuses = true;
    start(sqlite_store());
    wait_for_cycles(1);
    stop();
    ASSERT_EQ(script.attempts, 1);

    start(sqlite_store());
    wait_for_answer();
    wait_until([this] { return status().at("last_error").is_string(); });
    EXPECT_THAT(std::string(status().at("last_error").as_string()),
                HasSubstr("InvalidDirectoryCredentials: the directory refused these credentials"));
    EXPECT_THAT(raw("GET", "/readyz"), HasSubstr("not ready: credentials"));
    EXPECT_THAT(boost::json::serialize(status().at("warnings")), HasSubstr("not tried again"));
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(ask("POST", "/v1/sync").at("exit_code").as_int64(), 77);
        EXPECT_EQ(ask("GET", "/v1/plan").at("exit_code").as_int64(), 77);
    }
    stop();
    EXPECT_EQ(script.attempts, 1) << "the pause is not over";

    std::ofstream(directory / "password") << "another secret";
    script.refuses = false;
    start(sqlite_store());
    wait_for_cycles(1);
    EXPECT_EQ(script.attempts, 2) << "another secret is tried at once";
    EXPECT_TRUE(status().at("last_error").is_null());
    stop();
    const auto store = sqlite_store();
    EXPECT_FALSE(store->history().refusal().value()) << "a success ends it";
}

TEST_F(AppTest, APlanThatMeetsRefusedCredentialsIsTheOnlyAttemptAsWell) {  // semantics 5.8
    start();
    wait_for_cycles(1);
    script.refuses = true;
    const int before = script.attempts;
    for (int i = 0; i < 3; ++i) EXPECT_EQ(ask("GET", "/v1/plan").at("exit_code").as_int64(), 77);
    EXPECT_EQ(ask("POST", "/v1/sync").at("exit_code").as_int64(), 77);
    EXPECT_EQ(script.attempts, before + 1);
    EXPECT_TRUE(ask("POST", "/v1/reload").contains("needs_restart"));
    wait_until([&] { return script.attempts == before + 2; });
}

// The session that cycles use may have been bound before: no cycle says so, and none runs until the pause is
// over.
TEST_F(AppTest, CredentialsThatANotificationFindsRefusedAreSaidAtOnce) {  // semantics 5.8
    script.notifications = 0;
    start();
    wait_for_cycles(1);
    EXPECT_TRUE(status().at("last_error").is_null());
    script.refuses_notifications = true;
    wait_until([this] { return status().at("last_error").is_string(); });
    EXPECT_THAT(std::string(status().at("last_error").as_string()),
                HasSubstr("InvalidDirectoryCredentials: the password is wrong"));
    EXPECT_THAT(raw("GET", "/readyz"), HasSubstr("not ready: credentials"));
    script.refuses_notifications = false;
    EXPECT_TRUE(ask("POST", "/v1/reload").contains("needs_restart"));
    wait_until([this] { return status().at("last_error").is_null(); });
}

TEST_F(AppTest, NoNotificationIsAskedForWithRefusedCredentials) {  // semantics 5.8
    script.notifications = 0;
    script.refuses = true;
    start();
    wait_for_cycles(1);
    std::this_thread::sleep_for(milliseconds(1100));  // longer than between two looks
    EXPECT_EQ(script.waits, 0);
}

}  // namespace
}  // namespace dirsync::daemon
