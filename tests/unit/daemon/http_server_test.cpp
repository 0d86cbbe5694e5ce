#include "daemon/http_server.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace dirsync::daemon {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

/// One end of a unix socket, as rude as a test wants it to be.
class Peer {
public:
    explicit Peer(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        connected_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
        timeval patience{10, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    }
    ~Peer() { ::close(socket_); }
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;

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

class HttpServerTest : public ::testing::Test {
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

    void start(HttpServer::Limits limits = {}) {
        HttpServer::Handler handler = [this](Request request) { return answer(std::move(request)); };
        auto listening = HttpServer::listen_unix(loop.get_executor(), path, std::move(handler), limits);
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
    sync::Task<Response> answer(Request request) {
        if (request.path == "/slow") {
            boost::asio::steady_timer timer(loop, std::chrono::milliseconds(300));
            co_await timer.async_wait(boost::asio::use_awaitable);
        }
        Response response;
        response.content_type = "text/plain";
        response.body = request.method + " " + std::to_string(request.segments.size());
        for (const auto& segment : request.segments) response.body += " [" + segment + "]";
        for (const auto& [name, value] : request.query) response.body += " " + name + "=" + value;
        response.body += " body:" + std::to_string(request.body.size()) + ".";
        co_return response;
    }
    static std::string get(const std::string& target, const std::string& more = "") {
        return "GET " + target + " HTTP/1.1\r\nHost: localhost\r\n" + more + "\r\n";
    }
    static std::string post(std::size_t size) {
        return "POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n";
    }

    std::filesystem::path directory;
    std::string path;
    boost::asio::io_context loop{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{loop.get_executor()};
    std::unique_ptr<HttpServer> server;
    std::thread thread;
};

TEST_F(HttpServerTest, AConnectionTakesOneRequestAfterTheOther) {
    start();
    Peer peer(path);
    ASSERT_TRUE(peer.send(get("/a?x=1")));
    EXPECT_THAT(peer.until("body:0."), HasSubstr("GET 1 [a] x=1 body:0."));
    ASSERT_TRUE(peer.send(get("/b", "Connection: close\r\n")));
    const std::string last = peer.rest();
    EXPECT_THAT(last, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(last, HasSubstr("Connection: close\r\n"));
}

TEST_F(HttpServerTest, SegmentsAreSplitBeforeTheyAreDecoded) {
    start();
    Peer peer(path);
    ASSERT_TRUE(peer.send(get("/groups/a%2Fb%20c/?name=CORP%5Calice&x=%zz+%4")));
    EXPECT_THAT(peer.until("body:0."),
                HasSubstr("GET 3 [groups] [a/b c] [] name=CORP\\alice x=%zz+%4 body:0."));
}

TEST_F(HttpServerTest, ASlowHandlerHoldsUpNobodyElse) {
    start();
    Peer slow(path);
    ASSERT_TRUE(slow.send(get("/slow", "Connection: close\r\n")));
    Peer quick(path);
    const auto begun = std::chrono::steady_clock::now();
    ASSERT_TRUE(quick.send(get("/quick")));
    EXPECT_THAT(quick.until("body:0."), HasSubstr("[quick]"));
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(250));
    EXPECT_THAT(slow.rest(), HasSubstr("[slow]"));
}

TEST_F(HttpServerTest, AnAnswerToHeadHasNoBody) {
    start();
    Peer peer(path);
    ASSERT_TRUE(peer.send("HEAD /a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
    const std::string answer = peer.rest();
    EXPECT_THAT(answer, HasSubstr("Content-Length: 18\r\n"));
    EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
}

TEST_F(HttpServerTest, ABodyOfOneMebibyteIsTakenAndALargerOneRefusedBeforeItCame) {
    start();
    Peer fits(path);
    ASSERT_TRUE(fits.send(post(1 << 20) + std::string(1 << 20, 'x')));
    EXPECT_THAT(fits.until("."), HasSubstr("HTTP/1.1 200"));
    Peer large(path);
    ASSERT_TRUE(large.send(post((1 << 20) + 1) + std::string((1 << 20) + 1, 'x')))
        << "the server closed before the client had sent what it wanted";
    EXPECT_THAT(large.rest(), StartsWith("HTTP/1.1 413 "));
    Peer chunked(path);
    const std::string chunk = "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
    ASSERT_TRUE(chunked.send("POST /x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"));
    for (int i = 0; i < 17; ++i) ASSERT_TRUE(chunked.send(chunk));
    EXPECT_THAT(chunked.until("\r\n"), StartsWith("HTTP/1.1 413 "));
}

TEST_F(HttpServerTest, ALargeHeaderIsRefused) {
    start();
    Peer peer(path);
    ASSERT_TRUE(peer.send(get("/a", "X: " + std::string(20'000, 'x') + "\r\n")));
    EXPECT_THAT(peer.rest(), StartsWith("HTTP/1.1 431 "));
}

TEST_F(HttpServerTest, NonsenseIsRefusedAndTheServerLivesOn) {
    start();
    for (const auto* nonsense :
         {"nonsense\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\x16\x03\x01\x02\r\n\r\n",
          "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"}) {
        Peer peer(path);
        ASSERT_TRUE(peer.send(nonsense));
        const std::string answer = peer.rest();
        EXPECT_THAT(answer, StartsWith("HTTP/1.1 400 ")) << nonsense;
        EXPECT_THAT(answer, HasSubstr("application/problem+json")) << nonsense;
    }
    { Peer gone(path); }
    {
        Peer cut(path);
        ASSERT_TRUE(cut.send("GET / HT"));
    }
    Peer peer(path);
    ASSERT_TRUE(peer.send(get("/a")));
    EXPECT_THAT(peer.until("body:0."), HasSubstr("[a]"));
}

TEST_F(HttpServerTest, APeerThatSendsTooSlowlyIsCutOff) {
    HttpServer::Limits limits;
    limits.silence = std::chrono::milliseconds(100);
    start(limits);
    Peer silent(path);
    Peer halfway(path);
    ASSERT_TRUE(halfway.send("GET / HTTP/1.1\r\nHo"));
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_EQ(silent.rest(), "");
    EXPECT_EQ(halfway.rest(), "");
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(5));
}

TEST_F(HttpServerTest, ConnectionsBeyondTheLimitAreTurnedAwayUntilOneGoes) {
    HttpServer::Limits limits;
    limits.connections = 2;
    start(limits);
    const auto ask = [](Peer& peer) {
        return peer.send(get("/a")) ? peer.until("}").substr(0, 12) : std::string("closed");
    };
    Peer first(path);
    ASSERT_TRUE(first.send(get("/a")));
    first.until("body:0.");
    {
        Peer second(path);
        ASSERT_TRUE(second.send(get("/a")));
        second.until("body:0.");
        Peer third(path);
        EXPECT_EQ(ask(third), "HTTP/1.1 503");
        Peer waiting(path);
        Peer also_waiting(path);
        Peer too_many(path);
        EXPECT_EQ(too_many.rest(), "") << "the door is shut at twice the limit";
    }
    std::string status;
    for (int i = 0; i < 100 && status != "HTTP/1.1 200"; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        Peer again(path);
        status = again.send(get("/a", "Connection: close\r\n")) ? again.rest().substr(0, 12) : "closed";
    }
    EXPECT_EQ(status, "HTTP/1.1 200");
}

// contract: the socket is mode 0660.
TEST_F(HttpServerTest, TheSocketIsForItsGroupAndGoesWithTheServer) {
    start();
    struct stat status {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0660U);
    stop();
    EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(HttpServerTest, CloseEndsConnections) {
    start();
    Peer peer(path);
    ASSERT_TRUE(peer.send(get("/a")));
    peer.until("body:0.");
    Peer busy(path);
    ASSERT_TRUE(busy.send(get("/slow")));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    boost::asio::post(loop, [this] { server->close(); });
    EXPECT_EQ(peer.rest(), "");
    EXPECT_EQ(busy.rest(), "");
    EXPECT_FALSE(Peer(path).connected());
}

TEST_F(HttpServerTest, ASocketFileThatNobodyListensOnIsReplaced) {
    const int left_behind = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(left_behind, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ::close(left_behind);
    ASSERT_TRUE(std::filesystem::exists(path));
    start();
    Peer peer(path);
    ASSERT_TRUE(peer.send(get("/a")));
    EXPECT_THAT(peer.until("body:0."), HasSubstr("[a]"));
}

TEST_F(HttpServerTest, ASocketThatSomebodyListensOnIsLeftAlone) {
    start();
    const auto second = HttpServer::listen_unix(loop.get_executor(), path, {});
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code(), ErrorCode::store_in_use);
    EXPECT_THAT(second.error().message(), HasSubstr(path));
    Peer peer(path);
    ASSERT_TRUE(peer.send(get("/a")));
    EXPECT_THAT(peer.until("body:0."), HasSubstr("[a]"));
}

TEST_F(HttpServerTest, AFileThatIsNoSocketIsLeftAlone) {
    std::ofstream(path) << "precious";
    const auto listening = HttpServer::listen_unix(loop.get_executor(), path, {});
    ASSERT_FALSE(listening);
    EXPECT_EQ(std::filesystem::file_size(path), 8U);
}

TEST_F(HttpServerTest, APathThatCannotBeIsRefusedByName) {
    for (const auto& bad : {(directory / "none" / "s").string(), "/" + std::string(200, 'x')}) {
        const auto listening = HttpServer::listen_unix(loop.get_executor(), bad, {});
        ASSERT_FALSE(listening);
        EXPECT_THAT(listening.error().message(), HasSubstr(bad));
    }
}

TEST_F(HttpServerTest, OnlyAddressAndPortAreListenedOn) {
    for (const auto* bad :
         {"", "127.0.0.1", "127.0.0.1:", ":80", "localhost:80", "127.0.0.1:99999", "127.0.0.1:80x"}) {
        EXPECT_FALSE(HttpServer::listen_tcp(loop.get_executor(), bad, {})) << bad;
    }
    auto good = HttpServer::listen_tcp(loop.get_executor(), "127.0.0.1:0", {});
    ASSERT_TRUE(good) << good.error().message();
    EXPECT_NE((*good)->port(), 0);
    const auto taken =
        HttpServer::listen_tcp(loop.get_executor(), "127.0.0.1:" + std::to_string((*good)->port()), {});
    EXPECT_FALSE(taken);
    (*good)->close();
    run();
}

}  // namespace
}  // namespace dirsync::daemon
