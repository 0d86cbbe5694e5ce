#include "store_fixture.hpp"

namespace dirsync::store::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

class RowsContract : public StoreContract {
protected:
    void create_users(const std::vector<std::string>& names) {
        sync::Plan plan;
        for (const std::string& name : names) {
            const auto node = static_cast<Node>(plan.users.size() + 1);
            plan.users.push_back(created(node, a_user(node, name)));
        }
        apply(plan);
    }
};

// contract, SQL: names, order and types of the columns of v1_users.
TEST_P(RowsContract, AUserIsShownAsTheContractSays) {
    sync::UserRow row = a_user(7, "alice");
    row.middle_name = "M";
    row.attributes = {{"department", "Sales \"north\""}, {"title", ""}};
    row.scope = sync::ScopeState::out;
    row.out_since = noon - Duration{60};
    row.status = sync::Status::disabled;
    sync::Plan plan;
    plan.users.push_back(created(7, row));
    apply(plan);

    const sync::Rows found = rows(view("v1_users"));
    EXPECT_THAT(found.columns,
                ElementsAre("user_id", "user_name", "display_name", "given_name", "family_name",
                            "middle_name", "email", "status", "external_id", "sid", "attributes", "scope",
                            "out_since", "created_at", "updated_at", "revision"));
    ASSERT_EQ(found.rows.size(), 1U);
    EXPECT_THAT(found.rows[0],
                ElementsAre(sync::Value(id_text(7)), sync::Value("alice@corp.example.com"),
                            sync::Value("The alice"), sync::Value("alice"), sync::Value("Sample"),
                            sync::Value("M"), sync::Value("alice@example.com"), sync::Value("DISABLED"),
                            sync::Value(to_text(guid_of_node(7))), sync::Value("S-1-5-21-1-2-3-1007"),
                            sync::Value(R"({"department":"Sales \"north\"","title":""})"), sync::Value("out"),
                            sync::Value("2026-09-21T14:12:20Z"), sync::Value(std::string(noon_text)),
                            sync::Value(std::string(noon_text)), sync::Value(std::int64_t{1})));
}

// contract, SQL: v1_groups.
TEST_P(RowsContract, AGroupIsShownAsTheContractSays) {
    sync::GroupRow row = a_group(9, "staff");
    row.scope = sync::ScopeState::held;
    sync::Plan plan;
    plan.groups.push_back(created(9, row));
    apply(plan);

    const sync::Rows found = rows(view("v1_groups"));
    EXPECT_THAT(found.columns,
                ElementsAre("group_id", "display_name", "description", "external_id", "attributes", "scope",
                            "out_since", "created_at", "updated_at", "revision"));
    ASSERT_EQ(found.rows.size(), 1U);
    EXPECT_THAT(
        found.rows[0],
        ElementsAre(sync::Value(id_text(9)), sync::Value("staff@corp.example.com"),
                    sync::Value("All of staff"), sync::Value(to_text(guid_of_node(9))), sync::Value("{}"),
                    sync::Value("held"), sync::Value(), sync::Value(std::string(noon_text)),
                    sync::Value(std::string(noon_text)), sync::Value(std::int64_t{1})));
}

// semantics 3.6: only what changes is written; revision counts writes, updated_at is the last one.
TEST_P(RowsContract, RevisionAndUpdatedAtMoveWithTheRowOnly) {
    create_users({"alice", "bob"});
    sync::UserRow after = a_user(1, "alice");
    after.family_name = "Married";
    sync::Plan plan;
    plan.users.push_back(updated(1, a_user(1, "alice"), after));
    plan.users.push_back(updated(2, a_user(2, "bob"), a_user(2, "bob")));
    apply(plan, noon + Duration{60});

    const sync::ViewQuery all = view("v1_users").by("user_name");
    EXPECT_THAT(column(all, "revision"), ElementsAre("2", "1"));
    EXPECT_THAT(column(all, "updated_at"), ElementsAre("2026-09-21T14:14:20Z", noon_text));
    EXPECT_THAT(column(all, "created_at"), ElementsAre(noon_text, noon_text));
    EXPECT_THAT(column(all, "family_name"), ElementsAre("Married", "Sample"));
    EXPECT_THAT(lines(2), ElementsAre("update alice@corp.example.com {\"family_name\":\"Sample\"} "
                                      "{\"family_name\":\"Married\"}"));
}

// semantics 3.5: a swap of names and emails in one plan keeps the ids.
TEST_P(RowsContract, NamesMaySwap) {
    create_users({"alice", "bob"});
    sync::UserRow first = a_user(1, "bob");
    first.external_id = sync::external_id_of(guid_of_node(1));
    sync::UserRow second = a_user(2, "alice");
    sync::Plan plan;
    plan.users.push_back(updated(1, a_user(1, "alice"), first));
    plan.users.push_back(updated(2, a_user(2, "bob"), second));
    apply(plan);
    EXPECT_THAT(column(view("v1_users").where("user_id", id_text(1)), "user_name"),
                ElementsAre("bob@corp.example.com"));
    EXPECT_THAT(column(view("v1_users").where("user_id", id_text(2)), "email"),
                ElementsAre("alice@example.com"));
}

// semantics 3.5: a chain a->b->c, whose first name goes to a newcomer and whose last was freed by a
// deletion, in any order of the plan.
TEST_P(RowsContract, NamesMayPassAlongAChain) {
    create_users({"a", "b", "c"});
    for (const bool backwards : {false, true}) {
        SCOPED_TRACE(backwards);
        sync::Plan plan;
        plan.users.push_back(created(4, a_user(4, "a")));
        plan.users.push_back(updated(1, a_user(1, "a"), a_user(1, "b")));
        plan.users.push_back(updated(2, a_user(2, "b"), a_user(2, "c")));
        plan.users.push_back(removed(3, a_user(3, "c")));
        if (backwards) std::ranges::reverse(plan.users);
        apply(plan);
        EXPECT_THAT(column(view("v1_users").by("user_name"), "user_id"),
                    ElementsAre(id_text(4), id_text(1), id_text(2)));
        sync::Plan back;
        back.users.push_back(removed(4, a_user(4, "a")));
        back.users.push_back(updated(1, a_user(1, "b"), a_user(1, "a")));
        back.users.push_back(updated(2, a_user(2, "c"), a_user(2, "b")));
        back.users.push_back(created(3, a_user(3, "c")));
        apply(back);
    }
}

TEST_P(RowsContract, GroupNamesMaySwap) {
    sync::Plan plan;
    plan.groups = {created(11, a_group(11, "staff")), created(12, a_group(12, "guests"))};
    apply(plan);
    sync::Plan swap;
    swap.groups = {updated(11, a_group(11, "staff"), a_group(11, "guests")),
                   updated(12, a_group(12, "guests"), a_group(12, "staff"))};
    apply(swap);
    EXPECT_THAT(column(view("v1_groups").by("display_name"), "group_id"),
                ElementsAre(id_text(11), id_text(12)));
}

// semantics 3.5: without case; two owners of a name are a fault of the plan, and nothing of it stays.
TEST_P(RowsContract, ANameHasOneOwnerWhateverItsCase) {
    create_users({"\xc3\xa4nne"});
    sync::Plan plan;
    plan.users.push_back(created(2, a_user(2, "zoe")));
    plan.users.push_back(created(3, a_user(3, "\xc3\x84NNE")));
    const auto refused = store().commit(commit_of(plan, 0));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::internal);
    EXPECT_THAT(column(view("v1_users"), "user_id"), ElementsAre(id_text(1)));
    EXPECT_EQ(lines().size(), 1U);
    EXPECT_EQ(facts().users, 1U);
}

// semantics 3.5: an empty email is never contested.
TEST_P(RowsContract, ManyUsersMayHaveNoEmail) {
    sync::Plan plan;
    for (Node node = 1; node <= 3; ++node) {
        sync::UserRow row = a_user(node, "user" + std::to_string(node));
        row.email.clear();
        plan.users.push_back(created(node, row));
    }
    apply(plan);
    EXPECT_EQ(facts().users, 3U);
    EXPECT_THAT(column(view("v1_users"), "email"), ElementsAre("", "", ""));
}

// semantics 5.10: memberships that go with a user have lines of their own, before the user's.
TEST_P(RowsContract, ARemovedUserTakesItsMembershipsAlong) {
    sync::Plan plan;
    plan.users = {created(1, a_user(1, "alice")), created(2, a_user(2, "bob"))};
    plan.groups = {created(11, a_group(11, "staff")), created(12, a_group(12, "guests"))};
    plan.memberships = {member_added(11, 1), member_added(11, 2), member_added(12, 1)};
    apply(plan);
    const auto before = static_cast<std::int64_t>(lines().size());

    sync::Plan removal;
    removal.users.push_back(removed(1, a_user(1, "alice")));
    apply(removal);
    const std::string alice = R"({"user_id":")" + id_text(1) + R"(","user_name":"alice@corp.example.com"})";
    const auto told = lines(before);
    ASSERT_EQ(told.size(), 3U);
    EXPECT_EQ(told[0], "remove_member staff@corp.example.com " + alice + " NULL");
    EXPECT_EQ(told[1], "remove_member guests@corp.example.com " + alice + " NULL");
    EXPECT_THAT(told[2],
                HasSubstr("delete alice@corp.example.com {\"user_name\":\"alice@corp.example.com\""));
    EXPECT_THAT(
        column(view("v1_changes").after(before), "reason"),
        ElementsAre("deleted in the directory", "deleted in the directory", "deleted in the directory"));
    EXPECT_THAT(column(view("v1_memberships"), "user_id"), ElementsAre(id_text(2)));
    EXPECT_EQ(facts().memberships, 1U);
}

// semantics 5.5, 5.10: a plan that lists those memberships as well says nothing twice.
TEST_P(RowsContract, MembershipsOfARemovedGroupAreToldOnce) {
    sync::Plan plan;
    plan.users = {created(1, a_user(1, "alice")), created(2, a_user(2, "bob"))};
    plan.groups = {created(11, a_group(11, "staff"))};
    plan.memberships = {member_added(11, 1), member_added(11, 2)};
    apply(plan);
    sync::Plan removal;
    removal.memberships = {member_removed(11, 1), member_removed(11, 2)};
    removal.groups.push_back(removed(11, a_group(11, "staff")));
    removal.users.push_back(removed(2, a_user(2, "bob")));
    apply(removal);
    EXPECT_THAT(column(view("v1_changes").after(5), "action"),
                ElementsAre("remove_member", "remove_member", "delete", "delete"));
    EXPECT_THAT(column(view("v1_users"), "user_id"), ElementsAre(id_text(1)));
    EXPECT_TRUE(column(view("v1_groups"), "group_id").empty());
    EXPECT_TRUE(column(view("v1_memberships"), "group_id").empty());
}

// semantics 5.5: a group created together with its members, in one plan.
TEST_P(RowsContract, MembershipsReadByGroupAndByUser) {
    sync::Plan plan;
    for (Node node = 1; node <= 4; ++node)
        plan.users.push_back(created(node, a_user(node, "u" + std::to_string(node))));
    plan.groups = {created(11, a_group(11, "staff")), created(12, a_group(12, "guests"))};
    plan.memberships = {member_added(12, 4), member_added(12, 1), member_added(11, 3), member_added(11, 1)};
    apply(plan);

    const std::vector<Node> groups{12, 11, 99};
    EXPECT_THAT(*store().members_of(groups), ElementsAre(Edge{11, 1}, Edge{11, 3}, Edge{12, 1}, Edge{12, 4}));
    const std::vector<Node> users{3, 1, 2};
    EXPECT_THAT(*store().groups_of(users), ElementsAre(Edge{11, 1}, Edge{11, 3}, Edge{12, 1}));
    EXPECT_THAT(column(view("v1_memberships").where("user_id", id_text(1)), "group_id"),
                UnorderedElementsAre(id_text(11), id_text(12)));

    sync::Plan less;
    less.memberships = {member_removed(11, 1), member_removed(11, 2)};
    apply(less);
    EXPECT_THAT(*store().members_of(groups), ElementsAre(Edge{11, 3}, Edge{12, 1}, Edge{12, 4}));
    EXPECT_THAT(column(view("v1_changes").after(10), "action"), ElementsAre("remove_member"));
}

// semantics 5.10: a line tells the names of its time; of a renamed member those after the plan.
TEST_P(RowsContract, TheJournalKeepsTheNamesOfItsTime) {
    sync::Plan plan;
    plan.users = {created(1, a_user(1, "alice"))};
    plan.groups = {created(11, a_group(11, "staff"))};
    plan.memberships = {member_added(11, 1)};
    apply(plan);
    sync::Plan rename;
    rename.users = {updated(1, a_user(1, "alice"), a_user(1, "alicia"))};
    rename.groups = {updated(11, a_group(11, "staff"), a_group(11, "people"))};
    rename.memberships = {member_removed(11, 1)};
    apply(rename);
    const auto told = lines();
    ASSERT_EQ(told.size(), 6U);
    EXPECT_THAT(told[2], HasSubstr("add_member staff@corp.example.com NULL"));
    EXPECT_THAT(told[2], HasSubstr("alice@corp.example.com"));
    EXPECT_THAT(told[3], HasSubstr("remove_member people@corp.example.com"));
    EXPECT_THAT(told[3], HasSubstr("alicia@corp.example.com"));
}

TEST_P(RowsContract, RowsComeBackAsTheyWereWritten) {
    sync::UserRow user = a_user(3, "carol");
    user.attributes = {{"costCenter", "4711"}, {"note", "line\nbreak \xe2\x82\xac"}};
    user.scope = sync::ScopeState::out;
    user.out_since = noon;
    sync::GroupRow group = a_group(11, "staff");
    group.attributes = {{"owner", "carol"}};
    sync::Plan plan;
    plan.users = {created(3, user), created(2, a_user(2, "bob"))};
    plan.groups = {created(11, group)};
    apply(plan);
    reopen();

    const std::vector<Node> nodes{3, 99, 2, 3};
    const auto users = *store().users(nodes);
    ASSERT_EQ(users.size(), 2U);
    EXPECT_EQ(users[0].node, 2U);
    EXPECT_EQ(users[1].id, id_of_node(3));
    EXPECT_EQ(users[1].row, user);
    const std::vector<Node> group_nodes{11};
    EXPECT_EQ(store().groups(group_nodes)->at(0).row, group);

    const LoadedState state = loaded();
    EXPECT_THAT(state.users,
                ElementsAre(LoadedState::UserKeys{2, hash_of(a_user(2, "bob")),
                                                  sync::name_key("bob@corp.example.com"),
                                                  sync::name_key("bob@example.com"), sync::Status::enabled,
                                                  sync::ScopeState::in, std::nullopt},
                            LoadedState::UserKeys{3, hash_of(user), sync::name_key("carol@corp.example.com"),
                                                  sync::name_key("carol@example.com"), sync::Status::enabled,
                                                  sync::ScopeState::out, noon}));
    EXPECT_THAT(state.groups,
                ElementsAre(LoadedState::GroupKeys{11, hash_of(group), sync::name_key(group.display_name),
                                                   sync::ScopeState::in, std::nullopt}));
}

// semantics 4.3: the id is given by the plan, so a restored user is the one it was.
TEST_P(RowsContract, ARestoredUserHasItsOldId) {
    create_users({"alice"});
    sync::Plan removal;
    removal.users = {removed(1, a_user(1, "alice"))};
    apply(removal);
    sync::Plan again;
    again.users = {created(1, a_user(1, "alice"))};
    apply(again);
    EXPECT_THAT(column(view("v1_users"), "user_id"), ElementsAre(id_text(1)));
    EXPECT_THAT(column(view("v1_changes"), "seq"), ElementsAre("1", "2", "3"));
}

TEST_P(RowsContract, AChangeOfARowThatIsNotThereIsRefusedWhole) {
    create_users({"alice"});
    for (const auto& change : {updated(9, a_user(9, "x"), a_user(9, "y")), removed(9, a_user(9, "x"))}) {
        sync::Plan plan;
        plan.users = {created(2, a_user(2, "bob")), change};
        EXPECT_EQ(store().commit(commit_of(plan, 0)).error().code(), ErrorCode::internal);
    }
    sync::Plan stray;
    stray.memberships = {member_added(11, 1)};
    EXPECT_EQ(store().commit(commit_of(stray, 0)).error().code(), ErrorCode::internal);
    EXPECT_EQ(facts().users, 1U);
    EXPECT_EQ(lines().size(), 1U);
}

// The load of an empty store takes another way than later ones: sorted, indexes behind it.
TEST_P(RowsContract, ALargeFirstCommitIsLikeManySmallOnes) {
    sync::Plan plan;
    constexpr Node count = 2500;
    for (Node node = count; node > 0; --node)
        plan.users.push_back(created(node, a_user(node, "u" + std::to_string(node))));
    for (Node group = 0; group < 3; ++group) {
        plan.groups.push_back(created(10'000 + group, a_group(10'000 + group, "g" + std::to_string(group))));
        for (Node node = count; node > 0; --node)
            plan.memberships.push_back(member_added(10'000 + group, node));
    }
    plan.memberships.push_back(member_added(10'000, 1));
    apply(plan);
    EXPECT_EQ(facts().users, count);
    EXPECT_EQ(facts().memberships, 3U * count);
    EXPECT_EQ(lines().size(), 4U * count + 3);
    EXPECT_EQ(store().groups_of(std::vector<Node>{77})->size(), 3U);

    sync::Plan duplicate;
    duplicate.users = {created(20'000, a_user(20'000, "U77"))};
    EXPECT_FALSE(store().commit(commit_of(duplicate, 0))) << "the unique indexes are there again";
    EXPECT_THAT(column(view("v1_users").where("user_name", "U77@corp.example.com"), "user_id"),
                ElementsAre(id_text(77)));
}

// Large plans are checked by another hand than small ones.
TEST_P(RowsContract, AMembershipOfNobodyIsRefusedInALargePlanToo) {
    sync::Plan plan;
    plan.groups = {created(10'000, a_group(10'000, "g"))};
    for (Node node = 1; node <= 2500; ++node) {
        plan.users.push_back(created(node, a_user(node, "u" + std::to_string(node))));
        plan.memberships.push_back(member_added(10'000, node));
    }
    sync::Plan broken = plan;
    broken.memberships.push_back(member_added(10'000, 2501));
    EXPECT_EQ(store().commit(commit_of(broken, 0)).error().code(), ErrorCode::internal);
    EXPECT_EQ(facts().users, 0U);
    apply(plan);

    broken = {};
    broken.users = {removed(7, a_user(7, "u7"))};
    for (Node node = 1; node <= 2500; ++node) broken.memberships.push_back(member_added(10'000, node));
    EXPECT_EQ(store().commit(commit_of(broken, 0)).error().code(), ErrorCode::internal);
    sync::Plan stray;
    stray.memberships = {member_added(10'000, 2501)};
    EXPECT_EQ(store().commit(commit_of(stray, 0)).error().code(), ErrorCode::internal);
    EXPECT_EQ(facts().memberships, 2500U);
}

DIRSYNC_FOR_EVERY_STORE(RowsContract);

}  // namespace
}  // namespace dirsync::store::testing
