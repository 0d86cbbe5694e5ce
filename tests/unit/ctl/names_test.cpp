#include "ctl/names.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dirsync::ctl {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::internal::CaptureStderr;
using ::testing::internal::GetCapturedStderr;

/// Answers one request after the other with what a test put in.
class NamesTest : public ::testing::Test {
protected:
    void SetUp() override {
        std::string pattern = (std::filesystem::temp_directory_path() / "namesXXXXXX").string();
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        folder = pattern;
        options.socket = (folder / "s").string();
        listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        options.socket.copy(address.sun_path, sizeof address.sun_path - 1);
        ASSERT_EQ(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        ASSERT_EQ(::listen(listener, 5), 0);
    }
    void TearDown() override {
        if (thread.joinable()) thread.join();
        ::close(listener);
        std::filesystem::remove_all(folder);
    }
    void serve(std::vector<std::pair<int, std::string>> answers) {
        thread = std::thread([this, answers = std::move(answers)] {
            for (const auto& [status, body] : answers) {
                const int peer = ::accept(listener, nullptr, nullptr);
                char buffer[4096];
                const auto got = ::recv(peer, buffer, sizeof buffer, 0);
                const std::string asked(buffer, static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
                targets.push_back(asked.substr(4, asked.find(" HTTP") - 4));
                const std::string text = "HTTP/1.1 " + std::to_string(status) +
                                         " X\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
                                         body;
                ::send(peer, text.data(), text.size(), MSG_NOSIGNAL);
                ::close(peer);
            }
        });
    }
    std::optional<Answer> about(const std::string& name) {
        const auto target = [](const std::string& whom) { return "/v1/users/" + percent_encoded(whom); };
        auto answer = answer_about(options, name, "user", target, code);
        thread.join();
        return answer;
    }

    static constexpr const char* unknown = R"({"title":"not found","detail":"no user is called 'al'"})";
    static constexpr const char* alice =
        R"({"object_type":"USER","object_id":"u1","name":"alice@x","display_name":"Alice","email":"al@x"})";
    static constexpr const char* other =
        R"({"object_type":"USER","object_id":"u2","name":"alice@y","display_name":"","email":""})";

    std::filesystem::path folder;
    Options options;
    std::vector<std::string> targets;
    std::thread thread;
    int listener = -1;
    int code = -1;
};

TEST_F(NamesTest, ANameThatTheDaemonKnowsIsAskedForOnce) {
    serve({{200, "{}"}});
    const auto answer = about("alice@x");
    ASSERT_TRUE(answer);
    EXPECT_TRUE(answer->ok());
    EXPECT_THAT(targets, ElementsAre("/v1/users/alice@x"));
}

TEST_F(NamesTest, WhoIsMeantIsAskedForByTheId) {
    serve({{404, unknown}, {200, std::string("[") + alice + "]"}, {200, R"({"user_id":"u1"})"}});
    const auto answer = about("al@x");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, R"({"user_id":"u1"})");
    EXPECT_THAT(targets, ElementsAre("/v1/users/al@x", "/v1/names?name=al@x&kind=user", "/v1/users/u1"));
}

TEST_F(NamesTest, OfSeveralThatFitNoneIsTakenAndAllAreNamed) {
    serve({{404, unknown}, {200, std::string("[") + alice + "," + other + "]"}});
    CaptureStderr();
    EXPECT_FALSE(about("alice"));
    const std::string said = GetCapturedStderr();
    EXPECT_EQ(code, exit_usage);
    EXPECT_THAT(said, HasSubstr("'alice' may mean one of these; say which:\n"));
    EXPECT_THAT(said, HasSubstr("alice@x (Alice, al@x)\n"));
    EXPECT_THAT(said, HasSubstr("alice@y\n"));
}

TEST_F(NamesTest, WhereNobodyIsMeantTheDaemonsRefusalStands) {
    for (const auto& [status, body] : {std::pair(200, "[]"), std::pair(404, unknown)}) {
        serve({{404, unknown}, {status, body}});
        const auto answer = about("al");
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->body, unknown);
    }
}

}  // namespace
}  // namespace dirsync::ctl
