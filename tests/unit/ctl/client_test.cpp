#include "ctl/client.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dirsync::ctl {
namespace {

using ::testing::HasSubstr;

class ClientTest : public ::testing::Test {
protected:
    void SetUp() override {
        std::string pattern = (std::filesystem::temp_directory_path() / "ctlXXXXXX").string();
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        directory = pattern;
        path = (directory / "s").string();
    }
    void TearDown() override {
        if (thread.joinable()) thread.join();
        if (listener >= 0) ::close(listener);
        std::filesystem::remove_all(directory);
    }
    void listen(int backlog) {
        listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        ASSERT_EQ(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        ASSERT_EQ(::listen(listener, backlog), 0);
    }
    /// Takes one connection, reads up to `size` bytes of the request, says `answer` and closes.
    void serve(std::size_t size, std::string answer) {
        listen(5);
        thread = std::thread([this, size, answer] {
            const int peer = ::accept(listener, nullptr, nullptr);
            char buffer[4096];
            while (request.size() < size) {
                const auto got = ::recv(peer, buffer, std::min(sizeof buffer, size - request.size()), 0);
                if (got <= 0) break;
                request.append(buffer, static_cast<std::size_t>(got));
                if (request.find("\r\n\r\n") != std::string::npos) break;
            }
            ::send(peer, answer.data(), answer.size(), MSG_NOSIGNAL);
            ::close(peer);
        });
    }
    std::filesystem::path directory;
    std::string path;
    std::string request;
    std::thread thread;
    int listener = -1;
};

TEST_F(ClientTest, ReadsStatusAndBody) {
    serve(4096, "HTTP/1.1 409 Conflict\r\nContent-Length: 2\r\n\r\n{}");
    const auto answer = call(path, "GET", "/v1/users/a%2Fb");
    ASSERT_TRUE(answer) << answer.error().message();
    EXPECT_EQ(answer->status, 409U);
    EXPECT_FALSE(answer->ok());
    EXPECT_EQ(answer->body, "{}");
    thread.join();
    EXPECT_THAT(request, HasSubstr("GET /v1/users/a%2Fb HTTP/1.1\r\n"));
    EXPECT_THAT(request, HasSubstr("Connection: close\r\n"));
}

TEST_F(ClientTest, AnAnswerThatComesInPiecesIsOne) {
    serve(4096, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n[1,\r\n2\r\n2]\r\n0\r\n\r\n");
    const auto answer = call(path, "GET", "/v1/users");
    ASSERT_TRUE(answer) << answer.error().message();
    EXPECT_EQ(answer->body, "[1,2]");
}

TEST_F(ClientTest, HalfAListIsNone) {
    serve(4096, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[1,2]\r\n");
    const auto answer = call(path, "GET", "/v1/users");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), ErrorCode::connection_lost);
}

TEST_F(ClientTest, ARefusalThatCameBeforeTheRequestWasReadStillCounts) {
    serve(0, "HTTP/1.1 503 Busy\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
    const auto answer = call(path, "POST", "/v1/plan", std::string(1 << 20, 'x'));
    ASSERT_TRUE(answer) << answer.error().message();
    EXPECT_EQ(answer->status, 503U);
}

TEST_F(ClientTest, WhereNobodyListensItNamesTheSocketAndHowToStart) {
    const auto missing = call(path, "GET", "/");
    ASSERT_FALSE(missing);
    EXPECT_THAT(missing.error().message(), HasSubstr(path));
    EXPECT_THAT(missing.error().message(), HasSubstr("systemctl start dirsyncd"));
    listen(5);
    ::close(listener);
    listener = -1;
    EXPECT_EQ(call(path, "GET", "/").error().code(), ErrorCode::unreachable);
    EXPECT_FALSE(call(std::string(300, 'x'), "GET", "/"));
}

TEST_F(ClientTest, ACutAnswerIsNoAnswer) {
    serve(4096, "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{\"users\"");
    const auto answer = call(path, "GET", "/v1/status");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), ErrorCode::connection_lost);
}

TEST_F(ClientTest, ADaemonThatTakesNoConnectionsIsGivenUpOn) {
    listen(0);
    const int first = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(::connect(first, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    const auto begun = std::chrono::steady_clock::now();
    const auto answer = call(path, "GET", "/v1/status");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), ErrorCode::unreachable);
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(20));
    ::close(first);
}

TEST(Encoding, NamesSurviveTheWay) {
    EXPECT_EQ(percent_encoded("CORP\\a/b c?#%"), "CORP%5Ca%2Fb%20c%3F%23%25");
    EXPECT_EQ(percent_encoded("alice@corp-1._~"), "alice@corp-1._~");
}

}  // namespace
}  // namespace dirsync::ctl
