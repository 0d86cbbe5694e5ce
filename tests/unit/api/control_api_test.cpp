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
    operations.filled.add_user("alice");
    const auto answer = ask("GET", {"v1", "changes"}, "", {{"since", "0"}, {"wait", "20"}});
    EXPECT_EQ(boost::json::parse(answer.body).as_array().size(), 1U);
    EXPECT_TRUE(operations.waits.empty()) << "there is one already";
    // Without the wish nobody waits, nor when the daemon ends.
    EXPECT_EQ(ask("GET", {"v1", "changes"}, "", {{"since", "1"}}).body, "[]");
    EXPECT_TRUE(operations.waits.empty());
    EXPECT_EQ(ask("GET", {"v1", "changes"}, "", {{"since", "1"}, {"wait", "20"}}).body, "[]");
    EXPECT_EQ(operations.waits.size(), 3U);
    EXPECT_LE(operations.waits.back(), std::chrono::seconds(1));
    expect_problem(ask("GET", {"v1", "changes"}, "", {{"since", "7"}, {"wait", "soon"}}), 400, 64);
}

TEST_F(ControlApiTest, ARevertSaysWhatItDidAndWhatItCouldNot) {  // semantics 5.10
    operations.reverted.wrote = true;
    operations.reverted.changes = 2;
    operations.reverted.not_restored.push_back(
        {sync::LineAction::update, sync::ObjectType::user, "id", "alice", "it was changed again"});
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

// A misspelt member or parameter would be taken for left out, and do more than was asked for.
TEST_F(ControlApiTest, WhatIsMisspeltDoesNothing) {
    const std::vector<std::string> approve{"v1", "holds", "h-1", "approve"};
    const std::vector<std::string> revert{"v1", "runs", "r1", "revert"};
    expect_problem(ask("POST", approve, R"({"onyl":["a@b"]})"), 400, 64);
    expect_problem(ask("POST", revert, R"({"dryrun":true})"), 400, 64);
    expect_problem(ask("POST", revert, "", {{"dry_run", "true"}}), 400, 64);
    expect_problem(ask("POST", {"v1", "sync"}, R"({"fulll":true})"), 400, 64);
    expect_problem(ask("POST", {"v1", "users", "import"}, "userName\na", {{"dryrun", "true"}}), 400, 64);
    expect_problem(ask("DELETE", {"v1", "permission-sets", "p"}, "", {{"forced", "true"}}), 400, 64);
    EXPECT_TRUE(operations.calls.empty());
    EXPECT_EQ(ask("POST", {"v1", "pause"}, "", {{"reason", "maintenance"}}).status, 200U);
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

TEST_F(ControlApiTest, AnApprovalThatIsWaitedForTellsWhatItsCycleDid) {
    operations.cycle.wrote = true;
    operations.cycle.run.counts = {{"users_removed", 1}};
    const std::vector<std::string> approve{"v1", "holds", "h-1", "approve"};
    const auto report = object_of(ask("POST", approve, R"({"wait":true})"));
    EXPECT_EQ(report.at("exit_code").as_int64(), 0);
    EXPECT_EQ(report.at("run").at("counts").at("users_removed").to_number<int>(), 1);
    EXPECT_EQ(object_of(ask("POST", approve, R"({"wait":false})")).at("id"), "h-1");
    expect_problem(ask("POST", approve, R"({"wait":"yes"})"), 400, 64);
}

TEST_F(ControlApiTest, WhoAsksAndWhyReachesTheOperation) {  // semantics 5.12
    auto request = request_of("POST", {"v1", "holds", "h-1", "approve"}, "", {{"reason", "they left"}});
    request.peer = http::Peer{0, 0, 1};
    EXPECT_EQ(testing::await(api.handle(request)).status, 200U);
    EXPECT_EQ(operations.by.actor, sync::host_user("root"));
    EXPECT_EQ(operations.by.reason, "they left");
    request.peer->uid = 4'000'000'000;
    request.query.clear();
    testing::await(api.handle(request));
    EXPECT_EQ(operations.by.actor, sync::host_user("uid 4000000000"));
    EXPECT_EQ(operations.by.reason, "");
    expect_problem(ask("POST", {"v1", "pause"}, "", {{"reason", std::string(1001, 'x')}}), 400, 64);
}

TEST_F(ControlApiTest, WhatWaitsIsListedAndAnUnknownIdIsNot) {
    sync::Hold hold;
    hold.id = "aa01";
    hold.hold = sync::HoldClass::remove_users;
    hold.objects = {{*parse<ObjectGuid>("6da77495-e9f6-5f2d-9056-e4b0038c472c"), {}}};
    hold.limit = "500 or 10%";
    hold.since = operations.filled.noon;
    operations.filled.hold(hold);
    const auto all = boost::json::parse(ask("GET", {"v1", "holds"}).body).as_array();
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].at("hold_id"), "aa01");
    EXPECT_EQ(all[0].at("class"), "remove_users");
    EXPECT_EQ(all[0].at("reason"), "500 or 10%");
    EXPECT_EQ(all[0].at("since"), "2026-06-01T12:00:00Z");
    EXPECT_EQ(boost::json::parse(ask("GET", {"v1", "holds", "aa01"}).body), boost::json::value(all));
    expect_problem(ask("GET", {"v1", "holds", "aa02"}), 404, 64);
}

TEST_F(ControlApiTest, AReloadSaysWhatNeedsARestart) {
    operations.needs_restart = {"http.listen"};
    EXPECT_EQ(ask("POST", {"v1", "reload"}).body, R"({"needs_restart":["http.listen"]})");
}

TEST_F(ControlApiTest, AReloadSaysWhatStatusSaysOfTheConfiguration) {
    operations.report.engine.config_refused = true;
    EXPECT_EQ(ask("POST", {"v1", "reload"}).body, R"({"needs_restart":[],"settings_refused":true})");
    EXPECT_TRUE(object_of(ask("GET", {"v1", "status"})).at("settings_refused").as_bool());
}

// semantics 1.4
TEST_F(ControlApiTest, AReloadSaysThatAChangeOfTheSourceWaits) {
    operations.report.engine.pending =
        sync::PendingSourceChange{"directory", "active_directory:a", 3, 1, 1, 4, ""};
    EXPECT_EQ(
        ask("POST", {"v1", "reload"}).body,
        R"({"needs_restart":[],"pending":{"from":"directory","to":"active_directory:a","users":3,"groups":1,)"
        R"("memberships":1,"assignments":4,"note":null}})");
}

TEST_F(ControlApiTest, AnUnknownPathIsNotFound) {
    expect_problem(ask("GET", {"v1", "nonsense"}), 404, 64);
    expect_problem(ask("POST", {"v1", "nonsense"}), 404, 64);
    expect_problem(ask("DELETE", {"v1", "nonsense"}), 404, 64);
    expect_problem(ask("GET", {""}), 404, 64);
    expect_problem(ask("GET", {"v1", "users", ""}), 404, 64);
    expect_problem(ask("GET", {"v2", "status"}), 404, 64);
}

TEST_F(ControlApiTest, AWrongMethodIsRefusedAndTheRightOnesAreNamed) {
    const auto post_to_status = ask("POST", {"v1", "status"});
    expect_problem(post_to_status, 405, 64);
    EXPECT_EQ(post_to_status.headers.at("Allow"), "GET");
    const auto get_of_sync = ask("GET", {"v1", "sync"});
    expect_problem(get_of_sync, 405, 64);
    EXPECT_EQ(get_of_sync.headers.at("Allow"), "POST");
    EXPECT_EQ(ask("DELETE", {"v1", "plan"}).headers.at("Allow"), "GET, POST");
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
    expect_problem(ask("GET", {"v1", "users"}, "", {{"after", "-"}}), 400, 64);
    expect_problem(ask("GET", {"v1", "users"}, "", {{"limit", "-1"}}), 400, 64);
    expect_problem(ask("GET", {"v1", "explain"}), 400, 64);
}

// contract: exit codes.
TEST_F(ControlApiTest, FailuresCarryTheExitCodeOfTheirClass) {
    operations.failure = Error(ErrorCode::store_unavailable, "disk full");
    expect_problem(ask("POST", {"v1", "pause"}), 503, 75);
    operations.failure = Error(ErrorCode::config_invalid, "f:1:1: x: y");
    expect_problem(ask("POST", {"v1", "reload"}), 422, 78);
    operations.failure = Error(ErrorCode::invalid_credentials, "no");
    expect_problem(ask("GET", {"v1", "plan"}), 502, 77);
    operations.failure = Error(ErrorCode::not_found, "no such hold");
    expect_problem(ask("POST", {"v1", "holds", "x", "approve"}), 404, 64);
}

TEST_F(ControlApiTest, ChangesAfterANumberRiseAndTheLatestOnesAreShownOldestFirst) {
    for (const char* name : {"a", "b", "c", "d"}) operations.filled.add_user(name);
    const auto numbers = [&](const std::map<std::string, std::string>& query) {
        std::vector<std::int64_t> seqs;
        const auto response = ask("GET", {"v1", "changes"}, "", query);
        const auto lines = boost::json::parse(response.body);
        for (const auto& line : lines.as_array()) seqs.push_back(line.at("seq").to_number<std::int64_t>());
        return seqs;
    };
    EXPECT_THAT(numbers({{"since", "1"}, {"limit", "2"}}), ElementsAre(2, 3));
    EXPECT_THAT(numbers({{"limit", "2"}}), ElementsAre(3, 4));
    EXPECT_THAT(numbers({{"since", "0"}, {"limit", "-1"}}), ElementsAre(1, 2, 3, 4));
    const auto lines = boost::json::parse(ask("GET", {"v1", "changes"}).body).as_array();
    EXPECT_EQ(lines[0].at("action"), "create");
    EXPECT_TRUE(lines[0].at("before").is_null());
    EXPECT_EQ(lines[0].at("after").at("user_name"), "a") << "JSON within, not a text of it";
}

TEST_F(ControlApiTest, AUserIsFoundByNameAndAlsoByItsIds) {
    const RowId id = operations.filled.add_user("alice");
    for (const std::string& called : {std::string("Alice"), to_text(id)}) {
        const auto user = object_of(ask("GET", {"v1", "users", called}));
        EXPECT_EQ(user.at("user_id").as_string(), to_text(id)) << called;
        EXPECT_EQ(user.at("user_name"), "alice");
    }
    expect_problem(ask("GET", {"v1", "users", "0F1E2D3C-0000-4000-8000-000000000001"}), 404, 64);
}

// contract: the columns of v1_users in their order, null where the view has none.
TEST_F(ControlApiTest, AUserIsShownAsTheViewHasIt) {
    const RowId id = operations.filled.add_user("alice");
    EXPECT_EQ(ask("GET", {"v1", "users", "alice"}).body,
              R"({"user_id":")" + to_text(id) +
                  R"(","user_name":"alice","display_name":"","given_name":"","family_name":"",)"
                  R"("middle_name":"","email":"","status":"ENABLED","external_id":"","sid":"",)"
                  R"("attributes":{},"scope":"in","out_since":null,"created_at":"2026-06-01T12:00:00Z",)"
                  R"("updated_at":"2026-06-01T12:00:00Z","revision":1})");
}

TEST_F(ControlApiTest, AListComesInPagesThatNameTheNextOne) {
    std::vector<std::string> expected;
    for (const char* name : {"e", "d", "c", "b", "a"}) {
        operations.filled.add_user(name);
        expected.emplace_back(name);
    }
    std::vector<std::string> found;
    std::vector<std::size_t> sizes;
    std::map<std::string, std::string> query{{"limit", "2"}};
    for (;;) {
        const auto response = ask("GET", {"v1", "users"}, "", query);
        const auto users = boost::json::parse(response.body).as_array();
        sizes.push_back(users.size());
        for (const auto& user : users) found.emplace_back(user.at("user_name").as_string());
        const auto link = response.headers.find("Link");
        if (link == response.headers.end()) break;
        const std::string& text = link->second;
        EXPECT_THAT(text, HasSubstr("</v1/users?after="));
        EXPECT_THAT(text, HasSubstr("&limit=2>; rel=\"next\""));
        const auto begin = text.find("after=") + 6;
        query["after"] = text.substr(begin, text.find('&') - begin);
    }
    EXPECT_EQ(found, expected);
    EXPECT_THAT(sizes, ElementsAre(2, 2, 1));
    EXPECT_EQ(ask("GET", {"v1", "users"}, "", {{"limit", "0"}}).body, "[]");
    EXPECT_EQ(ask("GET", {"v1", "users"}, "", {{"after", "99"}}).body, "[]");
}

TEST_F(ControlApiTest, AGroupWhoseNameHasASlashIsShownNotItsMembers) {
    operations.filled.add_group("a/members");
    const auto response = ask("GET", {"v1", "groups", "a/members"});
    EXPECT_EQ(object_of(response).at("display_name").as_string(), "a/members");
}

TEST_F(ControlApiTest, MembersOfAGroupAreItsUsers) {
    for (const char* name : {"bob", "alice", "carl"}) operations.filled.add_user(name);
    operations.filled.add_group("staff", {"alice", "bob"});
    operations.filled.add_group("nobody");
    const auto members = boost::json::parse(ask("GET", {"v1", "groups", "Staff", "members"}).body).as_array();
    ASSERT_EQ(members.size(), 2U);
    EXPECT_EQ(members[0].at("user_name"), "bob");
    EXPECT_EQ(members[1].at("user_name"), "alice");
    EXPECT_EQ(members[1].at("status"), "ENABLED");
    EXPECT_EQ(ask("GET", {"v1", "groups", "nobody", "members"}).body, "[]");
    EXPECT_EQ(ask("GET", {"v1", "groups", "unknown", "members"}).status, 404U);
}

// contract: last_run is as v1_runs.
TEST_F(ControlApiTest, StatusNamesTheIdOfTheLastRunWhenItWroteOne) {
    sync::RunRecord run;
    run.started = operations.filled.noon;
    ASSERT_TRUE(operations.filled.client.store().record_run(run));
    operations.report.engine.last_run = run;
    const auto shown = object_of(ask("GET", {"v1", "status"})).at("last_run").at("run_id");
    EXPECT_EQ(boost::json::parse(ask("GET", {"v1", "runs"}).body).at(0).at("run_id"), shown);

    operations.report.engine.last_run->started += Duration(30);
    EXPECT_TRUE(object_of(ask("GET", {"v1", "status"})).at("last_run").at("run_id").is_null())
        << "an idle cycle has no line in v1_runs";
}

TEST_F(ControlApiTest, StatusAnswersWithoutTheStoreWhileACycleRuns) {
    sync::RunRecord run;
    run.started = operations.filled.noon;
    ASSERT_TRUE(operations.filled.client.store().record_run(run));
    operations.report.engine.last_run = run;
    operations.report.engine.cycle_running = true;
    const auto response = ask("GET", {"v1", "status"});
    EXPECT_EQ(response.status, 200U);
    EXPECT_TRUE(object_of(response).at("last_run").at("run_id").is_null()) << "a commit may take long";
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
    operations.report.not_ready_reason = "dc1 does not answer";
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
