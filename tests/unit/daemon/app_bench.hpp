#pragma once

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json.hpp>

#include "daemon/app.hpp"
#include "store/memory/store.hpp"
#include "tests/support/faulty_store.hpp"

// The daemon on a scripted directory and any store, asked as `dirsyncctl` asks.
namespace dirsync::daemon {

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
        app = std::make_unique<App>(std::move(loaded.config), std::move(store), log, std::move(maker),
                                    first_look_through);
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
    seconds first_look_through{3600};
    std::filesystem::path directory;
    Script script;
    Log log{"error"};
    std::unique_ptr<App> app;
    std::thread thread;
    int exit_code = -1;
};

/// A store that the test may change under the daemon, as a restored backup does.
class OwnedFaultyStore : public testing::FaultyStore {
public:
    OwnedFaultyStore(sync::IdentityStore& inner, testing::FaultyCalls& calls) : FaultyStore(inner, calls) {}
};

}  // namespace dirsync::daemon
