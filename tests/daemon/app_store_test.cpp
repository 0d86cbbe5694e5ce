// The store under a running daemon (semantics 5.7, 5.18).
#include "tests/daemon/app_bench.hpp"

#include <atomic>
#include <iterator>

#include "core/system_time.hpp"
#include "store/sqlite/store.hpp"

namespace dirsync::daemon {
namespace {

TEST_F(AppTest, ABackupThatWasTakenWhilePausedPausesAndOneThatWasNotResumes) {  // 4.5, 5.18
    poll = "1s";
    write_config("");
    const auto inner = store::make_memory_store();
    testing::FaultyCalls calls;
    start(std::make_unique<OwnedFaultyStore>(*inner, calls));
    wait_for_cycles(1);
    const auto run = sync::run_of_admin("pause", {}, system_time());
    ASSERT_TRUE(inner->set_paused(system_time(), false, run));
    wait_until([this] { return status().at("paused").as_bool(); });
    std::this_thread::sleep_for(milliseconds(300));
    const auto before = calls.calls();
    std::this_thread::sleep_for(milliseconds(500));
    EXPECT_LE(calls.calls(), before + 3) << "nothing spins";
    ASSERT_TRUE(inner->set_paused(std::nullopt, false, run));
    const auto cycles = status().at("cycles").as_int64();
    wait_for_cycles(cycles + 2);
    EXPECT_FALSE(status().at("paused").as_bool());
    stop();
}

// 5.7, 5.18: what cannot be loaded is not in step.
TEST_F(AppTest, AReloadWhoseStateCannotBeLoadedSaysSo) {
    const auto inner = store::make_memory_store();
    testing::FaultyCalls calls;
    start(std::make_unique<OwnedFaultyStore>(*inner, calls));
    wait_for_cycles(1);
    script.hangs = true;  // the next cycle does not mend it before it was seen
    std::string other = active_directory;
    other.replace(other.find("dc1."), 4, "dc2.");
    write_config("", other);
    calls.strike(1, testing::Fault::fails, 1000);
    ask("POST", "/v1/reload");
    const auto shown = status();
    ASSERT_TRUE(shown.at("last_error").is_string()) << boost::json::serialize(shown);
    EXPECT_EQ(shown.at("last_error").as_string(), "the disk does not answer");
    EXPECT_THAT(raw("GET", "/readyz"), HasSubstr("not ready: store"));
    calls.recover();
    script.hangs = false;
    EXPECT_EQ(ask("POST", "/v1/sync").at("exit_code").as_int64(), 0);
    EXPECT_TRUE(status().at("last_error").is_null());
    EXPECT_THAT(raw("GET", "/readyz"), HasSubstr("\"ready\""));
    stop();
}

TEST_F(AppTest, ALostStoreIsCalledThat) {
    store::SqliteOptions options;
    options.path = (directory / "identity.db").string();
    auto opened = store::open_sqlite(options);
    ASSERT_TRUE(opened) << opened.error().message();
    start(std::move(*opened));
    wait_for_cycles(1);
    std::filesystem::rename(directory / "identity.db", directory / "aside.db");
    EXPECT_THAT(raw("GET", "/readyz"), HasSubstr("not ready: store"));
    stop();
}

/// Its commits never come back.
class HungStore : public OwnedFaultyStore {
public:
    HungStore(sync::IdentityStore& inner, testing::FaultyCalls& calls, std::atomic<bool>& hangs)
        : OwnedFaultyStore(inner, calls), hangs_(hangs) {}
    Result<sync::StoredFacts> commit(const sync::Commit&) override {
        hangs_ = true;
        for (;;) std::this_thread::sleep_for(seconds(60));
    }

private:
    std::atomic<bool>& hangs_;
};

TEST_F(AppTest, AStopDoesNotWaitForAStoreThatHangs) {  // contract: exit codes
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    const auto stopped_while_it_hangs = [this] {
        const auto inner = store::make_memory_store();
        testing::FaultyCalls calls;
        std::atomic<bool> hangs{false};
        start(std::make_unique<HungStore>(*inner, calls, hangs));
        wait_until([&hangs] { return hangs.load(); });
        std::filesystem::remove_all(directory);  // of the process that dies
        ::alarm(60);
        stop();
    };
    stop_patience = milliseconds(100);
    EXPECT_EXIT(stopped_while_it_hangs(), ::testing::ExitedWithCode(75),
                "STORE_FAILED.*stops without the store");
}

/// The disk fails when somebody looks through the file.
class StoreThatCannotBeLookedThrough : public OwnedFaultyStore {
public:
    StoreThatCannotBeLookedThrough(sync::IdentityStore& inner, testing::FaultyCalls& calls,
                                   std::atomic<int>& looks)
        : OwnedFaultyStore(inner, calls), looks_(looks) {}
    Result<bool> check_part(milliseconds) override {
        ++looks_;
        return Error(ErrorCode::store_unavailable, "the store cannot be read in users");
    }

private:
    std::atomic<int>& looks_;
};

TEST_F(AppTest, ALookThroughTheStoreThatFailsIsSaidAndTheDaemonGoesOn) {  // 5.18
    first_look_through = seconds(0);
    const auto inner = store::make_memory_store();
    testing::FaultyCalls calls;
    std::atomic<int> looks{0};
    ::testing::internal::CaptureStderr();
    start(std::make_unique<StoreThatCannotBeLookedThrough>(*inner, calls, looks));
    wait_until([&] { return looks == 1; });
    EXPECT_EQ(ask("POST", "/v1/sync").at("exit_code").as_int64(), 0);
    EXPECT_THAT(raw("GET", "/readyz"), HasSubstr("\"ready\""));
    stop();
    const std::string logged = ::testing::internal::GetCapturedStderr();
    EXPECT_THAT(logged, HasSubstr("STORE_FAILED"));
    EXPECT_THAT(logged, HasSubstr("looking through the store"));
    EXPECT_THAT(logged, HasSubstr("cannot be read in users"));
    EXPECT_THAT(logged, Not(HasSubstr("STORE_LOST")));
    EXPECT_EQ(looks, 1) << "the next one is a day later";
    EXPECT_EQ(exit_code, 0);
}

TEST_F(AppTest, TheFirstLookThroughTheStoreIsNotAtTheStart) {
    const auto inner = store::make_memory_store();
    testing::FaultyCalls calls;
    std::atomic<int> looks{0};
    start(std::make_unique<StoreThatCannotBeLookedThrough>(*inner, calls, looks));
    wait_for_cycles(1);
    EXPECT_EQ(ask("POST", "/v1/sync").at("exit_code").as_int64(), 0);
    EXPECT_EQ(looks, 0);
    stop();
}

/// Zeroes the page that holds `text`.
void spoil_page(const std::filesystem::path& file, const std::string& text) {
    constexpr std::size_t page_size = 4096;
    std::fstream store(file, std::ios::in | std::ios::out | std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(store), {}};
    const auto at = bytes.find(text);
    ASSERT_NE(at, std::string::npos);
    store.seekp(static_cast<std::streamoff>(at / page_size * page_size));
    store << std::string(page_size, '\0');
}

TEST_F(AppTest, ALookThroughTheStoreThatFindsDamageStopsEverything) {  // 5.18
    first_look_through = seconds(0);
    store::SqliteOptions options;
    options.path = (directory / "identity.db").string();
    auto opened = store::open_sqlite(options);
    ASSERT_TRUE(opened) << opened.error().message();
    for (int i = 0; i < 400; ++i) {
        const std::string mark = "the " + std::to_string(i) + "th run ";
        auto run = sync::run_of_admin("reload", {sync::host_user("somebody"), mark + std::string(400, '.')},
                                      system_time());
        ASSERT_TRUE((*opened)->record_run(run));
    }
    opened->reset();
    // Old runs, which no cycle reads.
    spoil_page(options.path, "the 100th run ");
    opened = store::open_sqlite(options);
    ASSERT_TRUE(opened) << opened.error().message();
    ::testing::internal::CaptureStderr();
    start(std::move(*opened));
    wait_until([this] { return raw("GET", "/readyz").find("not ready: store") != std::string::npos; });
    const auto report = ask("POST", "/v1/sync");
    EXPECT_EQ(report.at("exit_code").as_int64(), 75) << boost::json::serialize(report);
    EXPECT_THAT(std::string(status().at("last_error").as_string()), HasSubstr("is damaged in runs"));
    stop();
    const std::string logged = ::testing::internal::GetCapturedStderr();
    EXPECT_THAT(logged, HasSubstr("STORE_LOST"));
    EXPECT_THAT(logged, Not(HasSubstr("STORE_FAILED"))) << "what is damaged is told as lost";
}

}  // namespace
}  // namespace dirsync::daemon
