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

class SourceApi : public ::testing::Test {
protected:
    FakeOperations operations;
    ControlApi api{operations};

    http::Response ask(std::string method, std::vector<std::string> below, std::string body = "",
                       std::map<std::string, std::string> query = {}) {
        std::vector<std::string> segments{"v1", "source"};
        segments.insert(segments.end(), below.begin(), below.end());
        auto request = request_of(std::move(method), std::move(segments), std::move(body), std::move(query));
        return testing::await(api.handle(std::move(request)));
    }
    static boost::json::object object_of(const http::Response& response) {
        return boost::json::parse(response.body).as_object();
    }
};

TEST_F(SourceApi, ThePreviewHasCountsAndAssignments) {
    EXPECT_TRUE(object_of(ask("GET", {"change"})).at("pending").is_null());
    operations.preview.pending = sync::PendingSourceChange{"directory", "active_directory:a", 1, 2, 3, 4, ""};
    operations.preview.assignments = {{"USER", "alice", "Admin", "billing"}};
    const auto preview = object_of(ask("GET", {"change"}, "", {{"names", "1"}}));
    EXPECT_EQ(preview.at("pending").at("memberships").as_int64(), 3);
    EXPECT_EQ(preview.at("assignments").at(0).at("permission_set").as_string(), "Admin");
    EXPECT_THAT(operations.calls, ElementsAre("preview", "preview names"));
}

TEST_F(SourceApi, TheWordIsHandedOnToTheLetter) {  // semantics 1.4
    operations.source_report.changed = sync::SourceChanged{{}, "s1"};
    operations.source_report.changed->run.counts = {{"users_removed", 7}};
    const auto response =
        ask("POST", {"change"}, R"({"accept":" ACCEPT","type":"directory","from":"a","to":"b"})");
    ASSERT_EQ(operations.answers.size(), 1U);
    EXPECT_EQ(operations.answers[0].accept, " ACCEPT");
    EXPECT_EQ(operations.answers[0].type, "directory");
    EXPECT_EQ(operations.answers[0].from + operations.answers[0].to, "ab");
    const auto report = object_of(response);
    EXPECT_EQ(report.at("changed").at("snapshot").as_string(), "s1");
    EXPECT_EQ(report.at("changed").at("counts").at("users_removed").as_int64(), 7);
    EXPECT_EQ(report.at("exit_code").as_int64(), 0);
}

TEST_F(SourceApi, ARefusalEndsWithThreeAndNothingPendingWithSixtyFour) {  // contract: exit codes
    operations.failure = Error(ErrorCode::held, "no");
    EXPECT_EQ(object_of(ask("POST", {"change"}, "{}")).at("exit_code").as_int64(), 3);
    operations.failure = Error(ErrorCode::not_found, "nothing waits");
    EXPECT_EQ(object_of(ask("POST", {"change"}, "{}")).at("exit_code").as_int64(), 64);
}

TEST_F(SourceApi, MalformedRequestsChangeNothing) {
    EXPECT_EQ(ask("POST", {"change"}, "[]").status, 400U);
    EXPECT_EQ(ask("POST", {"change"}, R"({"accept":1})").status, 400U);
    EXPECT_EQ(ask("POST", {"snapshots", "s1", "restore"}, R"({"assignments_only":1})").status, 400U);
    EXPECT_EQ(ask("DELETE", {"change"}).status, 405U);
    EXPECT_EQ(ask("GET", {"nothing"}).status, 404U);
    EXPECT_TRUE(operations.answers.empty());
}

TEST_F(SourceApi, SnapshotsAreListedWrittenTakenInAndRestored) {
    sync::Snapshot snapshot;
    snapshot.id = "6da77495-7c8e-41de-8a39-080020000a66";
    snapshot.source = "directory";
    snapshot.successor = "active_directory:a";
    operations.known_snapshots = {snapshot};
    const auto list = boost::json::parse(ask("GET", {"snapshots"}).body);
    EXPECT_EQ(list.at(0).at("successor").as_string(), "active_directory:a");
    operations.contents.about = snapshot;
    const auto lines = ask("GET", {"snapshots", snapshot.id});
    EXPECT_EQ(lines.content_type, "application/jsonl");
    EXPECT_EQ(ask("POST", {"snapshots"}, lines.body).status, 200U);
    EXPECT_EQ(operations.contents.about.id, snapshot.id);
    const auto bad = ask("POST", {"snapshots"}, lines.body + "no json");
    EXPECT_EQ(bad.status, 409U);
    EXPECT_THAT(bad.body, HasSubstr("line 2"));
    operations.restored.unmatched = {{"GROUP", "staff", "Admin", "wiki"}};
    const auto report =
        object_of(ask("POST", {"snapshots", snapshot.id, "restore"}, R"({"assignments_only":true})"));
    EXPECT_EQ(report.at("unmatched").at(0).at("principal").as_string(), "staff");
    EXPECT_EQ(operations.calls.back(), "restore " + snapshot.id + " assignments only");
}

}  // namespace
}  // namespace dirsync::api
