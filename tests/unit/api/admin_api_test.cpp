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

class AdminApiTest : public ::testing::Test {
protected:
    FakeOperations operations;
    FakeAdminOperations& admins = operations.admin_operations;
    ControlApi api{operations};

    http::Response ask(std::string method, std::vector<std::string> segments, std::string body = "",
                       std::map<std::string, std::string> query = {}) {
        auto request = request_of(std::move(method), std::move(segments), std::move(body), std::move(query));
        return testing::await(api.handle(std::move(request)));
    }
    template <class What>
    const What& asked() {
        EXPECT_EQ(admins.edits.size(), 1U);
        return std::get<What>(admins.edits.at(0).what);
    }
    static boost::json::object object_of(const http::Response& response) {
        return boost::json::parse(response.body).as_object();
    }
    static std::string detail_of(const http::Response& response) {
        return std::string(object_of(response).at("detail").as_string());
    }
};

TEST_F(AdminApiTest, AUserIsCreatedAndAnsweredAsItsRow) {
    admins.decision.created = 1;
    sync::UserRecord created;
    created.row.user_name = "alice";
    admins.row = created;
    const auto response =
        ask("POST", {"v1", "users"},
            R"({"user_name":"alice","email":"a@example.com","status":"DISABLED","given_name":null})");
    EXPECT_EQ(response.status, 201U);
    EXPECT_EQ(object_of(response).at("user_name"), "alice");
    EXPECT_EQ(object_of(response).at("changed"), true);
    const auto& fields = asked<admin::CreateUser>().fields;
    EXPECT_EQ(fields.user_name, "alice");
    EXPECT_EQ(fields.email, "a@example.com");
    EXPECT_EQ(fields.given_name, "");
    EXPECT_EQ(fields.family_name, std::nullopt);
    EXPECT_EQ(fields.status, sync::Status::disabled);
}

TEST_F(AdminApiTest, EachMethodIsItsEdit) {
    EXPECT_EQ(ask("PATCH", {"v1", "users", "alice"}, R"({"email":""})").status, 200U);
    EXPECT_EQ(asked<admin::UpdateUser>().name, "alice");
    EXPECT_EQ(ask("DELETE", {"v1", "users", "alice"}).status, 200U);
    EXPECT_EQ(asked<admin::DeleteUser>().name, "alice");
    ask("POST", {"v1", "groups"}, R"({"display_name":"staff"})");
    EXPECT_EQ(asked<admin::CreateGroup>().fields.display_name, "staff");
    ask("PATCH", {"v1", "groups", "import"}, R"({"description":"x"})");
    EXPECT_EQ(asked<admin::UpdateGroup>().name, "import") << "a group may be called so";
    ask("DELETE", {"v1", "groups", "staff"});
    EXPECT_EQ(asked<admin::DeleteGroup>().name, "staff");
    ask("PUT", {"v1", "groups", "staff", "members", "alice"});
    EXPECT_TRUE(asked<admin::SetMember>().is_member);
    EXPECT_EQ(asked<admin::SetMember>().user, "alice");
    ask("DELETE", {"v1", "groups", "staff", "members", "alice"});
    EXPECT_FALSE(asked<admin::SetMember>().is_member);
    ask("POST", {"v1", "permission-sets"}, R"({"name":"ReadOnly","description":"x"})");
    EXPECT_EQ(asked<admin::CreatePermissionSet>().description, "x");
    ask("DELETE", {"v1", "permission-sets", "ReadOnly"}, "", {{"force", "true"}});
    EXPECT_TRUE(asked<admin::DeletePermissionSet>().with_assignments);
    ask("POST", {"v1", "assignments"}, R"({"group":"staff","permission_set":"ReadOnly","target":"app"})");
    EXPECT_EQ(asked<admin::CreateAssignment>().type, sync::PrincipalType::group);
    EXPECT_EQ(asked<admin::CreateAssignment>().principal, "staff");
    ask("DELETE", {"v1", "assignments", "a1"});
    EXPECT_EQ(asked<admin::DeleteAssignment>().id, "a1");
}

TEST_F(AdminApiTest, ARequestThatIsWrongIsRefusedBeforeAnythingIsAsked) {
    const std::vector<std::pair<std::string, std::string>> bad{
        {"users", "["},
        {"users", R"({"user_name":1})"},
        {"users", R"({"user_name":"a","mail":"x"})"},
        {"users", R"({"user_name":"a","status":"on"})"},
        {"permission-sets", "{}"},
        {"assignments", R"({"permission_set":"p","target":"t"})"},
        {"assignments", R"({"user":"u","group":"g","permission_set":"p","target":"t"})"},
        {"assignments", R"({"user":"u","permission_set":"p"})"},
    };
    for (const auto& [kind, body] : bad) {
        const auto response = ask("POST", {"v1", kind}, body);
        EXPECT_EQ(response.status, 400U) << body;
        EXPECT_EQ(object_of(response).at("exit_code").as_int64(), 64);
    }
    EXPECT_THAT(detail_of(ask("POST", {"v1", "users"}, R"({"user_name":"a","mail":"x"})")),
                HasSubstr("'mail'"));
    EXPECT_EQ(ask("DELETE", {"v1", "permission-sets", "p"}, "", {{"force", "yes"}}).status, 400U);
    EXPECT_EQ(ask("POST", {"v1", "users", "import"}, "", {{"format", "xml"}}).status, 400U);
    EXPECT_TRUE(admins.edits.empty());
}

TEST_F(AdminApiTest, AWrongMethodIsToldAllThatAre) {
    EXPECT_EQ(ask("PUT", {"v1", "users"}).headers.at("Allow"), "GET, POST");
    EXPECT_EQ(ask("POST", {"v1", "users", "alice"}).headers.at("Allow"), "GET, PATCH, DELETE");
    EXPECT_EQ(ask("GET", {"v1", "groups", "g", "members", "u"}).headers.at("Allow"), "PUT, DELETE");
    EXPECT_EQ(ask("T", {"v1", "assignments"}).status, 405U);
    EXPECT_EQ(ask("GET", {"v1", "assignments", "a1"}).headers.at("Allow"), "DELETE");
    EXPECT_EQ(ask("DELETE", {"v1", "users", ""}).status, 404U);
}

// contract: 64 is what the command line got wrong.
TEST_F(AdminApiTest, ARefusalHasExitCode64) {
    admins.failure = Error(ErrorCode::refused, "belongs to alice");
    const auto response = ask("POST", {"v1", "users"}, R"({"user_name":"alice"})");
    EXPECT_EQ(response.status, 409U);
    EXPECT_EQ(object_of(response).at("exit_code").as_int64(), 64);
    admins.failure = Error(ErrorCode::not_found, "no user");
    EXPECT_EQ(ask("DELETE", {"v1", "users", "x"}).status, 404U);
    admins.failure = Error(ErrorCode::store_unavailable, "disk full");
    EXPECT_EQ(object_of(ask("GET", {"v1", "assignments"})).at("exit_code").as_int64(), 75);
}

TEST_F(AdminApiTest, AnImportKnowsItsFormatByParameterNameOrContent) {
    ask("POST", {"v1", "users", "import"}, "userName\nalice\n", {{"file", "u.CSV"}, {"dry_run", "true"}});
    EXPECT_EQ(admins.edits.at(0).place, "u.CSV:2");
    EXPECT_TRUE(admins.options.dry_run);
    EXPECT_FALSE(admins.options.skip_bad);
    ask("POST", {"v1", "users", "import"}, R"({"userName":"alice"})", {{"skip_bad", "true"}});
    EXPECT_EQ(asked<admin::PutUser>().fields.user_name, "alice");
    EXPECT_TRUE(admins.options.skip_bad);
    ask("POST", {"v1", "users", "import"}, "userName\nalice", {{"file", "x.json"}, {"format", "csv"}});
    EXPECT_EQ(asked<admin::PutUser>().fields.user_name, "alice");
    ask("POST", {"v1", "assignments", "import"},
        R"({"principal_type":"USER","user_name":"a","permission_set":"p","target":"t"})",
        {{"create_permission_sets", "true"}});
    EXPECT_TRUE(asked<admin::ImportAssignment>().creates_permission_set);
}

TEST_F(AdminApiTest, AnImportOfUtf16SaysWhatToDo) {
    for (const std::string mark : {"\xff\xfe", "\xfe\xff"}) {
        const auto response = ask("POST", {"v1", "users", "import"}, mark + std::string("u\0s\0", 4));
        EXPECT_EQ(response.status, 400U);
        EXPECT_THAT(detail_of(response), HasSubstr("save it as UTF-8"));
    }
    EXPECT_TRUE(admins.edits.empty());
}

TEST_F(AdminApiTest, AnImportAnswersWhatItDid) {
    admins.decision.created = 2;
    admins.decision.problems = {{0, "f:3", ErrorCode::refused, "bad"}};
    admins.decision.lines = {{sync::LineAction::create, sync::ObjectType::user, "u1", "alice", "",
                              R"({"user_name":"alice"})", "by an admin"}};
    auto report = object_of(ask("POST", {"v1", "users", "import"}, "userName\nx", {{"dry_run", "true"}}));
    EXPECT_EQ(report.at("created").as_int64(), 2);
    EXPECT_EQ(report.at("problems").as_array().at(0), "f:3: bad");
    EXPECT_EQ(report.at("changes").at(0).at("after").at("user_name"), "alice");
    EXPECT_EQ(report.at("exit_code").as_int64(), 2) << "contract: changes are pending";
    report = object_of(ask("POST", {"v1", "users", "import"}, "userName\nx"));
    EXPECT_EQ(report.at("exit_code").as_int64(), 0);
    EXPECT_FALSE(report.contains("changes"));
}

TEST_F(AdminApiTest, AssignmentsAreListedExportedAndFollowed) {
    sync::ListedAssignment listed;
    listed.principal_name = "alice";
    listed.permission_set_name = "ReadOnly";
    listed.assignment.target = "app";
    listed.dangling = true;
    admins.listed = {listed};
    const auto list = boost::json::parse(ask("GET", {"v1", "assignments"}).body);
    EXPECT_EQ(list.at(0).at("principal_name"), "alice");
    EXPECT_EQ(list.at(0).at("dangling"), 1);
    const auto exported = ask("GET", {"v1", "assignments", "export"});
    EXPECT_EQ(exported.content_type, "application/x-ndjson");
    EXPECT_THAT(exported.body,
                HasSubstr(R"("user_name":"alice","permission_set":"ReadOnly","target":"app")"));
    admins.effective_ones = {{listed, {"Staff", "alice"}}};
    const auto effective = ask("GET", {"v1", "assignments"}, "", {{"effective", "alice"}});
    EXPECT_EQ(boost::json::parse(effective.body).at(0).at("path"), (boost::json::array{"Staff", "alice"}));
    EXPECT_EQ(admins.effective_user, "alice");
}

}  // namespace
}  // namespace dirsync::api
