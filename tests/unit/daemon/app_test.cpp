#include "daemon/app.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json.hpp>

#include "core/system_time.hpp"
#include "store/memory/store.hpp"
#include "store/sqlite/store.hpp"
#include "tests/support/faulty_store.hpp"

namespace dirsync::daemon {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

/// What the directory does; set by the test, read on the daemon's thread.
struct Script {
    std::atomic<bool> hangs{false};
    std::atomic<bool> refuses{false};
    std::atomic<bool> is_misconfigured{false};
    std::atomic<int> attempts{0};
    std::atomic<int> reads{0};
    std::atomic<int> notifications{-1};  ///< to be sent; negative: the directory sends none
    std::atomic<int> waits{0};
    std::atomic<int> clock_error{0};  ///< of the domain controller, in seconds
};

/// One empty domain, which connects, hangs until it is disconnected or the script says otherwise, or refuses.
class ScriptedSource : public sync::DirectorySource {
public:
    ScriptedSource(boost::asio::any_io_executor executor, Script& script)
        : timer_(executor), script_(script) {}

    Task<Result<std::vector<sync::DomainFacts>>> connect(std::vector<sync::DomainFacts>) override {
        constexpr auto token = boost::asio::as_tuple(boost::asio::use_awaitable);
        ++script_.attempts;
        while (script_.hangs && !disconnected_) {
            timer_.expires_after(milliseconds(5));
            co_await timer_.async_wait(token);
        }
        if (disconnected_) co_return Error(ErrorCode::connection_lost, "cut off");
        if (script_.refuses) co_return Error(ErrorCode::invalid_credentials, "the password is wrong");
        if (script_.is_misconfigured)
            co_return Error(ErrorCode::config_invalid, "there is no such naming context");
        sync::DomainFacts facts;
        facts.dns_name = "corp.example.com";
        facts.netbios_name = "CORP";
        facts.base_dn = "DC=corp,DC=example,DC=com";
        facts.guid = *parse<ObjectGuid>("6da77495-7c8e-41de-8a39-080020000a66");
        facts.current_time = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()) +
                             Duration(script_.clock_error);
        std::vector<sync::DomainFacts> all;
        all.push_back(std::move(facts));
        co_return all;
    }
    Task<Result<sync::ReadSummary>> read_all(std::vector<std::string>, sync::EntrySink&) override {
        ++script_.reads;
        co_return sync::ReadSummary{};
    }
    Task<Result<sync::ReadSummary>> read_changes(std::vector<sync::DomainFacts>, std::vector<std::string>,
                                                 sync::EntrySink&) override {
        co_return Error(ErrorCode::cursor_refused, "only whole reads are scripted");
    }
    Task<Result<void>> wait_for_change() override {
        constexpr auto token = boost::asio::as_tuple(boost::asio::use_awaitable);
        ++script_.waits;
        if (script_.notifications < 0) co_return Error(ErrorCode::unreachable, "none are scripted");
        boost::asio::steady_timer timer(timer_.get_executor());
        while (script_.notifications == 0) {
            if (disconnected_) co_return Error(ErrorCode::connection_lost, "cut off");
            timer.expires_after(milliseconds(5));
            co_await timer.async_wait(token);
        }
        --script_.notifications;
        co_return Result<void>();
    }
    Task<Result<std::vector<sync::Fate>>> look_up(std::vector<ObjectGuid>, std::vector<std::string>,
                                                  sync::EntrySink&) override {
        co_return std::vector<sync::Fate>{};
    }
    Task<Result<std::vector<sync::LinkFate>>> look_up_links(std::vector<sync::Link>) override {
        co_return std::vector<sync::LinkFate>{};
    }
    void disconnect() noexcept override { disconnected_ = true; }
    const sync::Progress& progress() const noexcept override { return progress_; }
    std::vector<ServerState> servers() const override { return {}; }

private:
    boost::asio::steady_timer timer_;
    Script& script_;
    sync::Progress progress_;
    bool disconnected_ = false;
};

class AppTest : public ::testing::Test {
protected:
    void SetUp() override {
        std::string pattern = (std::filesystem::temp_directory_path() / "appXXXXXX").string();
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        directory = pattern;
        std::ofstream(directory / "password") << "secret";
        write_config("");
    }
    void TearDown() override {
        script.hangs = false;
        if (thread.joinable()) stop();
        std::filesystem::remove_all(directory);
    }
    void write_config(const std::string& more, const std::string& source = active_directory) {
        std::ofstream(directory / "dirsyncd.yaml") << configuration(more, source);
    }
    std::string configuration(const std::string& more, const std::string& source = active_directory) const {
        return source + "control: {socket: " + (directory / "s").string() + "}\nschedule: {poll: " + poll +
               "}\n" + more;
    }
    void start(std::unique_ptr<sync::IdentityStore> store = store::make_memory_store()) {
        auto loaded = config::load(directory / "dirsyncd.yaml");
        for (const auto& problem : loaded.problems) ADD_FAILURE() << config::to_text(problem);
        App::SourceMaker maker = [this](boost::asio::any_io_executor executor, const config::Config&,
                                        const std::shared_ptr<ldap::BindBudget>&) {
            return std::make_unique<ScriptedSource>(std::move(executor), script);
        };
        app = std::make_unique<App>(std::move(loaded.config), std::move(store), log, std::move(maker));
        thread = std::thread([this] { exit_code = app->run(); });
    }
    /// As systemd does. The exit code, and how long it took.
    seconds stop(int signal = SIGTERM) {
        const auto begun = std::chrono::steady_clock::now();
        ::kill(::getpid(), signal);
        thread.join();
        app.reset();
        return std::chrono::duration_cast<seconds>(std::chrono::steady_clock::now() - begun);
    }
    static void wait_until(const std::function<bool()>& condition) {
        const auto end = std::chrono::steady_clock::now() + seconds(30);
        while (!condition()) {
            ASSERT_LT(std::chrono::steady_clock::now(), end) << "waited in vain";
            std::this_thread::sleep_for(milliseconds(5));
        }
    }
    /// Head and body of the answer; empty without one.
    std::string raw(const std::string& method, const std::string& target,
                    const std::string& body = "") const {
        const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        (directory / "s").string().copy(address.sun_path, sizeof address.sun_path - 1);
        std::string answer;
        if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
            const std::string request = method + " " + target +
                                        " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: " +
                                        std::to_string(body.size()) + "\r\n\r\n" + body;
            if (::send(socket, request.data(), request.size(), MSG_NOSIGNAL) > 0) {
                char buffer[4096];
                for (ssize_t size = 0; (size = ::recv(socket, buffer, sizeof buffer, 0)) > 0;) {
                    answer.append(buffer, static_cast<std::size_t>(size));
                }
            }
        }
        ::close(socket);
        return answer;
    }
    boost::json::object ask(const std::string& method, const std::string& target,
                            const std::string& body = "") const {
        const std::string answer = raw(method, target, body);
        const auto end_of_head = answer.find("\r\n\r\n");
        boost::system::error_code error;
        auto value =
            boost::json::parse(end_of_head == std::string::npos ? "" : answer.substr(end_of_head + 4), error);
        return value.is_object() ? value.as_object() : boost::json::object();
    }
    boost::json::object status() const { return ask("GET", "/v1/status"); }
    void wait_for_answer() {
        wait_until([this] { return !status().empty(); });
    }
    void wait_for_cycles(std::int64_t count) {
        wait_until([&] {
            const auto now = status();
            return now.contains("cycles") && now.at("cycles").as_int64() >= count;
        });
    }

    /// The host may have given cause for others.
    void wait_for_warning(const std::string& words) {
        wait_until([&] {
            const auto warnings = status().at("warnings").as_array();
            return std::ranges::any_of(warnings, [&](const boost::json::value& warning) {
                return std::string(warning.as_string()).find(words) != std::string::npos;
            });
        });
    }

    static constexpr const char* active_directory =
        "identity_source: {type: active_directory, active_directory: {domains: [{name: corp.example.com, "
        "servers: [ldaps://dc1.corp.example.com], bind: {method: simple, dn: svc@corp.example.com, "
        "password_file: password}}]}}\n";
    static constexpr const char* built_in = "identity_source: {type: directory}\n";
    std::string poll = "1h";
    std::filesystem::path directory;
    Script script;
    Log log{"error"};
    std::unique_ptr<App> app;
    std::thread thread;
    int exit_code = -1;
};

// architecture: what is wrong with the configuration ends a daemon that has never worked, and no other one.
TEST_F(AppTest, AConfigurationThatNeverWorkedEndsItWith78) {
    script.is_misconfigured = true;
    start();
    thread.join();
    EXPECT_EQ(exit_code, 78);
}

TEST_F(AppTest, ADaemonThatHasWorkedGoesOnWhateverIsWrong) {
    start();
    wait_for_cycles(1);
    script.is_misconfigured = true;
    EXPECT_EQ(ask("POST", "/v1/sync").at("exit_code").as_int64(), 78);
    EXPECT_EQ(status().at("last_error").as_string(), "there is no such naming context");
    script.is_misconfigured = false;
    EXPECT_EQ(ask("POST", "/v1/sync").at("exit_code").as_int64(), 0);
    stop();
    EXPECT_EQ(exit_code, 0);
}

TEST_F(AppTest, ALongPauseDisablesEverybodyWhileNobodyAsks) {  // semantics 4.5
    write_config("lifecycle: {paused: {disable_after: 4s}}\nsafety: {allow_short: true}\n");
    start();
    wait_for_cycles(1);
    ask("POST", "/v1/pause");
    wait_for_warning("are disabled on");
    wait_for_warning("for so long that all synced users are disabled");
    EXPECT_EQ(script.reads, 1);
}

// semantics 4.5: no clock runs there, so nothing is said of one.
TEST_F(AppTest, APauseThatDisablesNobodySaysNothingOfIt) {
    const auto warnings = [this] { return boost::json::serialize(status().at("warnings")); };
    for (const bool in_doubt : {false, true}) {
        for (const bool waits : {false, true}) {
            write_config("lifecycle: {paused: {disable_after: 4s}}\nsafety: {allow_short: true}\n",
                         waits ? active_directory : built_in);
            auto store = store::make_memory_store();
            sync::SourceRecord source;
            source.type = waits ? "active_directory" : "directory";
            source.identity = waits ? "active_directory:old.example.com" : "";
            source.change_pending = waits;
            ASSERT_TRUE(store->set_source(source));
            const auto run = sync::run_of_admin("pause", {}, system_time());
            ASSERT_TRUE(store->set_paused(system_time() - Duration(100), in_doubt, run));
            start(std::move(store));
            wait_for_answer();
            ASSERT_TRUE(status().at("paused").as_bool());
            EXPECT_THAT(warnings(), Not(HasSubstr("disable_after"))) << waits << in_doubt;
            stop();
        }
    }
}

TEST_F(AppTest, APauseThatBeganInDoubtSaysWhatItWaitsForAndWhatToDo) {  // semantics 4.5, 5.13
    write_config("lifecycle: {paused: {disable_after: 4s}}\nsafety: {allow_short: true}\n");
    script.clock_error = 86400;
    start();
    wait_for_cycles(1);
    ask("POST", "/v1/pause");
    wait_for_warning("disables nobody before a domain controller confirms the time; make one reachable");
    stop();
}

/// A store that the test may change under the daemon, as a restored backup does.
class OwnedFaultyStore : public testing::FaultyStore {
public:
    OwnedFaultyStore(sync::IdentityStore& inner, testing::FaultyCalls& calls) : FaultyStore(inner, calls) {}
};

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

TEST_F(AppTest, AWrongClockPrunesNothing) {  // 5.13
    write_config("journal: {keep: 1d}\n");
    script.clock_error = -20 * 366 * 24 * 3600;
    auto store = store::make_memory_store();
    auto run = sync::run_of_admin("old one", {}, system_time() - std::chrono::hours(48));
    ASSERT_TRUE(store->record_run(run));
    start(std::move(store));
    wait_for_cycles(1);
    const auto has_old_run = [this] {
        return raw("GET", "/v1/runs").find("\"old one\"") != std::string::npos;
    };
    ask("POST", "/v1/sync");
    EXPECT_TRUE(has_old_run());
    EXPECT_EQ(status().at("time_doubt").is_string(), true);
    script.clock_error = 0;
    // Only a cycle of the schedule prunes.
    ask("POST", "/v1/reload");
    wait_until([&] { return !has_old_run(); });
    stop();
}

TEST_F(AppTest, APlanHidesNoFailureAndWhatIsShownGivesTheWord) {
    start();
    wait_for_cycles(1);
    script.is_misconfigured = true;
    ask("POST", "/v1/sync");
    EXPECT_THAT(raw("GET", "/readyz"), HasSubstr("not ready: configuration"));
    script.is_misconfigured = false;
    ask("GET", "/v1/plan");
    EXPECT_THAT(raw("GET", "/readyz"), HasSubstr("not ready: configuration"));
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

TEST_F(AppTest, WhoeverWaitsForChangesIsLetGoAtTheEnd) {
    start();
    wait_for_cycles(1);
    std::string answer;
    std::thread waiting([&] { answer = raw("GET", "/v1/changes?since=0&wait=30"); });
    std::this_thread::sleep_for(milliseconds(100));
    EXPECT_LE(stop(), seconds(5));
    waiting.join();
}

TEST_F(AppTest, IsReadyWithoutTheDirectoryAndEndsAtOnceWhenToldTo) {  // semantics 5.1, 5.7
    script.hangs = true;
    start();
    wait_until([this] { return script.attempts == 1; });
    wait_for_answer();
    EXPECT_TRUE(status().at("cycle_running").as_bool());
    EXPECT_LE(stop(), seconds(5));
    EXPECT_EQ(exit_code, 0);
    EXPECT_FALSE(std::filesystem::exists(directory / "s"));
}

TEST_F(AppTest, ACycleThatIsCutOffByTheEndIsNoFailureToBeRecorded) {
    store::SqliteOptions options;
    options.path = (directory / "identity.db").string();
    auto opened = store::open_sqlite(options);
    ASSERT_TRUE(opened) << opened.error().message();
    script.hangs = true;
    start(std::move(*opened));
    wait_until([this] { return script.attempts == 1; });
    stop();
    opened = store::open_sqlite(options);
    ASSERT_TRUE(opened) << opened.error().message();
    sync::ViewQuery query;
    query.view = "v1_runs";
    const auto runs_recorded = (*opened)->query(query);
    ASSERT_TRUE(runs_recorded);
    EXPECT_TRUE(runs_recorded->rows.empty());
}

TEST_F(AppTest, RequestsThatWaitShareOneCycle) {
    script.hangs = true;
    start();
    wait_for_answer();
    wait_until([this] { return script.attempts == 1; });
    std::vector<std::thread> clients;
    std::atomic<int> answered{0};
    for (int i = 0; i < 4; ++i) {
        clients.emplace_back([&, i] {
            if (ask("POST", "/v1/sync", i == 3 ? R"({"full":true})" : "").contains("exit_code")) ++answered;
        });
    }
    std::this_thread::sleep_for(milliseconds(300));
    script.hangs = false;
    for (auto& client : clients) client.join();
    EXPECT_EQ(answered, 4);
    EXPECT_EQ(script.attempts, 2) << "the one at the start, and one for all who asked";
}

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

TEST_F(AppTest, TheBuiltInDirectoryNeedsNoCycles) {  // semantics 1.1
    write_config("", built_in);
    start();
    wait_for_cycles(1);
    const auto now = status();
    EXPECT_TRUE(now.at("next_run").is_null());
    EXPECT_EQ(now.at("source").at("type").as_string(), "directory");
    EXPECT_EQ(script.attempts, 0);
    EXPECT_EQ(ask("POST", "/v1/sync").at("exit_code").as_int64(), 0);
    EXPECT_EQ(script.attempts, 0);
}

TEST_F(AppTest, PauseStopsCyclesAndResumeCatchesUp) {  // semantics 4.5
    start();
    wait_for_cycles(1);
    EXPECT_THAT(raw("POST", "/v1/pause"), HasSubstr("200 OK"));
    auto now = status();
    EXPECT_TRUE(now.at("paused").as_bool());
    EXPECT_TRUE(now.at("next_run").is_null());
    const std::string since(now.at("paused_since").as_string());
    const int before = script.attempts;
    const auto report = ask("POST", "/v1/sync");
    EXPECT_TRUE(report.at("paused").as_bool());
    EXPECT_EQ(script.attempts, before);
    EXPECT_EQ(status().at("cycles").as_int64(), 1);
    std::this_thread::sleep_for(milliseconds(1100));
    raw("POST", "/v1/pause");
    EXPECT_EQ(status().at("paused_since").as_string(), since) << "a second pause does not begin anew";
    EXPECT_EQ(ask("GET", "/v1/plan").at("exit_code").as_int64(), 3) << "as long as it is paused";
    raw("POST", "/v1/resume");
    wait_for_cycles(2);
    EXPECT_FALSE(status().at("paused").as_bool());
}

TEST_F(AppTest, AReloadIsAllOrNothing) {
    start();
    wait_for_cycles(1);
    write_config("sync_scope: {gruops: []}\n");
    const auto refused = ask("POST", "/v1/reload");
    EXPECT_EQ(refused.at("exit_code").as_int64(), 78);
    EXPECT_THAT(std::string(refused.at("detail").as_string()),
                HasSubstr("dirsyncd.yaml:4:14: sync_scope.gruops"));
    EXPECT_FALSE(status().at("config").at("in_force").as_bool());
    EXPECT_EQ(ask("POST", "/v1/sync").at("exit_code").as_int64(), 0) << "the one before is in force";

    write_config("http: {listen: '127.0.0.1:1'}\n");
    const auto taken = ask("POST", "/v1/reload");
    EXPECT_EQ(boost::json::serialize(taken.at("needs_restart")), R"(["http.listen"])");
    EXPECT_TRUE(status().at("config").at("in_force").as_bool());
    EXPECT_THAT(boost::json::serialize(status().at("warnings")), HasSubstr("http.listen"));
    write_config("");
    EXPECT_EQ(boost::json::serialize(ask("POST", "/v1/reload").at("needs_restart")), "[]")
        << "as it was at the start";
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

TEST_F(AppTest, ASignalToStopIsHeardWhileAReloadWaits) {
    script.hangs = true;
    start();
    wait_for_answer();
    wait_until([this] { return script.attempts == 1; });
    ::kill(::getpid(), SIGHUP);
    std::thread client([this] { raw("POST", "/v1/reload"); });
    std::this_thread::sleep_for(milliseconds(200));
    EXPECT_LE(stop(), seconds(5));
    client.join();
    EXPECT_EQ(exit_code, 0);
}

TEST_F(AppTest, APlanUnderAnotherConfigurationChangesNothing) {
    start();
    wait_for_cycles(1);
    const auto plan = [this](const std::string& text) {
        boost::json::object body;
        body["config"] = text;
        return ask("POST", "/v1/plan", boost::json::serialize(body));
    };
    EXPECT_EQ(plan(configuration("sync_scope: {groups: [x@corp.example.com]}\n")).at("exit_code").as_int64(),
              0);
    EXPECT_THAT(boost::json::serialize(plan(configuration("sync_scope: {groups: [x@corp.example.com]}\n"))),
                HasSubstr("x@corp.example.com"))
        << "its scope is looked at";
    EXPECT_EQ(ask("GET", "/v1/plan").at("scope_warnings").as_array().size(), 0U) << "and put away again";
    EXPECT_EQ(plan(configuration("", built_in)).at("exit_code").as_int64(), 78)
        << "another source cannot be planned";
    EXPECT_EQ(plan("a: b: c").at("exit_code").as_int64(), 78);
    EXPECT_EQ(status().at("cycles").as_int64(), 1);
}

TEST_F(AppTest, EndsWith75WhereItCannotListen) {  // contract: exit codes
    std::ofstream(directory / "s") << "not a socket";
    start();
    thread.join();
    app.reset();
    EXPECT_EQ(exit_code, 75);
    EXPECT_EQ(script.attempts, 0);
}

TEST_F(AppTest, CountsFailuresByTheirClass) {
    script.refuses = true;
    start();
    wait_for_cycles(1);
    const std::string metrics = raw("GET", "/metrics");
    EXPECT_THAT(metrics, HasSubstr("dirsyncd_cycle_failures_total{class=\"denied\"} 1\n"));
    EXPECT_THAT(metrics, HasSubstr("dirsyncd_cycle_failures_total{class=\"transient\"} 0\n"));
}

TEST_F(AppTest, ANotificationWakesACycleAndABurstIsOne) {  // semantics 6.2
    script.notifications = 0;
    start();
    wait_until([this] { return script.reads == 1 && script.waits == 1; });
    script.notifications = 50;
    wait_until([this] { return script.notifications == 0 && script.reads >= 2; });
    std::this_thread::sleep_for(milliseconds(100));
    EXPECT_LE(script.reads, 12) << "fifty notifications within a second or two";
    EXPECT_EQ(stop(), seconds(0));
}

TEST_F(AppTest, WithoutNotificationsThePollGoesOn) {  // semantics 6.2
    start();
    wait_until([this] { return script.waits == 1; });
    EXPECT_EQ(script.reads, 1);
    EXPECT_EQ(stop(), seconds(0)) << "nobody waits for the next attempt";
}

TEST_F(AppTest, NoNotificationIsAskedForWithRefusedCredentials) {  // semantics 5.8
    script.notifications = 0;
    script.refuses = true;
    start();
    wait_until([this] { return script.attempts == 1; });
    std::this_thread::sleep_for(milliseconds(50));
    EXPECT_EQ(script.waits, 0);
}

}  // namespace
}  // namespace dirsync::daemon
