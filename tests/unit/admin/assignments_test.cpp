#include "admin/effective.hpp"
#include "admin/import.hpp"
#include "tests/unit/admin/admin_testing.hpp"

namespace dirsync::admin {
namespace {

using sync::PrincipalType;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Assignments : public EditedStore {
protected:
    void SetUp() override {
        edit(std::vector<Edit>{{"", CreateUser{user_fields("alice")}},
                               {"", CreateUser{user_fields("bob")}},
                               {"", CreatePermissionSet{"ReadOnly", "may look"}}});
        edit(PutGroup{group_fields("Staff"), {"alice"}});
    }
    Decision assign(PrincipalType type, const std::string& principal, const std::string& target = "app") {
        return edit(CreateAssignment{type, principal, "readonly", target});
    }
    std::vector<std::string> listed() {
        std::vector<std::string> out;
        const auto assignments = store->admin().assignments();
        for (const auto& one : *assignments) {
            out.push_back(one.principal_name + ":" + one.permission_set_name + ":" + one.assignment.target +
                          (one.dangling ? ":gone" : ""));
        }
        return out;
    }
    std::vector<std::string> effective_of(const std::string& user) {
        const auto facts = store->admin().find(keys_for_effective(user));
        const auto found = effective(user, *facts);
        std::vector<std::string> out;
        if (!found) return {found.error().message()};
        for (const auto& one : *found) {
            std::string path;
            for (const auto& name : one.path) path += name + ">";
            out.push_back(path + one.listed.permission_set_name + ":" + one.listed.assignment.target);
        }
        return out;
    }
};

TEST_F(Assignments, TwiceIsOnce) {
    const auto first = assign(PrincipalType::user, "ALICE");
    EXPECT_EQ(first.created, 1U);
    const auto again = assign(PrincipalType::user, "alice");
    EXPECT_EQ(again.unchanged, 1U);
    EXPECT_EQ(again.objects[0], first.objects[0]);
    EXPECT_EQ(assign(PrincipalType::user, "alice", "other").created, 1U);
    EXPECT_THAT(listed(), ElementsAre("alice:ReadOnly:app", "alice:ReadOnly:other"));
}

TEST_F(Assignments, WhatTheyNameHasToBeThere) {
    EXPECT_THAT(refusal(CreateAssignment{PrincipalType::user, "Staff", "ReadOnly", "app"}),
                HasSubstr("no user is called 'Staff'"));
    EXPECT_THAT(refusal(CreateAssignment{PrincipalType::group, "Staff", "Admin", "app"}),
                HasSubstr("no permission set is called 'Admin'"));
    EXPECT_THAT(refusal(CreateAssignment{PrincipalType::group, "Staff", "ReadOnly", ""}),
                HasSubstr("target is empty"));
    EXPECT_THAT(refusal(DeleteAssignment{"1"}), HasSubstr("no assignment has the id '1'"));
}

// semantics 4.1
TEST_F(Assignments, OutliveTheirPrincipalAndAreDangling) {
    assign(PrincipalType::user, "alice");
    assign(PrincipalType::group, "Staff");
    edit(DeleteUser{"alice"});
    edit(DeleteGroup{"staff"});
    EXPECT_THAT(listed(), ElementsAre("Staff:ReadOnly:app:gone", "alice:ReadOnly:app:gone"));
    EXPECT_EQ(column("v1_assignments", 5), (std::vector<std::string>{"1", "1"}));
    // semantics 4.2: a successor of the same name does not get them.
    edit(CreateUser{user_fields("alice")});
    EXPECT_THAT(effective_of("alice"), IsEmpty());
}

TEST_F(Assignments, EffectiveOnesComeDirectlyAndThroughGroupsAndSayHow) {
    assign(PrincipalType::group, "Staff");
    assign(PrincipalType::user, "alice");
    assign(PrincipalType::user, "bob", "bobs");
    EXPECT_THAT(effective_of("ALICE"), ElementsAre("alice>ReadOnly:app", "Staff>alice>ReadOnly:app"));
    EXPECT_THAT(effective_of("bob"), ElementsAre("bob>ReadOnly:bobs"));
    EXPECT_THAT(effective_of("carl"), ElementsAre(HasSubstr("no user is called 'carl'")));
}

TEST_F(Assignments, APermissionSetWithAssignmentsGoesOnlyByForce) {
    assign(PrincipalType::user, "alice");
    assign(PrincipalType::user, "bob");
    EXPECT_THAT(refusal(DeletePermissionSet{"readonly", false}), HasSubstr("has 2 assignments"));
    edit(DeletePermissionSet{"readonly", true});
    EXPECT_THAT(listed(), IsEmpty());
    EXPECT_THAT(column("v1_permission_sets", 1), IsEmpty());
    const auto names = column("v1_changes", 6);
    EXPECT_THAT(
        std::vector<std::string>(names.end() - 3, names.end()),
        ::testing::UnorderedElementsAre("alice: ReadOnly on app", "bob: ReadOnly on app", "ReadOnly"));
    edit(CreatePermissionSet{"READONLY", ""});
    EXPECT_THAT(refusal(CreatePermissionSet{"readOnly", ""}),
                HasSubstr("belongs to the permission set READONLY"));
}

TEST_F(Assignments, AnExportIsReadBackByExternalIdThenByName) {
    assign(PrincipalType::group, "Staff");
    assign(PrincipalType::user, "alice");
    assign(PrincipalType::user, "bob");
    edit(DeleteUser{"bob"});
    const auto exported = store->admin().assignments();
    const std::string text = export_text(*exported);

    // Another store, where alice is somebody else.
    store = store::make_memory_store();
    edit(CreateUser{user_fields("Alice")});
    ImportOptions how;
    how.file = "e.jsonl";
    how.kind = ImportKind::assignments;
    how.format = ImportFormat::json_lines;
    const auto refused = edit(read_import(text, how));
    EXPECT_THAT(texts_of(refused.problems), ElementsAre(HasSubstr("no permission set is called 'ReadOnly'")));
    how.create_permission_sets = true;
    const auto taken = edit(read_import(text, how));
    EXPECT_THAT(taken.problems, IsEmpty());
    EXPECT_THAT(texts_of(taken.unmatched), ElementsAre("e.jsonl:1: no group 'Staff' is in the store",
                                                       HasSubstr("'bob' was gone already")));
    EXPECT_THAT(listed(), ElementsAre("Alice:ReadOnly:app"));
    EXPECT_EQ(edit(read_import(text, how)).unchanged, 1U) << "twice is once";
}

TEST_F(Assignments, AnExternalIdMatchesBeforeAName) {
    sync::Plan plan;
    const std::string id = "f3b1c0de-0000-4000-8000-000000000001";
    sync::UserRow synced;
    synced.user_name = "renamed";
    synced.external_id = id;
    plan.users.push_back(
        {sync::Action::create, 90, random_row_id(), {}, synced, sync::Reason::entered_scope});
    sync::Commit commit;
    commit.plan = &plan;
    ASSERT_TRUE(store->commit(commit));
    ImportAssignment line{PrincipalType::user, id, "alice", "ReadOnly", "app", false, false};
    edit(line);
    EXPECT_THAT(listed(), ElementsAre("renamed:ReadOnly:app"));
    line.external_id = "f3b1c0de-0000-4000-8000-000000000002";
    edit(line);
    EXPECT_THAT(listed(), ElementsAre("alice:ReadOnly:app", "renamed:ReadOnly:app"));
    // semantics 4.2: a successor of the same name is somebody else.
    line.principal = "renamed";
    line.target = "payroll";
    const auto taken = edit(line);
    EXPECT_THAT(listed(), ElementsAre("alice:ReadOnly:app", "renamed:ReadOnly:app"));
    EXPECT_THAT(texts_of(taken.unmatched), ElementsAre(HasSubstr("is somebody else")));
}

}  // namespace
}  // namespace dirsync::admin
