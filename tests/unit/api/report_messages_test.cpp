#include "api/report_messages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json.hpp>

#include "api/metrics.hpp"
#include "api/problems.hpp"
#include "api/row_messages.hpp"
#include "tests/support/report_samples.hpp"

namespace dirsync::api {
namespace {

namespace json = boost::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::hold;
using testing::line;
using ::testing::Not;

template <class... Reports>
std::string json_of(const Reports&... reports) {
    return messages::text_of(message_of(reports...));
}

std::vector<std::string> keys_of(const json::value& value) {
    std::vector<std::string> keys;
    for (const auto& [key, content] : value.as_object()) keys.emplace_back(key);
    return keys;
}

Time at(std::int64_t seconds) { return Time(Duration(seconds)); }

// contract: status --json.
TEST(Reports, AnEmptyStatusHasEveryKeyAndNullsForWhatIsNot) {
    const auto status = json::parse(json_of(StatusReport())).as_object();
    EXPECT_THAT(keys_of(status.at("source")), ElementsAre("type", "identity", "state", "pending"));
    EXPECT_TRUE(status.at("source").at("pending").is_null());
    EXPECT_EQ(status.at("source").at("identity"), "directory") << "the label that source show prints";
    EXPECT_EQ(status.at("source").at("state"), "active");
    EXPECT_EQ(status.at("paused"), false);
    EXPECT_TRUE(status.at("last_run").is_null());
    EXPECT_TRUE(status.at("next_run").is_null());
    EXPECT_THAT(keys_of(status.at("counts")), ElementsAre("users", "groups", "memberships", "errors"));
    EXPECT_TRUE(status.at("held").as_array().empty());
    EXPECT_TRUE(status.at("scope_warnings").as_array().empty());
    EXPECT_TRUE(status.at("servers").as_array().empty());
    EXPECT_THAT(keys_of(status.at("config")), ElementsAre("path", "loaded_at", "in_force"));
    EXPECT_TRUE(status.at("last_error").is_null());
}

// contract: status --json.
TEST(Reports, AFullStatusSaysItAll) {
    StatusReport report;
    report.engine.source.kind = sync::SourceKind::active_directory;
    report.engine.source.identity = "active_directory:old.example.com";
    report.engine.pending = {
        "active_directory:old.example.com", "active_directory:new.example.com", 1, 2, 3, 4, ""};
    report.engine.last_run.emplace();
    report.engine.last_run->started = at(1'000'000'000);
    report.engine.last_run->outcome = sync::Outcome::held;
    report.engine.last_run->kind = sync::RunKind::incremental;
    report.engine.last_run->counts = {{"users_created", 7}};
    report.engine.holds = {hold("h1", 12)};
    report.engine.scope_warnings = {"groups: gone names nothing"};
    report.servers = {{"ldaps://dc1", "connected", true, "dirsync"}};
    report.next_run = at(1'000'000'030);
    report.cycles = 5;
    report.failed_cycles = 2;
    report.config_in_force = false;

    const auto status = json::parse(json_of(report, "r1"));
    EXPECT_EQ(status.at("source").at("state"), "change_pending");
    EXPECT_THAT(keys_of(status.at("source").at("pending")),
                ElementsAre("from", "to", "users", "groups", "memberships", "assignments", "note"));
    EXPECT_EQ(status.at("source").at("pending").at("assignments"), 4);
    EXPECT_THAT(keys_of(status.at("last_run")),
                ElementsAre("run_id", "started_at", "ended_at", "kind", "trigger", "outcome", "counts",
                            "error", "actor", "note", "hold_id"));
    EXPECT_EQ(status.at("last_run").at("run_id"), "r1");
    EXPECT_EQ(status.at("last_run").at("started_at"), "2001-09-09T01:46:40Z");
    EXPECT_EQ(status.at("last_run").at("outcome"), "held");
    EXPECT_EQ(status.at("last_run").at("kind"), "incremental");
    EXPECT_EQ(status.at("last_run").at("counts").at("users_created"), 7);
    EXPECT_EQ(status.at("next_run"), "2001-09-09T01:47:10Z");
    const auto& held = status.at("held").at(0);
    EXPECT_THAT(keys_of(held), ElementsAre("id", "class", "count", "limit", "since", "sample"));
    EXPECT_EQ(held.at("class"), "remove_users");
    EXPECT_EQ(held.at("count"), 12);
    EXPECT_EQ(held.at("sample"), (json::array{"alice", "bob"}));
    EXPECT_THAT(keys_of(status.at("servers").at(0)), ElementsAre("uri", "state", "in_use", "detection"));
    EXPECT_EQ(status.at("config").at("in_force"), false);
    EXPECT_EQ(status.at("cycles"), 5);
    EXPECT_EQ(status.at("failed_cycles"), 2);
}

// contract: plan --json.
TEST(Reports, APlanHasTheWordsOfTheJournalWithEmbeddedObjects) {
    sync::CycleReport report;
    report.lines = {line("create", "USER", "alice", "", R"({"user_name":"alice"})")};
    report.changes = 1;
    const auto plan = json::parse(json_of(report, true));
    const auto& change = plan.at("changes").at(0);
    EXPECT_THAT(keys_of(change),
                ElementsAre("action", "object_type", "object_id", "name", "before", "after", "reason"));
    EXPECT_TRUE(change.at("before").is_null());
    EXPECT_EQ(change.at("after").at("user_name"), "alice");
    EXPECT_TRUE(plan.at("held").is_array());
    EXPECT_EQ(plan.at("exit_code"), 2);
    EXPECT_TRUE(plan.at("error").is_null());

    report.error = Error(ErrorCode::unreachable, "dc1 does not answer");
    const auto failed = json::parse(json_of(report, true));
    EXPECT_EQ(failed.at("exit_code"), 75);
    EXPECT_EQ(failed.at("error"), "dc1 does not answer");
}

// contract: explain --json.
TEST(Reports, AnExplanationHasEveryKey) {
    sync::Explanation explanation;
    explanation.name = "alice";
    explanation.object_type = "USER";
    explanation.because = {{"groups: CORP\\Staff", {"Staff", "Sales"}}};
    explanation.attributes = {{"email", "a@b", "${mail}"}, {"department", "", ""}};
    const auto value = json::parse(json_of(explanation)).as_object();
    for (const auto* key :
         {"name", "object_type", "external_id", "in_scope", "because", "excluded_by", "attributes", "held"}) {
        EXPECT_TRUE(value.contains(key)) << key;
    }
    EXPECT_TRUE(value.at("excluded_by").is_null());
    EXPECT_EQ(value.at("because").at(0).at("rule"), "groups: CORP\\Staff");
    EXPECT_EQ(value.at("because").at(0).at("path"), (json::array{"Staff", "Sales"}));
    EXPECT_EQ(value.at("attributes").at("email").at("value"), "a@b");
    EXPECT_EQ(value.at("attributes").at("email").at("template"), "${mail}");
    EXPECT_TRUE(value.at("attributes").at("department").at("template").is_null());
    explanation.excluded_by = "users: alice";
    EXPECT_EQ(json::parse(json_of(explanation)).at("excluded_by"), "users: alice");
}

TEST(Reports, AJournalLineEmbedsWhatIsJsonAndKeepsTextThatLooksLikeIt) {
    sync::JournalLine line;
    line.seq = 9'007'199'254'740'993;
    line.change = {
        sync::LineAction::update, sync::ObjectType::user, "u1", "{}", "", R"({"a":1})", "by an admin"};
    const auto object = json::parse(json_of(line)).as_object();
    EXPECT_EQ(object.at("seq").to_number<std::uint64_t>(), 9'007'199'254'740'993U);
    EXPECT_EQ(object.at("name"), "{}");
    EXPECT_TRUE(object.at("before").is_null());
    EXPECT_EQ(object.at("after").at("a"), 1);
    line.change.after = "not json";
    EXPECT_EQ(json::parse(json_of(line)).at("after"), "not json");
}

TEST(Reports, EveryErrorHasAStatusAndAnExitCodeOfTheContract) {
    for (int code = 0; code <= static_cast<int>(ErrorCode::internal); ++code) {
        const auto problem = problem_of(Error(static_cast<ErrorCode>(code), "why"));
        EXPECT_GE(problem.status, 400U);
        EXPECT_THAT(problem.exit_code, ::testing::AnyOf(3, 64, 70, 75, 77, 78)) << problem.title;
        EXPECT_EQ(problem.detail, "why");
    }
}

TEST(Reports, MetricsAreLinesOfThePrometheusFormat) {
    StatusReport status;
    status.engine.holds = {hold("h1", 3), hold("h2", 4)};
    status.last_success = at(1'000'000'000);
    const std::string text = metrics_of(status);
    EXPECT_THAT(text, HasSubstr("\ndirsyncd_holds 2\n"));
    EXPECT_THAT(text, HasSubstr("\ndirsyncd_held_objects 7\n"));
    EXPECT_THAT(text, HasSubstr("# TYPE dirsyncd_cycles_total counter\n"));
    EXPECT_THAT(text, HasSubstr("\ndirsyncd_last_success_timestamp_seconds 1000000000\n"));
    EXPECT_EQ(text.back(), '\n');
}

}  // namespace
}  // namespace dirsync::api
