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
using ::testing::Not;

class ControlApiTest : public ::testing::Test {
protected:
    FakeOperations operations;
    ControlApi api{operations};

    http::Response ask(std::string method, std::vector<std::string> segments, std::string body = "",
                       std::map<std::string, std::string> query = {}, bool from_everybody = false) {
        auto request = request_of(std::move(method), std::move(segments), std::move(body), std::move(query));
        return testing::await(from_everybody ? api.handle_public(std::move(request))
                                             : api.handle(std::move(request)));
    }
    static boost::json::object object_of(const http::Response& response) {
        return boost::json::parse(response.body).as_object();
    }
    void expect_problem(const http::Response& response, unsigned status, int exit_code) {
        EXPECT_EQ(response.status, status);
        EXPECT_EQ(response.content_type, "application/problem+json");
        const auto problem = object_of(response);
        EXPECT_EQ(problem.at("status").as_int64(), status);
        EXPECT_EQ(problem.at("exit_code").as_int64(), exit_code);
        EXPECT_FALSE(problem.at("title").as_string().empty());
        EXPECT_FALSE(problem.at("detail").as_string().empty());
        EXPECT_TRUE(problem.contains("type"));
    }
};

TEST_F(ControlApiTest, SyncTellsWhetherItIsFullAndWhatItsExitCodeIs) {
    operations.cycle.holds.emplace_back();
    const auto response = ask("POST", {"v1", "sync"}, R"({"full":true})");
    EXPECT_EQ(response.status, 200U);
    EXPECT_EQ(object_of(response).at("exit_code").as_int64(), 3);
    ask("POST", {"v1", "sync"});
    EXPECT_THAT(operations.calls, ElementsAre("sync full", "sync"));
}

TEST_F(ControlApiTest, AFeedWaitsForChanges) {
    sync::Rows none;
    sync::Rows one;
    one.columns = {"seq"};
    one.rows = {{std::int64_t{7}}};
    operations.rows = {none, one};
    const auto answer = ask("GET", {"v1", "changes"}, "", {{"since", "6"}, {"wait", "20"}});
    EXPECT_EQ(answer.body, R"([{"seq":7}])");
    EXPECT_EQ(operations.waits.size(), 1U);
    // Without the wish nobody waits, nor when the daemon ends.
    ask("GET", {"v1", "changes"}, "", {{"since", "7"}});
    EXPECT_EQ(operations.waits.size(), 1U);
    EXPECT_EQ(ask("GET", {"v1", "changes"}, "", {{"since", "7"}, {"wait", "20"}}).body, "[]");
    EXPECT_EQ(operations.waits.size(), 3U);
    EXPECT_LE(operations.waits.back(), std::chrono::seconds(1));
    expect_problem(ask("GET", {"v1", "changes"}, "", {{"since", "7"}, {"wait", "soon"}}), 400, 64);
}

TEST_F(ControlApiTest, ARevertSaysWhatItDidAndWhatItCouldNot) {  // semantics 5.10
    operations.reverted.wrote = true;
    operations.reverted.changes = 2;
    operations.reverted.not_restored.push_back({"update", "USER", "id", "alice", "it was changed again"});
    auto answer = object_of(ask("POST", {"v1", "runs", "r1", "revert"}));
    EXPECT_EQ(answer.at("exit_code").as_int64(), 0);
    EXPECT_EQ(answer.at("change_count").to_number<int>(), 2);
    EXPECT_EQ(answer.at("not_restored").at(0).at("why").as_string(), "it was changed again");
    answer = object_of(ask("POST", {"v1", "runs", "r1", "revert"}, R"({"dry_run":true})"));
    EXPECT_EQ(answer.at("exit_code").as_int64(), 2);
    EXPECT_THAT(operations.calls, ElementsAre("revert r1", "would revert r1"));
    expect_problem(ask("POST", {"v1", "runs", "r1", "revert"}, R"({"dry_run":1})"), 400, 64);
    expect_problem(ask("GET", {"v1", "runs", "r1", "revert"}), 405, 64);
    operations.failure = Error(ErrorCode::not_found, "no run has that id");
    expect_problem(ask("POST", {"v1", "runs", "r1", "revert"}), 404, 64);
}

TEST_F(ControlApiTest, APlanWithChangesHasExitCodeTwo) {
    operations.cycle.changes = 1;
    EXPECT_EQ(object_of(ask("GET", {"v1", "plan"})).at("exit_code").as_int64(), 2);
    ask("POST", {"v1", "plan"}, R"({"config":"log: {level: debug}\n"})");
    EXPECT_THAT(operations.calls, ElementsAre("plan -", "plan log: {level: debug}\n"));
}

TEST_F(ControlApiTest, CommandsReachTheirOperation) {
    for (const auto* name : {"pause", "resume", "reload"}) EXPECT_EQ(ask("POST", {"v1", name}).status, 200U);
    EXPECT_EQ(ask("POST", {"v1", "holds", "h-1", "approve"}).status, 200U);
    EXPECT_EQ(ask("POST", {"v1", "holds", "h-1", "approve"}, R"({"only":["a@b","staff"]})").status, 200U);
    EXPECT_EQ(ask("GET", {"v1", "explain"}, "", {{"name", "CORP\\alice"}}).status, 200U);
    EXPECT_THAT(operations.calls, ElementsAre("pause", "resume", "reload", "approve h-1",
                                              "approve h-1 a@b staff", "explain CORP\\alice"));
    for (const auto* only :
         {R"({"only":"a@b"})", R"({"only":[1]})", R"({"only":[]})", R"({"only":["a@b",""]})"})
        expect_problem(ask("POST", {"v1", "holds", "h-1", "approve"}, only), 400, 64);
}

TEST_F(ControlApiTest, WhoAsksAndWhyReachesTheOperation) {  // semantics 5.12
    auto request = request_of("POST", {"v1", "holds", "h-1", "approve"}, "", {{"reason", "they left"}});
    request.peer = http::Peer{0, 0, 1};
    EXPECT_EQ(testing::await(api.handle(request)).status, 200U);
    EXPECT_EQ(operations.by.actor, "root");
    EXPECT_EQ(operations.by.reason, "they left");
    request.peer->uid = 4'000'000'000;
    request.query.clear();
    testing::await(api.handle(request));
    EXPECT_EQ(operations.by.actor, "uid 4000000000");
    EXPECT_EQ(operations.by.reason, "");
    expect_problem(ask("POST", {"v1", "pause"}, "", {{"reason", std::string(1001, 'x')}}), 400, 64);
}

TEST_F(ControlApiTest, WhatWaitsIsListedAndAnUnknownIdIsNot) {
    sync::Rows one;
    one.columns = {"hold_id", "name"};
    one.rows = {{"aa01", "alice"}};
    operations.rows = {one, one};
    EXPECT_EQ(ask("GET", {"v1", "holds"}).body, R"([{"hold_id":"aa01","name":"alice"}])");
    EXPECT_EQ(ask("GET", {"v1", "holds", "aa01"}).status, 200U);
    EXPECT_EQ(operations.queries.back().view, "v1_holds");
    expect_problem(ask("GET", {"v1", "holds", "aa02"}), 404, 64);
}

TEST_F(ControlApiTest, AReloadSaysWhatNeedsARestart) {
    operations.needs_restart = {"http.listen"};
    EXPECT_EQ(ask("POST", {"v1", "reload"}).body, R"({"needs_restart":["http.listen"]})");
}

TEST_F(ControlApiTest, AnUnknownPathIsNotFound) {
    expect_problem(ask("GET", {"v1", "nonsense"}), 404, 64);
    expect_problem(ask("POST", {"v1", "nonsense"}), 404, 64);
    expect_problem(ask("DELETE", {"v1", "nonsense"}), 404, 64);
    expect_problem(ask("GET", {""}), 404, 64);
    expect_problem(ask("GET", {"v1", "users", ""}), 404, 64);
    expect_problem(ask("GET", {"v2", "status"}), 404, 64);
    EXPECT_TRUE(operations.queries.empty());
}

TEST_F(ControlApiTest, AWrongMethodIsRefusedAndTheRightOnesAreNamed) {
    const auto post_to_status = ask("POST", {"v1", "status"});
    expect_problem(post_to_status, 405, 64);
    EXPECT_EQ(post_to_status.allow, "GET");
    const auto get_of_sync = ask("GET", {"v1", "sync"});
    expect_problem(get_of_sync, 405, 64);
    EXPECT_EQ(get_of_sync.allow, "POST");
    EXPECT_EQ(ask("DELETE", {"v1", "plan"}).allow, "GET, POST");
    expect_problem(ask("GET", {"v1", "holds", "h", "approve"}), 405, 64);
    EXPECT_TRUE(operations.calls.empty());
}

TEST_F(ControlApiTest, ABodyThatIsNoObjectOfTheRightTypesIsRefused) {
    for (const auto* body : {"{", "[]", "1", R"({"full":1})", "{} {}"}) {
        expect_problem(ask("POST", {"v1", "sync"}, body), 400, 64);
    }
    for (const auto* body : {"", "{}", R"({"config":7})", R"({"config":""})"}) {
        expect_problem(ask("POST", {"v1", "plan"}, body), 400, 64);
    }
    EXPECT_TRUE(operations.calls.empty());
}

TEST_F(ControlApiTest, WhatIsNoTextIsRefused) {
    expect_problem(ask("POST", {"v1", "holds", "12\xa4", "approve"}), 400, 64);
    expect_problem(ask("GET", {"v1", "explain"}, "", {{"name", "a\xff"}}), 400, 64);
    EXPECT_TRUE(operations.calls.empty());
}

TEST_F(ControlApiTest, AParameterThatIsNoNumberIsRefused) {
    expect_problem(ask("GET", {"v1", "changes"}, "", {{"since", "12x"}}), 400, 64);
    expect_problem(ask("GET", {"v1", "changes"}, "", {{"limit", "many"}}), 400, 64);
    expect_problem(ask("GET", {"v1", "runs"}, "", {{"limit", ""}}), 400, 64);
    expect_problem(ask("GET", {"v1", "users"}, "", {{"offset", "-"}}), 400, 64);
    expect_problem(ask("GET", {"v1", "explain"}), 400, 64);
    EXPECT_TRUE(operations.queries.empty());
}

// contract: exit codes.
TEST_F(ControlApiTest, FailuresCarryTheExitCodeOfTheirClass) {
    operations.failure = Error(ErrorCode::store_unavailable, "disk full");
    expect_problem(ask("GET", {"v1", "users"}), 503, 75);
    operations.failure = Error(ErrorCode::config_invalid, "f:1:1: x: y");
    expect_problem(ask("POST", {"v1", "reload"}), 422, 78);
    operations.failure = Error(ErrorCode::invalid_credentials, "no");
    expect_problem(ask("GET", {"v1", "plan"}), 502, 77);
    operations.failure = Error(ErrorCode::not_found, "no such hold");
    expect_problem(ask("POST", {"v1", "holds", "x", "approve"}), 404, 64);
}

TEST_F(ControlApiTest, ChangesAfterANumberRiseAndTheLatestOnesAreShownOldestFirst) {
    ask("GET", {"v1", "changes"}, "", {{"since", "41"}, {"limit", "7"}});
    ASSERT_EQ(operations.queries.size(), 1U);
    EXPECT_EQ(operations.queries[0].view, "v1_changes");
    EXPECT_EQ(operations.queries[0].after_seq, 41);
    EXPECT_EQ(operations.queries[0].order_by, "seq");
    EXPECT_EQ(operations.queries[0].limit, 7);

    operations.rows = {{{"seq"}, {{std::int64_t{9}}, {std::int64_t{8}}}}};
    const auto response = ask("GET", {"v1", "changes"});
    EXPECT_EQ(operations.queries[1].order_by, "-seq");
    EXPECT_EQ(response.body, R"([{"seq":8},{"seq":9}])");
}

TEST_F(ControlApiTest, AUserIsFoundByNameAndAlsoByItsIds) {
    operations.rows = {{{"user_id", "user_name"}, {{std::string("u1"), std::string("alice")}}}};
    EXPECT_EQ(ask("GET", {"v1", "users", "Alice"}).body, R"({"user_id":"u1","user_name":"alice"})");
    ASSERT_EQ(operations.queries.size(), 1U);
    EXPECT_THAT(operations.queries[0].equals, ElementsAre(std::pair("user_name", "Alice")));

    const std::string id = "0F1E2D3C-0000-4000-8000-000000000001";
    expect_problem(ask("GET", {"v1", "users", id}), 404, 64);
    ASSERT_EQ(operations.queries.size(), 4U);
    EXPECT_EQ(operations.queries[1].equals[0].first, "user_name");
    EXPECT_EQ(operations.queries[2].equals[0].first, "user_id");
    EXPECT_EQ(operations.queries[3].equals[0].first, "external_id");
}

TEST_F(ControlApiTest, AGroupWhoseNameHasASlashIsShownNotItsMembers) {
    operations.rows = {{{"group_id", "display_name"}, {{std::string("g1"), std::string("a/members")}}}};
    const auto response = ask("GET", {"v1", "groups", "a/members"});
    EXPECT_EQ(object_of(response).at("display_name").as_string(), "a/members");
    EXPECT_THAT(operations.queries[0].equals, ElementsAre(std::pair("display_name", "a/members")));
}

TEST_F(ControlApiTest, MembersOfAGroupAreItsUsersByName) {
    operations.rows = {{{"group_id", "display_name"}, {{std::string("g1"), std::string("staff")}}},
                       {{"group_id", "user_id"},
                        {{std::string("g1"), std::string("u2")}, {std::string("g1"), std::string("u1")}}},
                       {{"user_id", "user_name"}, {{std::string("u2"), std::string("bob")}}},
                       {{"user_id", "user_name"}, {{std::string("u1"), std::string("alice")}}}};
    EXPECT_EQ(ask("GET", {"v1", "groups", "staff", "members"}).body,
              R"([{"user_id":"u1","user_name":"alice"},{"user_id":"u2","user_name":"bob"}])");
    EXPECT_EQ(ask("GET", {"v1", "groups", "empty", "members"}).status, 404U);
}

// contract: last_run is as v1_runs.
TEST_F(ControlApiTest, StatusNamesTheIdOfTheLastRunWhenItWroteOne) {
    operations.report.engine.last_run.emplace();
    operations.report.engine.last_run->started = Time(Duration(1'000'000'000));
    const sync::Rows stored{{"run_id", "started_at"},
                            {{std::string("r1"), std::string("2001-09-09T01:46:40Z")}}};
    operations.rows = {stored};
    EXPECT_EQ(object_of(ask("GET", {"v1", "status"})).at("last_run").at("run_id"), "r1");

    operations.rows = {stored};
    operations.report.engine.last_run->started += Duration(30);
    EXPECT_TRUE(object_of(ask("GET", {"v1", "status"})).at("last_run").at("run_id").is_null())
        << "an idle cycle has no line in v1_runs";
}

TEST_F(ControlApiTest, StatusAnswersWithoutTheStoreWhileACycleRunsOrTheStoreFails) {
    operations.report.engine.last_run.emplace();
    operations.report.engine.cycle_running = true;
    EXPECT_EQ(ask("GET", {"v1", "status"}).status, 200U);
    EXPECT_TRUE(operations.queries.empty()) << "a commit may take long";

    operations.report.engine.cycle_running = false;
    operations.failure = Error(ErrorCode::store_unavailable, "disk full");
    EXPECT_EQ(ask("GET", {"v1", "status"}).status, 200U);
}

TEST_F(ControlApiTest, EverybodyMaySeeHealthAndMetricsAndNothingElse) {
    for (const auto* path : {"status", "sync", "users"}) {
        EXPECT_EQ(ask("GET", {"v1", path}, "", {}, true).status, 404U);
        EXPECT_EQ(ask("POST", {"v1", path}, "", {}, true).status, 404U);
    }
    EXPECT_TRUE(operations.calls.empty());
    EXPECT_EQ(ask("GET", {"healthz"}, "", {}, true).status, 200U);
    EXPECT_EQ(ask("POST", {"healthz"}, "", {}, true).status, 405U);

    EXPECT_EQ(ask("GET", {"readyz"}, "", {}, true).status, 200U);
    operations.report.not_ready = "directory";
    operations.report.engine.last_error = "dc1 does not answer";
    const auto public_answer = ask("GET", {"readyz"}, "", {}, true);
    EXPECT_EQ(public_answer.status, 503U);
    EXPECT_THAT(public_answer.body, HasSubstr("not ready: directory\""));
    EXPECT_THAT(public_answer.body, Not(HasSubstr("dc1"))) << "strangers learn no names";
    EXPECT_THAT(ask("GET", {"metrics"}, "", {}, true).body, Not(HasSubstr("dc1")));
    EXPECT_THAT(ask("GET", {"readyz"}).body, HasSubstr("directory: dc1 does not answer"));

    operations.report.engine.users = 12;
    const auto metrics = ask("GET", {"metrics"}, "", {}, true);
    EXPECT_THAT(metrics.content_type, HasSubstr("text/plain"));
    EXPECT_THAT(metrics.body, HasSubstr("# TYPE dirsyncd_users gauge\ndirsyncd_users 12\n"));
}

}  // namespace
}  // namespace dirsync::api
