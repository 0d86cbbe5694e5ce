#include "api/control_api.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json.hpp>

#include "tests/support/await.hpp"
#include "tests/unit/api/fake_operations.hpp"
#include "tests/unit/api/request_of.hpp"

namespace dirsync::api {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class SurveyApi : public ::testing::Test {
protected:
    FakeOperations operations;
    FakeSurveyOperations& survey = operations.survey_operations;
    ControlApi api{operations};

    http::Response ask(std::string what, std::string body, std::string method = "POST") {
        auto request = request_of(std::move(method), {"v1", "survey", std::move(what)}, std::move(body));
        return testing::await(api.handle(std::move(request)));
    }
    static boost::json::object object_of(const http::Response& response) {
        return boost::json::parse(response.body).as_object();
    }
};

TEST_F(SurveyApi, ChecksAreToldInTheirOrderWithTheExitCode) {
    survey.checks = {passed("dns", "a", "there"),
                     failed("bind", "dc1", Error(ErrorCode::invalid_credentials, "no"), "mend it")};
    const auto answer = object_of(ask("check", R"({"config":"draft"})"));
    EXPECT_EQ(answer.at("exit_code").as_int64(), 77);
    EXPECT_EQ(answer.at("checks").at(1).at("advice").as_string(), "mend it");
    EXPECT_TRUE(answer.at("checks").at(0).at("advice").is_null());
    ask("check", "");
    EXPECT_THAT(survey.calls, ElementsAre("check draft", "check running"));
}

TEST_F(SurveyApi, HandsOnWhatIsAsked) {
    survey.servers = {"ldap://dc1"};
    EXPECT_EQ(object_of(ask("locate", R"({"domain":"a.b","ldaps":true})")).at("servers").at(0).as_string(),
              "ldap://dc1");
    ask("sample", R"({"config":"c","names":["x","y"]})");
    ask("search", R"({"config":"c","text":"dia","kind":"group"})");
    ask("search", R"({"config":"c","text":"dia"})");
    ask("plan", R"({"config":"c"})");
    EXPECT_THAT(survey.calls,
                ElementsAre("locate a.b ldaps", "sample c x y", "search c dia 1", "search c dia", "plan c"));
}

TEST_F(SurveyApi, NamesAndUsersHaveTheirShape) {
    survey.found.names = {{ldap::NameKind::organizational_unit, "OU=a", "t", "a", "OU=a", false}};
    survey.found.more = true;
    const auto found = object_of(ask("search", R"({"text":"a"})"));
    EXPECT_TRUE(found.at("more").as_bool());
    EXPECT_EQ(found.at("names").at(0).at("kind").as_string(), "organizational_unit");
    survey.users = {{"alice@a", "CN=alice", true, {{"email", "a@b", "${mail}"}, {"x", "", ""}}}};
    const auto users = object_of(ask("sample", "{}"));
    const auto& attributes = users.at("users").at(0).at("attributes");
    EXPECT_EQ(attributes.at("email").at("template").as_string(), "${mail}");
    EXPECT_TRUE(attributes.at("x").at("template").is_null());
}

TEST_F(SurveyApi, WhatCannotBeMeantIsRefused) {
    EXPECT_EQ(ask("locate", "{}").status, 400);
    EXPECT_EQ(ask("search", "{}").status, 400);
    EXPECT_EQ(ask("search", R"({"text":"a","kind":"printer"})").status, 400);
    EXPECT_EQ(ask("sample", R"({"names":[1]})").status, 400);
    EXPECT_EQ(ask("check", R"({"config":1})").status, 400);
    EXPECT_EQ(ask("check", "no json").status, 400);
    EXPECT_EQ(ask("nothing", "{}").status, 404);
    EXPECT_EQ(ask("check", "", "GET").headers.at("Allow"), "POST");
    EXPECT_THAT(survey.calls, IsEmpty());
    survey.failure = Error(ErrorCode::config_invalid, "c:1:1: wrong");
    const auto refused = ask("check", "{}");
    EXPECT_EQ(refused.status, 422);
    EXPECT_THAT(refused.body, HasSubstr("c:1:1: wrong"));
}

}  // namespace
}  // namespace dirsync::api
