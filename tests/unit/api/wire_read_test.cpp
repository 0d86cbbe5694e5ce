#include "api/control_api.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/messages/edits.hpp"
#include "api/messages/problem.hpp"
#include "api/messages/sources.hpp"
#include "api/messages/surveys.hpp"
#include "ctl/commands/hold_commands.hpp"
#include "ctl/text/admin_format.hpp"
#include "ctl/text/check_format.hpp"
#include "ctl/text/format.hpp"
#include "ctl/text/source_format.hpp"
#include "ctl/text/status_format.hpp"
#include "tests/support/await.hpp"
#include "tests/unit/api/request_of.hpp"
#include "tests/unit/api/wire_samples.hpp"

// What the daemon writes is read back by the code of dirsyncctl, and the other way round.
namespace dirsync::api {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class WireRead : public ::testing::Test {
protected:
    WireRead() { fill(operations); }

    std::string ask(std::string method, std::vector<std::string> segments, std::string body = "",
                    std::map<std::string, std::string> query = {}) {
        auto request = request_of(std::move(method), std::move(segments), std::move(body), std::move(query));
        return testing::await(api.handle(std::move(request))).body;
    }
    /// Reads an answer and writes it again: nothing may be lost.
    template <class Message>
    void expect_whole(const std::string& answer) {
        const auto read = messages::read_answer<Message>(answer);
        ASSERT_TRUE(read) << answer;
        EXPECT_EQ(messages::text_of(*read), answer);
    }

    FakeOperations operations;
    ControlApi api{operations};
};

TEST_F(WireRead, EveryAnswerIsReadWhole) {
    expect_whole<messages::Status>(ask("GET", {"v1", "status"}));
    expect_whole<messages::CycleReport>(ask("GET", {"v1", "plan"}));
    expect_whole<messages::CycleReport>(ask("POST", {"v1", "sync"}));
    expect_whole<messages::Explanation>(ask("GET", {"v1", "explain"}, "", {{"name", "alice"}}));
    expect_whole<messages::Reloaded>(ask("POST", {"v1", "reload"}));
    expect_whole<messages::RevertReport>(ask("POST", {"v1", "runs", "r1", "revert"}));
    expect_whole<messages::Health>(ask("GET", {"healthz"}));
    expect_whole<std::vector<messages::User>>(ask("GET", {"v1", "users"}));
    expect_whole<messages::User>(ask("GET", {"v1", "users", "alice"}));
    expect_whole<messages::Group>(ask("GET", {"v1", "groups", "staff"}));
    expect_whole<std::vector<messages::HeldObject>>(ask("GET", {"v1", "holds"}));
    expect_whole<std::vector<messages::Source>>(ask("GET", {"v1", "source"}));
    expect_whole<std::vector<messages::Run>>(ask("GET", {"v1", "runs"}));
    expect_whole<std::vector<messages::JournalLine>>(ask("GET", {"v1", "changes"}));
    expect_whole<std::vector<messages::ListedAssignment>>(ask("GET", {"v1", "assignments"}));
    expect_whole<std::vector<messages::ListedAssignment>>(
        ask("GET", {"v1", "assignments"}, "", {{"effective", "alice"}}));
    expect_whole<messages::ImportReport>(
        ask("POST", {"v1", "users", "import"}, "userName\nx\n", {{"dry_run", "true"}}));
    expect_whole<messages::Deleted>(ask("DELETE", {"v1", "users", "alice"}));
    expect_whole<messages::SourcePreview>(ask("GET", {"v1", "source", "change"}));
    expect_whole<messages::SourceReport>(ask("POST", {"v1", "source", "change"}));
    expect_whole<std::vector<messages::Snapshot>>(ask("GET", {"v1", "source", "snapshots"}));
    expect_whole<messages::RestoreReport>(ask("POST", {"v1", "source", "snapshots", "s1", "restore"}));
    expect_whole<messages::Located>(ask("POST", {"v1", "survey", "locate"}, R"({"domain":"a.b"})"));
    expect_whole<messages::CheckReport>(ask("POST", {"v1", "survey", "check"}));
    expect_whole<messages::Sample>(ask("POST", {"v1", "survey", "sample"}));
    expect_whole<messages::FoundNames>(ask("POST", {"v1", "survey", "search"}, R"({"text":"a"})"));
}

TEST_F(WireRead, EditsAreReadWhole) {
    auto& row = operations.admin_operations.row;
    const auto edited = [this] { return ask("POST", {"v1", "users"}, R"({"user_name":"alice"})"); };
    row = sample_user();
    expect_whole<messages::EditedUser>(edited());
    EXPECT_THAT(ctl::edited_text<messages::EditedUser>(edited(), "created"), HasSubstr("user alice@x ("));
    row = sample_group();
    expect_whole<messages::EditedGroup>(edited());
    row = sync::PermissionSet{{}, "RO", "reads"};
    expect_whole<messages::EditedPermissionSet>(edited());
    row = sync::AssignmentRecord{sample_assignment().assignment, true};
    expect_whole<messages::EditedAssignment>(edited());
}

TEST_F(WireRead, AFailureIsReadWhole) {
    operations.failure = Error(ErrorCode::store_unavailable, "disk full");
    const std::string answer = ask("POST", {"v1", "pause"});
    expect_whole<messages::Problem>(answer);
    EXPECT_EQ(ctl::problem_text(answer), "disk full");
    EXPECT_EQ(ctl::exit_code_of(answer, 0), 75);
}

// A person reads all of it: no text is the JSON itself, and what it is about stands in it.
TEST_F(WireRead, EveryAnswerHasItsText) {
    const std::string status = ask("GET", {"v1", "status"});
    EXPECT_THAT(ctl::status_text(status),
                AllOf(HasSubstr("paused since"), HasSubstr("host:root (new disk)"), HasSubstr("10 users"),
                      HasSubstr("held h1: remove_users, 12"), HasSubstr("ldaps://dc1"), HasSubstr("REFUSED"),
                      HasSubstr("now            reading users: 4000 objects"), HasSubstr("4 assignments"),
                      HasSubstr("last error     dc1 does not answer")));
    EXPECT_EQ(ctl::code_of_status(status), 75);
    EXPECT_THAT(ctl::plan_text(ask("GET", {"v1", "plan"})),
                AllOf(HasSubstr("would create user al\\u{a}ice (in scope)"),
                      HasSubstr("skipped because of errors: 3"), HasSubstr("2 changes would be written")));
    const std::string sync = ask("POST", {"v1", "sync"});
    EXPECT_THAT(ctl::sync_text(sync), HasSubstr("users created: 7"));
    EXPECT_EQ(ctl::exit_code_of(sync, 0), 3);
    EXPECT_THAT(
        ctl::explain_text(ask("GET", {"v1", "explain"}, "", {{"name", "alice"}})),
        AllOf(HasSubstr("alice is a user, in scope. Disabled"), HasSubstr("Staff > Sales > alice"),
              HasSubstr("a@b  from ${mail}"), HasSubstr("error ConflictError"), HasSubstr("kept out by")));
    EXPECT_THAT(ctl::reload_text(ask("POST", {"v1", "reload"})), HasSubstr("http.listen"));
    EXPECT_THAT(ctl::revert_text(ask("POST", {"v1", "runs", "r1", "revert"}), false),
                AllOf(HasSubstr("users created: 7"), HasSubstr("it was changed again")));
    const std::string changes = ask("GET", {"v1", "changes"});
    EXPECT_THAT(ctl::changes_text(changes), HasSubstr("create user alice ("));
    EXPECT_EQ(ctl::last_seq_of(changes, 0), 4);
    EXPECT_THAT(ctl::runs_text(ask("GET", {"v1", "runs"})), HasSubstr("run_id"));
    EXPECT_THAT(ctl::assignments_text(ask("GET", {"v1", "assignments"}, "", {{"effective", "alice"}})),
                AllOf(HasSubstr("alice (gone)"), HasSubstr("Staff > alice"), HasSubstr("ReadOnly")));
    const std::string imported =
        ask("POST", {"v1", "users", "import"}, "userName\nx\n", {{"dry_run", "true"}});
    EXPECT_THAT(ctl::import_text(imported), AllOf(HasSubstr("would create 1, update 2"), HasSubstr("RO")));
    EXPECT_EQ(ctl::left_out_text(imported), "f:3: bad\nf:4: nobody\n");
    EXPECT_THAT(ctl::source_change_text(ask("GET", {"v1", "source", "change"}), true),
                AllOf(HasSubstr("from  active_directory:old.example.com"), HasSubstr("2 permission sets"),
                      HasSubstr("Admin on billing"), HasSubstr("group staff"), HasSubstr("say ACCEPT")));
    EXPECT_THAT(ctl::source_changed_text(ask("POST", {"v1", "source", "change"})),
                AllOf(HasSubstr("users created: 7"), HasSubstr("s1"), HasSubstr("say ACCEPT")));
    EXPECT_THAT(ctl::snapshots_text(ask("GET", {"v1", "source", "snapshots"})),
                HasSubstr("active_directory:a"));
    EXPECT_THAT(ctl::restored_text(ask("POST", {"v1", "source", "snapshots", "s1", "restore"})),
                AllOf(HasSubstr("5 assignments"), HasSubstr("6 assignments"), HasSubstr("group staff"),
                      HasSubstr("user x: taken"), HasSubstr("only assignments")));
    const auto checks = ctl::checks_of(ask("POST", {"v1", "survey", "check"}));
    ASSERT_EQ(checks.size(), 2U);
    EXPECT_EQ(checks[1].advice, "mend\nit");
    EXPECT_EQ(exit_code_of(checks), 77);
}

TEST_F(WireRead, RequestsReachTheDaemonWhole) {
    operations.calls.clear();
    messages::SyncRequest sync;
    sync.full.value = true;
    ask("POST", {"v1", "sync"}, messages::text_of(sync));
    ask("POST", {"v1", "sync"}, messages::text_of(messages::SyncRequest()));
    ask("POST", {"v1", "plan"}, messages::text_of(messages::PlanRequest{"log: {}\n"}));
    messages::ApproveRequest approve;
    approve.only.value = {"a@b"};
    ask("POST", {"v1", "holds", "h", "approve"}, messages::text_of(approve));
    ask("POST", {"v1", "runs", "r", "revert"}, messages::text_of(messages::RevertRequest{true}));
    ask("POST", {"v1", "source", "snapshots", "s", "restore"},
        messages::text_of(messages::RestoreRequest{true}));
    EXPECT_THAT(operations.calls, ElementsAre("sync full", "sync", "plan log: {}\n", "approve h a@b",
                                              "would revert r", "restore s assignments only"));
    messages::SourceConsent consent;
    consent.accept.value = "ACCEPT";
    consent.from.value = "a";
    consent.to.value = "b";
    ask("POST", {"v1", "source", "change"}, messages::text_of(consent));
    EXPECT_EQ(operations.answers.back().accept + operations.answers.back().type +
                  operations.answers.back().from + operations.answers.back().to,
              "ACCEPTab");
    messages::SampleRequest sample;
    sample.config.value = "c";
    sample.names.value = {"x"};
    ask("POST", {"v1", "survey", "sample"}, messages::text_of(sample));
    messages::SearchRequest search;
    search.text = "dia";
    search.kind.value = "group";
    ask("POST", {"v1", "survey", "search"}, messages::text_of(search));
    ask("POST", {"v1", "survey", "locate"}, messages::text_of(messages::LocateRequest{"a.b", true}));
    EXPECT_THAT(operations.survey_operations.calls,
                ElementsAre("sample c x", "search running dia 1", "locate a.b ldaps"));
}

TEST_F(WireRead, AnAttributeThatIsNullIsClearedAndOneThatIsMissingStays) {
    messages::UserEdit edit;
    edit.user_name.value = "alice";
    edit.email.value.emplace();
    const std::string body = messages::text_of(edit);
    EXPECT_EQ(body, R"({"user_name":"alice","email":null})");
    ask("POST", {"v1", "users"}, body);
    const auto& fields = std::get<admin::CreateUser>(operations.admin_operations.edits.at(0).what).fields;
    EXPECT_EQ(fields.user_name, "alice");
    EXPECT_EQ(fields.email, "");
    EXPECT_EQ(fields.given_name, std::nullopt);
}

TEST_F(WireRead, WhatIsWrongWithARequestIsNamed) {
    const auto detail = [this](const char* path, const char* body) {
        return ctl::problem_text(ask("POST", {"v1", path}, body));
    };
    EXPECT_EQ(detail("sync", "["), "the body must be a JSON object");
    EXPECT_EQ(detail("sync", "[]"), "the body must be a JSON object");
    EXPECT_EQ(detail("sync", R"({"full":1})"), "'full' must be true or false");
    EXPECT_EQ(detail("users", R"({"user_name":1})"), "'user_name' must be a string");
    EXPECT_EQ(detail("users", R"({"mail":"x"})"), "this request has no member 'mail'");
    EXPECT_EQ(detail("assignments", R"({"user":"a","target":"t"})"), "'permission_set' is missing");
}

TEST(ReadAnswer, TakesNothingElseForAMessage) {
    using messages::read_answer;
    EXPECT_FALSE(read_answer<messages::Status>("no JSON"));
    EXPECT_FALSE(read_answer<messages::Status>("[]"));
    EXPECT_FALSE(read_answer<messages::Status>("{}")) << "none of its members";
    EXPECT_FALSE(read_answer<messages::Status>(R"({"paused":"yes"})"));
    EXPECT_FALSE(read_answer<messages::CycleReport>(R"({"change_count":-1})"));
    EXPECT_FALSE(read_answer<std::vector<messages::Run>>(R"([{"run_id":1}])"));
    const auto later = read_answer<messages::Status>(R"({"paused":true,"of_a_later_version":1})");
    ASSERT_TRUE(later);
    EXPECT_TRUE(later->paused);
}

}  // namespace
}  // namespace dirsync::api
