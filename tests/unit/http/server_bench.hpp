#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include <gtest/gtest.h>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "http/beast_messages.hpp"
#include "http/http_server.hpp"

namespace dirsync::http {

/// The client's end of a connection, as rude as a test wants it to be.
class Client {
public:
    explicit Client(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        connect(reinterpret_cast<const sockaddr*>(&address), sizeof address);
    }
    explicit Client(unsigned short port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connect(reinterpret_cast<const sockaddr*>(&address), sizeof address);
    }
    ~Client() { ::close(socket_); }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    bool connected() const { return connected_; }
    bool send(std::string_view text) {
        while (!text.empty()) {
            const auto sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            text.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    /// Everything until the server closes.
    std::string rest() {
        std::string text;
        while (read_some(text)) {
        }
        return text;
    }
    /// Until `end` was read.
    std::string until(std::string_view end) {
        std::string text;
        while (text.find(end) == std::string::npos && read_some(text)) {
        }
        return text;
    }

private:
    void connect(const sockaddr* address, socklen_t size) {
        connected_ = ::connect(socket_, address, size) == 0;
        timeval patience{10, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    }
    bool read_some(std::string& text) {
        char buffer[4096];
        const auto size = ::recv(socket_, buffer, sizeof buffer, 0);
        if (size <= 0) return false;
        text.append(buffer, static_cast<std::size_t>(size));
        return true;
    }
    int socket_;
    bool connected_ = false;
};

/// A server on a socket of its own, whose loop runs beside the test.
class ServerBench : public ::testing::Test {
protected:
    void SetUp() override {
        std::string pattern = (std::filesystem::temp_directory_path() / "httpXXXXXX").string();
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        directory = pattern;
        path = (directory / "control.sock").string();
    }
    void TearDown() override {
        stop();
        std::filesystem::remove_all(directory);
    }

    void start_answering(HttpServer::Handler handler, HttpServer::Limits limits = {},
                         const std::string& group = "") {
        auto listening =
            HttpServer::listen_unix(loop.get_executor(), path, group, std::move(handler), limits);
        ASSERT_TRUE(listening) << listening.error().message();
        server = std::move(*listening);
        run();
    }
    void run() {
        thread = std::thread([this] { loop.run(); });
    }
    void stop() {
        if (!thread.joinable()) return;
        boost::asio::post(loop, [this] {
            server.reset();
            work.reset();
        });
        thread.join();
    }
    static std::string get(const std::string& target, const std::string& more = "") {
        return "GET " + target + " HTTP/1.1\r\nHost: localhost\r\n" + more + "\r\n";
    }

    std::filesystem::path directory;
    std::string path;
    boost::asio::io_context loop{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{loop.get_executor()};
    std::unique_ptr<HttpServer> server;
    std::thread thread;
};

}  // namespace dirsync::http
