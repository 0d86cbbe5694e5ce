#include "http/router.hpp"

#include <gtest/gtest.h>

#include "tests/support/await.hpp"

namespace dirsync::http {
namespace {

Router::Handler says(std::string text) {
    return [text = std::move(text)](Request request) -> Task<Response> {
        Response response;
        response.body = text;
        for (const auto& [name, value] : request.named) response.body += " " + name + "=" + value;
        return [](Response answer) -> Task<Response> { co_return answer; }(std::move(response));
    };
}

class RouterTest : public ::testing::Test {
protected:
    Router router;
    void SetUp() override {
        router.add("GET", "/v1/groups", says("list"));
        router.add("GET", "/v1/groups/{name}", says("show"));
        router.add("GET", "/v1/groups/{name}/members", says("members"));
        router.add("POST", "/v1/groups/import", says("import"));
        router.add("DELETE", "/v1/groups/{name}", says("delete"));
    }
    Router::Match match(std::string method, std::vector<std::string> segments) {
        request = Request();
        request.method = std::move(method);
        request.segments = std::move(segments);
        return router.match(request);
    }
    std::string answer(std::string method, std::vector<std::string> segments) {
        const auto found = match(std::move(method), std::move(segments));
        if (found.handler == nullptr) return "405 " + found.allow;
        return testing::await((*found.handler)(request)).body;
    }
    Request request;
};

TEST_F(RouterTest, APathLeadsToItsHandlerWithItsNames) {
    EXPECT_EQ(answer("GET", {"v1", "groups"}), "list");
    EXPECT_EQ(answer("GET", {"v1", "groups", "a/b"}), "show name=a/b");
    EXPECT_EQ(answer("GET", {"v1", "groups", "staff", "members"}), "members name=staff");
    EXPECT_EQ(answer("POST", {"v1", "groups", "import"}), "import");
    EXPECT_EQ(answer("GET", {"v1", "groups", "import"}), "show name=import");
}

TEST_F(RouterTest, AnotherMethodIsToldThoseThatThePathTakes) {
    EXPECT_EQ(answer("PUT", {"v1", "groups", "staff"}), "405 GET, DELETE");
    EXPECT_EQ(answer("PUT", {"v1", "groups", "import"}), "405 GET, POST, DELETE");
    EXPECT_EQ(answer("get", {"v1", "groups"}), "405 GET");
}

TEST_F(RouterTest, APathThatIsNotThereIsNot) {
    const std::vector<std::vector<std::string>> paths{
        {}, {"v1"}, {"v1", "groups", ""}, {"v1", "groups", "a", "b"}, {"v2", "groups"}, {"", "v1", "groups"}};
    for (const auto& path : paths) {
        const auto found = match("GET", path);
        EXPECT_EQ(found.handler, nullptr);
        EXPECT_EQ(found.allow, "");
    }
}

TEST_F(RouterTest, TheFirstOfTwoThatFitAnswers) {
    router.add("GET", "/v1/{kind}", says("any"));
    EXPECT_EQ(answer("GET", {"v1", "groups"}), "list");
    EXPECT_EQ(answer("GET", {"v1", "users"}), "any kind=users");
}

}  // namespace
}  // namespace dirsync::http
