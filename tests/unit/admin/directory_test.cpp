#include "tests/unit/admin/admin_testing.hpp"

namespace dirsync::admin {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class Directory : public EditedStore {
protected:
    std::vector<std::string> user_names() { return column("v1_users", 1); }
    std::vector<std::string> display_names() { return column("v1_users", 2); }
    std::vector<std::string> emails() { return column("v1_users", 6); }
};

// semantics 3.4
TEST_F(Directory, AUserNameIsNotEmptyHasNoWhiteSpaceAndAtMost128Characters) {
    EXPECT_EQ(refusal(CreateUser{user_fields("")}), "userName is empty");
    EXPECT_THAT(refusal(CreateUser{user_fields("a b")}), HasSubstr("white space"));
    EXPECT_THAT(refusal(CreateUser{user_fields("a\xc2\xa0"
                                               "b")}),
                HasSubstr("white space"))
        << "U+00A0 is one";
    EXPECT_THAT(refusal(CreateUser{user_fields(std::string(129, 'a'))}), HasSubstr("longer than 128"));
    EXPECT_THAT(refusal(CreateUser{user_fields("a\x1b[2J")}), HasSubstr("control character"));
    EXPECT_THAT(refusal(CreateUser{user_fields("a\xff")}), HasSubstr("UTF-8"));
    std::string umlauts;
    for (int i = 0; i < 128; ++i) umlauts += "\xc3\xa4";
    EXPECT_THAT(edit(CreateUser{user_fields(umlauts)}).problems, IsEmpty()) << "characters, not bytes";
}

// semantics 3.8
TEST_F(Directory, ANameHidesNothing) {
    EXPECT_THAT(refusal(CreateUser{user_fields("ali\u00adce")}),
                HasSubstr("userName has U+00AD in it, at character 4"));
    EXPECT_THAT(refusal(CreateUser{user_fields("a\u009b")}), HasSubstr("U+009B"));
    EXPECT_THAT(refusal(CreateGroup{group_fields("te\u202eam")}), HasSubstr("displayName has U+202E in it"));
    EXPECT_THAT(edit(CreateUser{user_fields("\u0645\u06cc\u200c\u062e")}).problems, IsEmpty());
    UserFields fields = user_fields("bob");
    fields.email = std::string(321, 'x');
    EXPECT_THAT(refusal(CreateUser{fields}), HasSubstr("email is longer than 320"));
    fields.email = std::string(320, 'x');
    EXPECT_THAT(edit(CreateUser{fields}).problems, IsEmpty());
}

// semantics 3.4
TEST_F(Directory, OtherTextsHaveAtMost1024Characters) {
    UserFields fields = user_fields("alice");
    fields.display_name = std::string(1025, 'x');
    EXPECT_THAT(refusal(CreateUser{fields}), HasSubstr("displayName is longer than 1024"));
    GroupFields group = group_fields("staff");
    group.description = std::string(1025, 'x');
    EXPECT_THAT(refusal(CreateGroup{group}), HasSubstr("description is longer than 1024"));
    EXPECT_THAT(refusal(CreateGroup{group_fields("")}), HasSubstr("displayName is empty"));
}

// semantics 3.4
TEST_F(Directory, ADisplayNameThatIsEmptyIsTheUserName) {
    edit(CreateUser{user_fields("alice")});
    EXPECT_THAT(display_names(), ElementsAre("alice"));
    edit(UpdateUser{"alice", user_fields("alice2")});
    EXPECT_THAT(display_names(), ElementsAre("alice2")) << "a stand-in follows the name";
    UserFields fields;
    fields.display_name = "Alice";
    edit(UpdateUser{"alice2", fields});
    edit(UpdateUser{"alice2", user_fields("alice3")});
    EXPECT_THAT(display_names(), ElementsAre("Alice")) << "a name of her own stays";
    fields.display_name = "";
    edit(UpdateUser{"alice3", fields});
    EXPECT_THAT(display_names(), ElementsAre("alice3"));
}

// semantics 3.5
TEST_F(Directory, NamesAndAddressesAreUniqueWithoutCase) {
    const auto alice = edit(CreateUser{user_fields("\xc3\x84lice", "a@example.com")}).objects[0];
    EXPECT_EQ(refusal(CreateUser{user_fields("\xc3\xa4LICE")}),
              "the userName '\xc3\xa4LICE' belongs to the user \xc3\x84lice (" + to_text(alice) + ")");
    EXPECT_THAT(refusal(CreateUser{user_fields("bob", "A@EXAMPLE.com")}),
                HasSubstr("the email 'A@EXAMPLE.com'"));
    edit(CreateUser{user_fields("bob")});
    EXPECT_THAT(refusal(UpdateUser{"bob", user_fields("\xc3\x84LICE")}), HasSubstr("belongs to"));
    edit(CreateGroup{group_fields("Staff")});
    EXPECT_THAT(refusal(CreateGroup{group_fields("STAFF")}), HasSubstr("belongs to the group Staff"));
    EXPECT_THAT(edit(CreateGroup{group_fields("bob")}).problems, IsEmpty()) << "users' names are not groups'";
}

// semantics 3.5: judged on the final state.
TEST_F(Directory, AddressesMaySwapInOneFile) {
    edit(CreateUser{user_fields("a", "one@example.com")});
    edit(CreateUser{user_fields("b", "two@example.com")});
    const auto swapped = edit(placed({{"", PutUser{user_fields("a", "two@example.com")}},
                                      {"", PutUser{user_fields("b", "one@example.com")}}}));
    EXPECT_THAT(swapped.problems, IsEmpty());
    EXPECT_EQ(swapped.updated, 2U);
    EXPECT_THAT(emails(), ElementsAre("two@example.com", "one@example.com"));
}

// semantics 3.5
TEST_F(Directory, TheFirstOfTwoNewcomersGetsAnAddressAndTheOwnerKeepsIt) {
    edit(CreateUser{user_fields("owner", "taken@example.com")});
    const auto decision = edit(placed({{"", PutUser{user_fields("a", "new@example.com")}},
                                       {"", PutUser{user_fields("b", "new@example.com")}},
                                       {"", PutUser{user_fields("c", "taken@example.com")}}}));
    EXPECT_THAT(texts_of(decision.problems),
                ElementsAre("f:2: the email 'new@example.com' belongs to the user a at f:1",
                            HasSubstr("f:3: the email 'taken@example.com' belongs to the user owner (")));
    EXPECT_THAT(user_names(), ElementsAre("owner", "a"));
}

TEST_F(Directory, AnEditThatBuiltOnARefusedOneIsRefusedAsWell) {
    edit(CreateUser{user_fields("a", "one@example.com")});
    UserFields bad = user_fields("a", "two@example.com");
    bad.given_name = "\n";
    const auto decision =
        edit(placed({{"", PutUser{bad}}, {"", PutUser{user_fields("b", "one@example.com")}}}));
    EXPECT_EQ(decision.problems.size(), 2U)
        << "the address is not free, because the first line is not written";
    EXPECT_TRUE(decision.plan.writes_nothing());
}

TEST_F(Directory, AnImportTwiceChangesNothingTheSecondTime) {
    const std::vector<Edit> lines = placed({{"", PutUser{user_fields("alice", "a@example.com")}},
                                            {"", PutGroup{group_fields("staff"), {}}},
                                            {"", PutGroup{group_fields("all"), {"alice"}}}});
    EXPECT_EQ(edit({lines[0]}).created, 1U);
    EXPECT_EQ(edit({lines[1], lines[2]}).created, 2U);
    const auto again = edit(lines);
    EXPECT_EQ(again.unchanged, 3U);
    EXPECT_TRUE(again.plan.writes_nothing());
    EXPECT_EQ(column("v1_runs", 0).size(), 2U) << "semantics 5.6: nothing to write, no run";
}

TEST_F(Directory, AUserIsNamedOnceInAFile) {
    const auto decision =
        edit(placed({{"", PutUser{user_fields("alice")}}, {"", PutUser{user_fields("ALICE")}}}));
    EXPECT_THAT(texts_of(decision.problems),
                ElementsAre("f:2: the userName 'ALICE' was given before: alice at f:1"));
}

TEST_F(Directory, UsersAndGroupsAreNamedByNameOrId) {
    const auto alice = edit(CreateUser{user_fields("alice")}).objects[0];
    const auto staff = edit(CreateGroup{group_fields("Staff")}).objects[0];
    EXPECT_EQ(edit(SetMember{to_text(staff), "ALICE", true}).updated, 1U);
    EXPECT_EQ(edit(SetMember{"staff", to_text(alice), true}).unchanged, 1U) << "twice is once";
    EXPECT_EQ(edit(SetMember{"STAFF", "alice", false}).updated, 1U);
    EXPECT_THAT(refusal(SetMember{"staff", "nobody", true}), HasSubstr("no user is called 'nobody'"));
    EXPECT_THAT(refusal(SetMember{"none", "alice", true}), HasSubstr("no group is called 'none'"));
    EXPECT_EQ(edit(DeleteUser{"nobody"}).problems[0].code, ErrorCode::not_found);
}

// semantics 3.1, 4.2: an id is kept for life, and never given to a successor.
TEST_F(Directory, AnIdIsKeptForLifeAndASuccessorHasAnother) {
    const auto first = edit(CreateUser{user_fields("alice")}).objects[0];
    edit(UpdateUser{"alice", user_fields("renamed")});
    EXPECT_THAT(column("v1_users", 0), ElementsAre(to_text(first)));
    edit(DeleteUser{"renamed"});
    const auto second = edit(CreateUser{user_fields("renamed")}).objects[0];
    EXPECT_NE(first, second);
}

// semantics 5.10
TEST_F(Directory, MembershipsGoWithTheirUserAndHaveLinesOfTheirOwn) {
    edit(CreateUser{user_fields("alice")});
    edit(std::vector<Edit>{{"", PutGroup{group_fields("a"), {"alice"}}},
                           {"", PutGroup{group_fields("b"), {"alice"}}}});
    edit(DeleteUser{"alice"});
    EXPECT_THAT(column("v1_memberships", 0), IsEmpty());
    const auto actions = column("v1_changes", 3);
    ASSERT_GE(actions.size(), 3U);
    EXPECT_THAT(std::vector<std::string>(actions.end() - 3, actions.end()),
                ElementsAre("remove_member", "remove_member", "delete"));
    for (const auto& reason : column("v1_changes", 9)) EXPECT_EQ(reason, "by an admin");
}

TEST_F(Directory, AGroupThatIsImportedKeepsItsOtherMembers) {
    edit(std::vector<Edit>{{"", PutUser{user_fields("alice")}}, {"", PutUser{user_fields("bob")}}});
    edit(PutGroup{group_fields("staff"), {"alice"}});
    edit(PutGroup{group_fields("staff"), {"bob"}});
    EXPECT_EQ(column("v1_memberships", 1).size(), 2U);
    const auto decision = edit(PutGroup{group_fields("staff"), {"nobody", "noone"}});
    EXPECT_THAT(texts_of(decision.problems), ElementsAre(HasSubstr("'nobody'"), HasSubstr("'noone'")));
}

TEST_F(Directory, AnUpdateLeavesWhatIsNotGiven) {
    UserFields fields = user_fields("alice", "a@example.com");
    fields.family_name = "Sample";
    edit(CreateUser{fields});
    UserFields disable;
    disable.status = sync::Status::disabled;
    edit(UpdateUser{"alice", disable});
    EXPECT_THAT(column("v1_users", 7), ElementsAre("DISABLED"));
    EXPECT_THAT(column("v1_users", 4), ElementsAre("Sample"));
    EXPECT_THAT(emails(), ElementsAre("a@example.com"));
    edit(UpdateUser{"alice", address("")});
    EXPECT_THAT(emails(), ElementsAre(""));
}

}  // namespace
}  // namespace dirsync::admin
