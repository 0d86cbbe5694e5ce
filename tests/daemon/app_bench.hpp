#pragma once

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json.hpp>

#include "daemon/app.hpp"
#include "store/memory/store.hpp"
#include "store/sqlite/store.hpp"
#include "tests/support/faulty_store.hpp"
#include "tests/unit/daemon/scripted_source.hpp"

// The daemon on a scripted directory and any store, asked as `dirsyncctl` asks.
namespace dirsync::daemon {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

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
                                        std::shared_ptr<ldap::BindBudget> binds) {
            return std::make_unique<ScriptedSource>(std::move(executor), script, std::move(binds));
        };
        app = std::make_unique<App>(std::move(loaded.config), std::move(store), log, std::move(maker),
                                    first_look_through, stop_patience);
        thread = std::thread([this] { exit_code = app->run(); });
    }
    std::unique_ptr<sync::IdentityStore> sqlite_store() const {
        store::SqliteOptions options;
        options.path = (directory / "identity.db").string();
        auto opened = store::open_sqlite(options);
        if (!opened) throw std::runtime_error(opened.error().message());
        return std::move(*opened);
    }
    /// As systemd does. How long it took.
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
        return answer_on(send(method, target, body));
    }
    /// Sends a request on a connection of its own, and does not wait for the answer.
    int send(const std::string& method, const std::string& target, const std::string& body = "") const {
        const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        (directory / "s").string().copy(address.sun_path, sizeof address.sun_path - 1);
        const std::string request =
            method + " " + target +
            " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) +
            "\r\n\r\n" + body;
        if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
            ::send(socket, request.data(), request.size(), MSG_NOSIGNAL) < 0)
            ::shutdown(socket, SHUT_RDWR);
        return socket;
    }
    static std::string answer_on(int socket) {
        std::string answer;
        char buffer[4096];
        for (ssize_t size = 0; (size = ::recv(socket, buffer, sizeof buffer, 0)) > 0;) {
            answer.append(buffer, static_cast<std::size_t>(size));
        }
        ::close(socket);
        return answer;
    }
    /// The same, and comes back once the daemon has taken the request: it takes connections in their order.
    int send_and_settle(const std::string& method, const std::string& target) const {
        const int socket = send(method, target);
        EXPECT_FALSE(status().empty());
        EXPECT_FALSE(status().empty());
        return socket;
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
    milliseconds stop_patience{45000};
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
