#include "api/control_api.hpp"

#include <cstdlib>
#include <fstream>
#include <regex>
#include <sstream>

#include <gtest/gtest.h>

#include "tests/support/await.hpp"
#include "tests/unit/api/request_of.hpp"
#include "tests/unit/api/wire_samples.hpp"

// What goes over the wire, to the letter: scripts read it (docs/contract.md). tests/unit/api/golden holds the
// answers of each request; with DIRSYNC_WRITE_GOLDEN=1 they are written anew.
namespace dirsync::api {
namespace {

class WireGolden : public ::testing::Test {
protected:
    /// The answers of a request, each as `METHOD TARGET: STATUS BODY`, with ID for what is drawn at random.
    void ask(std::string method, std::vector<std::string> segments, std::string body = "",
             std::map<std::string, std::string> query = {}) {
        std::string target;
        for (const auto& segment : segments) target += "/" + segment;
        for (const auto& [name, value] : query) target += " " + name + "=" + value;
        auto request = request_of(method, std::move(segments), std::move(body), std::move(query));
        const auto answer = testing::await(api.handle(std::move(request)));
        answers += method + " " + target + ": " + std::to_string(answer.status) + " " + answer.body + "\n";
    }

    void compare(const std::string& name) {
        static const std::regex id("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
        static const std::regex hold("\"id\":\"[0-9a-f]{16,}\"");
        answers = std::regex_replace(std::regex_replace(answers, id, "ID"), hold, "\"id\":\"ID\"");
        const std::string path = std::string(DIRSYNC_GOLDEN) + "/" + name + ".txt";
        if (std::getenv("DIRSYNC_WRITE_GOLDEN") != nullptr) std::ofstream(path) << answers;
        std::ifstream in(path);
        std::ostringstream expected;
        expected << in.rdbuf();
        EXPECT_FALSE(expected.str().empty()) << path;
        EXPECT_EQ(answers, expected.str());
    }

    FakeOperations operations;
    ControlApi api{operations};
    std::string answers;
};

// contract: status, plan, explain.
TEST_F(WireGolden, Cycles) {
    const auto ask_all = [this] {
        ask("GET", {"v1", "status"});
        ask("GET", {"v1", "plan"});
        ask("POST", {"v1", "sync"}, R"({"full":true})");
        ask("GET", {"v1", "explain"}, "", {{"name", "alice"}});
        ask("POST", {"v1", "holds", "h1", "approve"});
        ask("POST", {"v1", "pause"});
        ask("POST", {"v1", "resume"});
        ask("POST", {"v1", "reload"});
        ask("POST", {"v1", "runs", "r1", "revert"});
        ask("POST", {"v1", "runs", "r1", "revert"}, R"({"dry_run":true})");
        ask("GET", {"healthz"});
        ask("GET", {"readyz"});
    };
    ask_all();
    fill_cycle(operations);
    ask_all();
    operations.cycle.error = Error(ErrorCode::unreachable, "dc1 does not answer");
    operations.report.not_ready = "directory";
    operations.report.not_ready_reason = "dc1 does not answer";
    ask("GET", {"v1", "plan"});
    ask("GET", {"readyz"});
    compare("cycles");
}

TEST_F(WireGolden, Rows) {
    const auto ask_all = [this] {
        ask("GET", {"v1", "users"});
        ask("GET", {"v1", "users", "alice"});
        ask("GET", {"v1", "groups"});
        ask("GET", {"v1", "groups", "staff"});
        ask("GET", {"v1", "groups", "staff", "members"});
        ask("GET", {"v1", "holds"});
        ask("GET", {"v1", "holds", "aa01"});
        ask("GET", {"v1", "errors"});
        ask("GET", {"v1", "source"});
        ask("GET", {"v1", "runs"});
        ask("GET", {"v1", "changes"});
        ask("GET", {"v1", "changes"}, "", {{"since", "1"}});
        ask("GET", {"v1", "permission-sets"});
    };
    ask_all();
    fill_cycle(operations);
    fill_store(operations);
    ASSERT_TRUE(operations.filled.client.store().record_run(sample_run()));
    ask_all();
    compare("rows");
}

TEST_F(WireGolden, Edits) {
    auto& admins = operations.admin_operations;
    const auto write = [this](sync::AnyRecord row) {
        operations.admin_operations.row = std::move(row);
        ask("POST", {"v1", "users"}, R"({"user_name":"alice"})");
    };
    write({});
    write(sample_user());
    admins.decision.unchanged = 1;
    write(sample_group());
    write(sync::PermissionSet{{}, "RO", "reads"});
    write(sync::AssignmentRecord{sample_assignment().assignment, true});
    ask("DELETE", {"v1", "users", "alice"});
    ask("POST", {"v1", "users", "import"}, "userName\nx\n");
    fill_admin(operations);
    ask("POST", {"v1", "users", "import"}, "userName\nx\n");
    ask("POST", {"v1", "users", "import"}, "userName\nx\n", {{"dry_run", "true"}});
    ask("GET", {"v1", "assignments"});
    ask("GET", {"v1", "assignments"}, "", {{"effective", "alice"}});
    ask("GET", {"v1", "assignments", "export"});
    compare("edits");
}

TEST_F(WireGolden, Sources) {
    const auto ask_all = [this] {
        ask("GET", {"v1", "source", "change"});
        ask("POST", {"v1", "source", "change"}, R"({"accept":"ACCEPT"})");
        ask("GET", {"v1", "source", "snapshots"});
        ask("POST", {"v1", "source", "snapshots", "s1", "restore"});
    };
    ask_all();
    fill_source(operations);
    ask_all();
    operations.source_report.changed->snapshot_id.clear();
    ask("POST", {"v1", "source", "change"}, R"({"accept":"ACCEPT"})");
    compare("sources");
}

TEST_F(WireGolden, Surveys) {
    const auto ask_all = [this] {
        ask("POST", {"v1", "survey", "locate"}, R"({"domain":"a.b"})");
        ask("POST", {"v1", "survey", "check"});
        ask("POST", {"v1", "survey", "sample"});
        ask("POST", {"v1", "survey", "search"}, R"({"text":"a"})");
        ask("POST", {"v1", "survey", "plan"});
    };
    ask_all();
    fill_survey(operations);
    ask_all();
    compare("surveys");
}

TEST_F(WireGolden, Problems) {
    for (const auto code :
         {ErrorCode::not_found, ErrorCode::refused, ErrorCode::held, ErrorCode::store_unavailable,
          ErrorCode::invalid_credentials, ErrorCode::config_invalid, ErrorCode::internal}) {
        operations.failure = Error(code, "why \"it\" failed\nin two lines");
        ask("POST", {"v1", "pause"});
    }
    compare("problems");
}

}  // namespace
}  // namespace dirsync::api
