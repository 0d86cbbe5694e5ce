#include "http/http_server.hpp"

#include <sys/stat.h>
#include <sys/un.h>

#include <deque>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "tests/unit/http/server_bench.hpp"

namespace dirsync::http {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class HttpServerTest : public ServerBench {
protected:
    HttpServer::Handler handler() {
        return [this](Request request) { return answer(std::move(request)); };
    }
    void start(HttpServer::Limits limits = {}, const std::string& group = "") {
        start_answering(handler(), limits, group);
    }
    Task<Response> answer(Request request) {
        if (request.path == "/slow") {
            boost::asio::steady_timer timer(loop, std::chrono::milliseconds(300));
            co_await timer.async_wait(boost::asio::use_awaitable);
        }
        if (request.path == "/held") {
            ++held;
            held.notify_all();
            boost::system::error_code let_go;
            co_await until_released.async_wait(
                boost::asio::redirect_error(boost::asio::use_awaitable, let_go));
        }
        Response response;
        if (request.path == "/who" && request.peer)
            response.headers["Allow"] =
                std::to_string(request.peer->uid) + " " + std::to_string(request.peer->pid);
        response.content_type = "text/plain";
        response.body = request.method + " " + std::to_string(request.segments.size());
        for (const auto& segment : request.segments) response.body += " [" + segment + "]";
        for (const auto& [name, value] : request.query) response.body += " " + name + "=" + value;
        response.body += " body:" + std::to_string(request.body.size()) + ".";
        co_return response;
    }
    static std::string post(std::size_t size) {
        return "POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n";
    }

    boost::asio::steady_timer until_released{loop, boost::asio::steady_timer::time_point::max()};
    std::atomic<int> held{0};
};

TEST_F(HttpServerTest, AConnectionTakesOneRequestAfterTheOther) {
    start();
    Client peer(path);
    ASSERT_TRUE(peer.send(get("/a?x=1")));
    EXPECT_THAT(peer.until("body:0."), HasSubstr("GET 1 [a] x=1 body:0."));
    ASSERT_TRUE(peer.send(get("/b", "Connection: close\r\n")));
    const std::string last = peer.rest();
    EXPECT_THAT(last, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(last, HasSubstr("Connection: close\r\n"));
}

TEST_F(HttpServerTest, SegmentsAreSplitBeforeTheyAreDecoded) {
    start();
    Client peer(path);
    ASSERT_TRUE(peer.send(get("/groups/a%2Fb%20c/?name=CORP%5Calice&x=z+%40")));
    EXPECT_THAT(peer.until("body:0."), HasSubstr("GET 3 [groups] [a/b c] [] name=CORP\\alice x=z+@ body:0."));
}

TEST_F(HttpServerTest, ATargetThatIsNoPathIsRefused) {
    start();
    for (const char* target : {"/a%zz", "/a?x=%4", "a", "http://localhost/a", "*"}) {
        Client peer(path);
        ASSERT_TRUE(peer.send(get(target, "Connection: close\r\n")));
        EXPECT_THAT(peer.rest(), StartsWith("HTTP/1.1 400 ")) << target;
    }
    Client peer(path);
    ASSERT_TRUE(peer.send(get("/a", "Connection: close\r\nX-Reason: one\r\n")));
    EXPECT_THAT(peer.rest(), HasSubstr("GET 1 [a] body:0."));
}

TEST_F(HttpServerTest, ASlowHandlerHoldsUpNobodyElse) {
    start();
    Client slow(path);
    ASSERT_TRUE(slow.send(get("/slow", "Connection: close\r\n")));
    Client quick(path);
    const auto begun = std::chrono::steady_clock::now();
    ASSERT_TRUE(quick.send(get("/quick")));
    EXPECT_THAT(quick.until("body:0."), HasSubstr("[quick]"));
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(250));
    EXPECT_THAT(slow.rest(), HasSubstr("[slow]"));
}

TEST_F(HttpServerTest, AnAnswerToHeadHasNoBody) {
    start();
    Client peer(path);
    ASSERT_TRUE(peer.send("HEAD /a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
    const std::string answer = peer.rest();
    EXPECT_THAT(answer, HasSubstr("Content-Length: 18\r\n"));
    EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
}

TEST_F(HttpServerTest, ABodyOfOneMebibyteIsTakenAndALargerOneRefusedBeforeItCame) {
    start();
    Client fits(path);
    ASSERT_TRUE(fits.send(post(1 << 20) + std::string(1 << 20, 'x')));
    EXPECT_THAT(fits.until("."), HasSubstr("HTTP/1.1 200"));
    Client large(path);
    ASSERT_TRUE(large.send(post((1 << 20) + 1) + std::string((1 << 20) + 1, 'x')))
        << "the server closed before the client had sent what it wanted";
    EXPECT_THAT(large.rest(), StartsWith("HTTP/1.1 413 "));
    Client chunked(path);
    const std::string chunk = "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
    ASSERT_TRUE(chunked.send("POST /x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"));
    for (int i = 0; i < 17; ++i) ASSERT_TRUE(chunked.send(chunk));
    EXPECT_THAT(chunked.until("\r\n"), StartsWith("HTTP/1.1 413 "));
}

TEST_F(HttpServerTest, ALargeHeaderIsRefused) {
    start();
    Client peer(path);
    ASSERT_TRUE(peer.send(get("/a", "X: " + std::string(20'000, 'x') + "\r\n")));
    EXPECT_THAT(peer.rest(), StartsWith("HTTP/1.1 431 "));
}

TEST_F(HttpServerTest, NonsenseIsRefusedAndTheServerLivesOn) {
    start();
    for (const auto* nonsense :
         {"nonsense\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\x16\x03\x01\x02\r\n\r\n",
          "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"}) {
        Client peer(path);
        ASSERT_TRUE(peer.send(nonsense));
        const std::string answer = peer.rest();
        EXPECT_THAT(answer, StartsWith("HTTP/1.1 400 ")) << nonsense;
        EXPECT_THAT(answer, HasSubstr("application/problem+json")) << nonsense;
    }
    { Client gone(path); }
    {
        Client cut(path);
        ASSERT_TRUE(cut.send("GET / HT"));
    }
    Client peer(path);
    ASSERT_TRUE(peer.send(get("/a")));
    EXPECT_THAT(peer.until("body:0."), HasSubstr("[a]"));
}

TEST_F(HttpServerTest, APeerThatSendsTooSlowlyIsCutOff) {
    HttpServer::Limits limits;
    limits.greeting = limits.silence = std::chrono::milliseconds(100);
    start(limits);
    Client silent(path);
    Client halfway(path);
    ASSERT_TRUE(halfway.send("GET / HTTP/1.1\r\nHo"));
    Client without_body(path);
    ASSERT_TRUE(without_body.send(post(10) + "12345"));
    for (auto* slow : {&silent, &halfway, &without_body}) EXPECT_EQ(slow->rest(), "");
}

// Whoever opens a connection and says nothing has a sixth of the time that others have.
TEST_F(HttpServerTest, TheFirstRequestOfAConnectionHasLessTimeThanTheNextOne) {
    HttpServer::Limits limits;
    limits.greeting = std::chrono::milliseconds(50);
    start(limits);
    Client talking(path);
    ASSERT_TRUE(talking.send(get("/a")));
    talking.until("body:0.");
    EXPECT_EQ(Client(path).rest(), "") << "it said nothing";
    ASSERT_TRUE(talking.send(get("/b")));
    EXPECT_THAT(talking.until("body:0."), HasSubstr("[b]"));
}

TEST_F(HttpServerTest, TheConnectionThatHasBeenIdleForTheLongestTimeMakesRoom) {
    HttpServer::Limits limits;
    limits.connections.all = 2;
    start(limits);
    Client first(path);
    ASSERT_TRUE(first.send(get("/a")));
    first.until("body:0.");
    Client second(path);
    ASSERT_TRUE(second.send(get("/a")));
    second.until("body:0.");
    Client third(path);
    ASSERT_TRUE(third.send(get("/third")));
    EXPECT_THAT(third.until("body:0."), HasSubstr("[third]"));
    EXPECT_EQ(first.rest(), "");
    ASSERT_TRUE(second.send(get("/again")));
    EXPECT_THAT(second.until("body:0."), HasSubstr("[again]"));
}

TEST_F(HttpServerTest, WhenAllConnectionsAreAtWorkTheNextOneIsToldSo) {
    HttpServer::Limits limits;
    limits.connections.all = 2;
    start(limits);
    Client first(path);
    Client second(path);
    ASSERT_TRUE(first.send(get("/held")) && second.send(get("/held")));
    for (int seen = held; seen < 2; seen = held) held.wait(seen);
    Client third(path);
    ASSERT_TRUE(third.send(get("/a")));
    EXPECT_THAT(third.rest(), AllOf(StartsWith("HTTP/1.1 503 "),
                                    HasSubstr("this request is not served; end some of them")));
    boost::asio::post(loop, [this] { until_released.cancel(); });
    EXPECT_THAT(first.until("body:0."), HasSubstr("[held]"));
    EXPECT_THAT(second.until("body:0."), HasSubstr("[held]"));
    Client fourth(path);
    ASSERT_TRUE(fourth.send(get("/a")));
    EXPECT_THAT(fourth.until("body:0."), HasSubstr("[a]"));
}

// 600 connections that say nothing silenced monitoring.
TEST_F(HttpServerTest, ConnectionsThatSayNothingKeepNobodyOut) {
    auto listening = HttpServer::listen_tcp(loop.get_executor(), "127.0.0.1:0", handler());
    ASSERT_TRUE(listening) << listening.error().message();
    server = std::move(*listening);
    const auto port = server->port();
    run();
    std::deque<Client> idle;
    for (int i = 0; i < 600; ++i) ASSERT_TRUE(idle.emplace_back(port).connected()) << i;
    for (int i = 0; i < 20; ++i) {
        Client monitor(port);
        ASSERT_TRUE(monitor.send(get("/healthz", "Connection: close\r\n")));
        EXPECT_THAT(monitor.rest(), StartsWith("HTTP/1.1 200 ")) << i;
    }
}

TEST_F(HttpServerTest, TheHandlerKnowsWhoAsks) {
    start();
    Client client(path);
    ASSERT_TRUE(client.send(get("/who")));
    EXPECT_THAT(client.until("body:0."), HasSubstr("Allow: " + std::to_string(::geteuid()) + " " +
                                                   std::to_string(::getpid()) + "\r\n"));
}

// contract: the socket is mode 0660; 11.1: for its group, and where there is none for nobody else.
TEST_F(HttpServerTest, TheSocketIsForItsGroupAndGoesWithTheServer) {
    start({}, std::to_string(::getegid()));
    struct stat status {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0660U);
    EXPECT_EQ(status.st_gid, ::getegid());
    EXPECT_EQ(server->restriction(), "");
    stop();
    EXPECT_FALSE(std::filesystem::exists(path));
}

// 11.1: never wider than was asked for.
TEST_F(HttpServerTest, WithoutItsGroupTheSocketIsForItsOwnerAlone) {
    for (const std::string group : {"", "no-such-group", "-1", "4294967295"}) {
        auto listening = HttpServer::listen_unix(loop.get_executor(), path, group, handler());
        ASSERT_TRUE(listening) << listening.error().message();
        struct stat status {};
        ASSERT_EQ(::stat(path.c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 07777U, 0600U) << group;
        if (group.empty()) {
            EXPECT_EQ((*listening)->restriction(), "");
        } else {
            EXPECT_THAT((*listening)->restriction(), HasSubstr("'" + group + "'"));
        }
        (*listening)->close();
    }
    run();
}

TEST_F(HttpServerTest, CloseEndsConnections) {
    start();
    Client peer(path);
    ASSERT_TRUE(peer.send(get("/a")));
    peer.until("body:0.");
    Client busy(path);
    ASSERT_TRUE(busy.send(get("/slow")));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    boost::asio::post(loop, [this] { server->close(); });
    EXPECT_EQ(peer.rest(), "");
    EXPECT_EQ(busy.rest(), "");
    EXPECT_FALSE(Client(path).connected());
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
    Client peer(path);
    ASSERT_TRUE(peer.send(get("/a")));
    EXPECT_THAT(peer.until("body:0."), HasSubstr("[a]"));
}

TEST_F(HttpServerTest, ASocketThatSomebodyListensOnIsLeftAlone) {
    start();
    const auto second = HttpServer::listen_unix(loop.get_executor(), path, "", {});
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code(), ErrorCode::store_in_use);
    EXPECT_THAT(second.error().message(), HasSubstr(path));
    Client peer(path);
    ASSERT_TRUE(peer.send(get("/a")));
    EXPECT_THAT(peer.until("body:0."), HasSubstr("[a]"));
}

TEST_F(HttpServerTest, AFileThatIsNoSocketIsLeftAlone) {
    std::ofstream(path) << "precious";
    const auto listening = HttpServer::listen_unix(loop.get_executor(), path, "", {});
    ASSERT_FALSE(listening);
    EXPECT_EQ(std::filesystem::file_size(path), 8U);
}

TEST_F(HttpServerTest, APathThatCannotBeIsRefusedByName) {
    for (const auto& bad : {(directory / "none" / "s").string(), "/" + std::string(200, 'x')}) {
        const auto listening = HttpServer::listen_unix(loop.get_executor(), bad, "", {});
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
}  // namespace dirsync::http
