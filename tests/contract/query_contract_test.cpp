#include "store/views.hpp"

#include "store_fixture.hpp"

namespace dirsync::store::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class QueryContract : public StoreContract {
protected:
    void SetUp() override {
        sync::Plan plan;
        plan.users = {created(1, a_user(1, "\xc3\x84nne")), created(2, a_user(2, "bob")),
                      created(3, a_user(3, "carl"))};
        plan.users[1].after.status = sync::Status::disabled;
        plan.users[2].after.email.clear();
        plan.groups = {created(11, a_group(11, "staff"))};
        plan.memberships = {member_added(11, 1), member_added(11, 3)};
        apply(plan);
    }
};

// contract, SQL: every view is there, with its columns in its order.
TEST_P(QueryContract, EveryViewOfTheContractIsThere) {
    const std::vector<std::pair<std::string, std::string>> contract{
        {"v1_users",
         "user_id, user_name, display_name, given_name, family_name, middle_name, email, status, "
         "external_id, sid, attributes, scope, out_since, created_at, updated_at, revision"},
        {"v1_groups",
         "group_id, display_name, description, external_id, attributes, scope, out_since, created_at, "
         "updated_at, revision"},
        {"v1_memberships", "group_id, user_id"},
        {"v1_permission_sets", "permission_set_id, name, description"},
        {"v1_assignments",
         "assignment_id, principal_type, principal_id, permission_set_id, target, dangling"},
        {"v1_changes", "seq, run_id, at, action, object_type, object_id, name, before, after, reason"},
        {"v1_runs",
         "run_id, started_at, ended_at, kind, trigger, outcome, counts, error, actor, note, hold_id"},
        {"v1_holds", "hold_id, class, object_type, object_id, name, since, reason"},
        {"v1_entity_errors", "external_id, sid, object_type, name, code, message, since"},
        {"v1_identity_source", "type, identity, store_id, since, state"},
    };
    ASSERT_EQ(views().size(), contract.size());
    for (const auto& [name, columns] : contract) {
        std::string found;
        for (const std::string& one : rows(view(name)).columns) found += (found.empty() ? "" : ", ") + one;
        EXPECT_EQ(found, columns) << name;
    }
}

TEST_P(QueryContract, TextsCompareWithoutCase) {
    EXPECT_THAT(column(view("v1_users").where("user_name", "\xc3\xa4NNE@corp.example.com"), "user_id"),
                ElementsAre(id_text(1)));
    EXPECT_THAT(column(view("v1_users").where("email", "BOB@example.com"), "user_id"),
                ElementsAre(id_text(2)));
    EXPECT_THAT(column(view("v1_users").where("display_name", "the \xc3\xa4nne"), "user_id"),
                ElementsAre(id_text(1)));
    EXPECT_THAT(column(view("v1_users").where("status", "disabled"), "user_id"), ElementsAre(id_text(2)));
    EXPECT_THAT(column(view("v1_groups").where("display_name", "Staff@Corp.example.com"), "group_id"),
                ElementsAre(id_text(11)));
    std::string id = id_text(3);
    std::ranges::transform(id, id.begin(), [](char c) { return static_cast<char>(std::toupper(c)); });
    EXPECT_THAT(column(view("v1_memberships").where("user_id", id), "group_id"), ElementsAre(id_text(11)));
    EXPECT_THAT(column(view("v1_users").where("email", ""), "user_id"), IsEmpty())
        << "nobody owns the empty name";
}

TEST_P(QueryContract, SeveralConditionsHoldTogether) {
    EXPECT_THAT(
        column(view("v1_users").where("status", "ENABLED").where("family_name", "sample").by("-user_name"),
               "user_id"),
        ElementsAre(id_text(1), id_text(3)));
    EXPECT_THAT(column(view("v1_users").where("status", "ENABLED").where("user_id", id_text(2)), "user_id"),
                IsEmpty());
    EXPECT_THAT(column(view("v1_users").where("revision", "1").where("user_name", "bob@corp.example.com"),
                       "revision"),
                ElementsAre("1"));
    EXPECT_THAT(column(view("v1_users").where("revision", "one"), "user_id"), IsEmpty());
    EXPECT_THAT(column(view("v1_users").where("created_at", std::string(noon_text)), "user_id").size(), 3U);
}

TEST_P(QueryContract, PagesFollowTheOrder) {
    EXPECT_THAT(column(view("v1_users").by("user_name").page(2, 0), "user_id"),
                ElementsAre(id_text(2), id_text(3)));
    EXPECT_THAT(column(view("v1_users").by("user_name").page(2, 2), "user_id"), ElementsAre(id_text(1)));
    EXPECT_THAT(column(view("v1_users").by("user_name").page(-1, 9), "user_id"), IsEmpty());
    EXPECT_THAT(column(view("v1_users").by("user_name").page(0, 0), "user_id"), IsEmpty());
    EXPECT_THAT(column(view("v1_changes").by("-seq").page(1, 0), "seq"), ElementsAre("6"));
}

TEST_P(QueryContract, ChangesAreReadFromANumberOn) {
    EXPECT_THAT(column(view("v1_changes").after(4), "seq"), ElementsAre("5", "6"));
    EXPECT_THAT(column(view("v1_changes").after(6), "seq"), IsEmpty());
    EXPECT_THAT(column(view("v1_changes").where("action", "add_member"), "seq"), ElementsAre("5", "6"));
}

TEST_P(QueryContract, TheChangesOfOneRun) {
    sync::Plan plan;
    plan.memberships = {member_removed(11, 1)};
    apply(plan);
    ASSERT_TRUE(store().record_run({}));
    const auto runs = column(view("v1_runs"), "run_id");
    ASSERT_EQ(runs.size(), 3U);
    EXPECT_EQ(column(view("v1_changes").where("run_id", runs[0]), "seq").size(), 6U);
    EXPECT_THAT(column(view("v1_changes").where("run_id", runs[1]).where("object_type", "GROUP"), "seq"),
                ElementsAre("7"));
    EXPECT_THAT(column(view("v1_changes").where("run_id", runs[2]), "seq"), IsEmpty());
    EXPECT_THAT(column(view("v1_changes").where("run_id", "nonsense"), "seq"), IsEmpty());
}

// Names are checked against the contract and values are parameters: nothing of a query is ever run as SQL.
TEST_P(QueryContract, WhatDoesNotExistIsNamed) {
    const auto refused = [this](const sync::ViewQuery& query) {
        const auto answer = store().query(query);
        EXPECT_FALSE(answer);
        if (answer) return std::string();
        EXPECT_EQ(answer.error().code(), ErrorCode::not_found);
        return answer.error().message();
    };
    EXPECT_THAT(refused(view("users")), HasSubstr("'users'"));
    EXPECT_THAT(refused(view("v1_users; DROP TABLE users")), HasSubstr("DROP"));
    EXPECT_THAT(refused(view("v1_users").where("hash", "1")), HasSubstr("'hash'"));
    EXPECT_THAT(refused(view("v1_users").where("user_name\" = '' OR \"1", "x")), HasSubstr("no column"));
    EXPECT_THAT(refused(view("v1_users").by("-nothing")), HasSubstr("'nothing'"));
    EXPECT_THAT(refused(view("v1_users").by("-")), HasSubstr("''"));
    EXPECT_THAT(refused(view("v1_users").after(1)), HasSubstr("'seq'"));
    EXPECT_THAT(column(view("v1_users").where("sid", "' OR ''='"), "user_id"), IsEmpty());
}

DIRSYNC_FOR_EVERY_STORE(QueryContract);

}  // namespace
}  // namespace dirsync::store::testing
