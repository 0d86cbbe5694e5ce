// Reloads that name another identity source (semantics 1.4).
#include "tests/daemon/app_bench.hpp"

#include "core/system_time.hpp"

namespace dirsync::daemon {
namespace {

// semantics 1.4: whoever reloads is told, and monitoring is.
TEST_F(AppTest, AReloadThatFreezesTheStoreSaysSo) {
    write_config("", built_in);
    start(sqlite_store());
    wait_for_cycles(1);
    ask("POST", "/v1/users", R"({"user_name": "alice"})");
    EXPECT_THAT(raw("GET", "/readyz"), HasSubstr("\"ready\""));
    write_config("");
    const auto taken = ask("POST", "/v1/reload");
    ASSERT_TRUE(taken.contains("pending")) << boost::json::serialize(taken);
    EXPECT_EQ(taken.at("pending").at("to").as_string(), "active_directory:corp.example.com");
    EXPECT_EQ(taken.at("pending").at("users").as_int64(), 1);
    wait_for_cycles(2);
    EXPECT_EQ(status().at("source").at("state").as_string(), "change_pending");
    const std::string readiness = raw("GET", "/readyz");
    EXPECT_THAT(readiness, HasSubstr("503"));
    EXPECT_THAT(readiness, HasSubstr("not ready: frozen: "));
    EXPECT_THAT(readiness, HasSubstr("from directory to active_directory:corp.example.com"));
    EXPECT_THAT(readiness, HasSubstr("'dirsyncctl source change'"));
    write_config("", built_in);
    EXPECT_FALSE(ask("POST", "/v1/reload").contains("pending"));
    wait_until([this] { return raw("GET", "/readyz").find("\"ready\"") != std::string::npos; });
    stop();
}

TEST_F(AppTest, AFrozenStoreIsCalledThatAfterARestartWhilePaused) {  // semantics 1.4, 4.5
    auto store = store::make_memory_store();
    sync::SourceRecord source;
    source.kind = sync::SourceKind::active_directory;
    source.identity = "active_directory:old.example.com";
    source.change_pending = true;
    ASSERT_TRUE(store->set_source(source));
    ASSERT_TRUE(store->set_paused(system_time(), false, sync::run_of_admin("pause", {}, system_time())));
    start(std::move(store));
    wait_for_answer();
    EXPECT_THAT(raw("GET", "/readyz"), HasSubstr("not ready: frozen: "));
    EXPECT_EQ(script.attempts, 0);
    stop();
}

// semantics 1.4: a consent in the configuration makes the change, and nothing waits.
TEST_F(AppTest, AReloadThatConsentsWaitsForNothing) {
    write_config("", built_in);
    start(sqlite_store());
    wait_for_cycles(1);
    ask("POST", "/v1/users", R"({"user_name": "alice"})");
    std::string consents = active_directory;
    consents.replace(consents.rfind("}"), 1,
                     ", change: {from: directory, to: 'active_directory:corp.example.com', accept: ACCEPT}}");
    write_config("", consents);
    EXPECT_FALSE(ask("POST", "/v1/reload").contains("pending"));
    wait_until([this] { return script.reads == 1; });
    EXPECT_EQ(status().at("source").at("type").as_string(), "active_directory");
    stop();
}

TEST_F(AppTest, AnotherSourceIsTakenOverByAReload) {
    start();
    wait_for_cycles(1);
    const int before = script.attempts;
    write_config("", built_in);
    ask("POST", "/v1/reload");
    wait_for_cycles(2);
    EXPECT_EQ(script.attempts, before);
    EXPECT_TRUE(status().at("next_run").is_null());
}

}  // namespace
}  // namespace dirsync::daemon
