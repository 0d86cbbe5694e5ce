#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/messages/problem.hpp"
#include "tests/unit/http/server_bench.hpp"

// Answers that are made while they are sent.
namespace dirsync::http {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

/// What a test knows of the pieces of an answer, from its own thread.
struct Made {
    std::atomic<int> pieces{0};
    std::atomic<bool> is_gone{false};

    void wait_until_gone() const { is_gone.wait(false); }
};

class Pieces final : public BodyPieces {
public:
    Pieces(Made& made, int count, std::size_t size, bool fails)
        : made_(made), count_(count), size_(size), fails_(fails) {}
    ~Pieces() override {
        made_.is_gone = true;
        made_.is_gone.notify_all();
    }
    Task<Result<std::string>> next() override {
        if (made_.pieces == count_) {
            if (fails_) co_return Error(ErrorCode::store_unavailable, "the disk is gone");
            co_return std::string();
        }
        ++made_.pieces;
        co_return std::string(size_, static_cast<char>('a' + made_.pieces % 26));
    }

private:
    Made& made_;
    int count_;
    std::size_t size_;
    bool fails_;
};

class Streaming : public ServerBench {
protected:
    /// An answer of `body`, then `count` pieces of `size` bytes, then an error where `fails`.
    void start_with(std::string body, int count, std::size_t size, bool fails = false,
                    HttpServer::Limits limits = {}) {
        start_answering(
            [this, body, count, size, fails](Request) { return answer(body, count, size, fails); }, limits);
    }
    Task<Response> answer(std::string body, int count, std::size_t size, bool fails) {
        Response response;
        response.body = std::move(body);
        response.headers["X-Kind"] = "long";
        response.more = std::make_unique<Pieces>(made, count, size, fails);
        co_return response;
    }
    Made made;
};

constexpr const char* last_chunk = "0\r\n\r\n";

TEST_F(Streaming, PiecesComeAsChunksBehindTheBodyAndTheConnectionGoesOn) {
    start_with("[", 2, 3);
    Client peer(path);
    ASSERT_TRUE(peer.send(get("/a")));
    EXPECT_THAT(peer.until(last_chunk),
                AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), HasSubstr("Transfer-Encoding: chunked\r\n"),
                      HasSubstr("X-Kind: long\r\n"), Not(HasSubstr("Content-Length")),
                      EndsWith("\r\n\r\n1\r\n[\r\n3\r\nbbb\r\n3\r\nccc\r\n0\r\n\r\n")));
    made.wait_until_gone();
    made.pieces = 0;
    ASSERT_TRUE(peer.send(get("/b", "Connection: close\r\n")));
    EXPECT_THAT(peer.rest(), EndsWith("ccc\r\n0\r\n\r\n"));
}

TEST_F(Streaming, AnAnswerOfNoPieceAtAllIsAnEmptyOne) {
    start_with("", 0, 0);
    Client peer(path);
    ASSERT_TRUE(peer.send(get("/a")));
    EXPECT_THAT(peer.until(last_chunk), EndsWith("\r\n\r\n0\r\n\r\n"));
}

TEST_F(Streaming, AnErrorInTheMiddleIsNoEnd) {
    start_with("[", 3, 10, true);
    Client peer(path);
    ASSERT_TRUE(peer.send(get("/a")));
    const std::string answer = peer.rest();
    EXPECT_THAT(answer, HasSubstr("a\r\ndddddddddd\r\n"));
    EXPECT_THAT(answer, Not(EndsWith(last_chunk))) << "the connection was closed without the last chunk";
}

TEST_F(Streaming, NoMoreIsMadeThanASlowReaderTakes) {
    constexpr int count = 64;
    start_with("[", count, 1 << 20);
    Client slow(path);
    ASSERT_TRUE(slow.send(get("/a", "Connection: close\r\n")));
    slow.until("X-Kind");
    // Meanwhile the loop is free for others.
    for (int i = 0; i < 50; ++i) {
        Client other(path);
        ASSERT_TRUE(other.send("no request\r\n\r\n"));
        ASSERT_THAT(other.rest(), HasSubstr("400"));
    }
    EXPECT_LT(made.pieces, 10) << "what the kernel takes, and one piece";
    const std::string rest = slow.rest();
    EXPECT_THAT(rest.substr(rest.size() - 16), EndsWith(last_chunk));
    EXPECT_GT(rest.size(), std::size_t{count - 1} << 20);
    EXPECT_EQ(made.pieces, count);
}

TEST_F(Streaming, AReaderThatGoesAwayEndsTheWork) {
    start_with("[", 1 << 20, 1 << 16);
    {
        Client leaving(path);
        ASSERT_TRUE(leaving.send(get("/a")));
        leaving.until("X-Kind");
    }
    made.wait_until_gone();
    EXPECT_LT(made.pieces, 100);
}

TEST_F(Streaming, AReaderThatTakesNothingIsCutOff) {
    HttpServer::Limits limits;
    limits.silence = std::chrono::milliseconds(100);
    start_with("[", 1 << 20, 1 << 20, false, limits);
    Client stuck(path);
    ASSERT_TRUE(stuck.send(get("/a")));
    made.wait_until_gone();
    EXPECT_THAT(stuck.rest(), Not(EndsWith(last_chunk)));
}

TEST_F(Streaming, TheEndOfTheServerEndsAnAnswerThatIsUnderWay) {
    start_with("[", 1 << 20, 1 << 16);
    Client peer(path);
    ASSERT_TRUE(peer.send(get("/a")));
    peer.until("X-Kind");
    stop();
    EXPECT_TRUE(made.is_gone);
    EXPECT_THAT(peer.rest(), Not(EndsWith(last_chunk)));
}

TEST_F(Streaming, AnAnswerToHeadHasTheHeaderAlone) {
    start_with("[", 2, 3);
    Client peer(path);
    ASSERT_TRUE(peer.send("HEAD /a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
    EXPECT_THAT(peer.rest(), AllOf(HasSubstr("Transfer-Encoding: chunked\r\n"), EndsWith("\r\n\r\n"),
                                   Not(HasSubstr("bbb"))));
    EXPECT_EQ(made.pieces, 0);
}

TEST_F(Streaming, ARequestOfHttp10IsRefused) {
    start_with("[", 2, 3);
    Client peer(path);
    ASSERT_TRUE(peer.send("GET /a HTTP/1.0\r\n\r\n"));
    EXPECT_THAT(peer.rest(), AllOf(StartsWith("HTTP/1.0 505 "), HasSubstr("ask by HTTP/1.1")));
}

// dirsyncctl reads what the server itself refuses as it reads all other refusals.
TEST_F(Streaming, ARefusalOfTheServerIsAProblemOfTheControlApi) {
    const Response refused = refusal(503, "too \"many\"");
    const auto problem = messages::read_answer<messages::Problem>(refused.body);
    ASSERT_TRUE(problem);
    EXPECT_EQ(messages::text_of(*problem), refused.body);
    EXPECT_EQ(problem->detail, "too \"many\"");
    EXPECT_EQ(problem->exit_code, 75);
    EXPECT_EQ(problem->status, 503U);
}

}  // namespace
}  // namespace dirsync::http
