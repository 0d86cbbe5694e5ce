#include "model/seams/row_reader.hpp"

#include "store_fixture.hpp"

namespace dirsync::store::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class RowReaderContract : public StoreContract {
protected:
    sync::RowReader& reader() { return store().rows(); }

    void create(const std::vector<Node>& users, Node group, const std::vector<Node>& members) {
        sync::Plan plan;
        for (const Node node : users)
            plan.users.push_back(created(node, a_user(node, "u" + std::to_string(node))));
        plan.groups.push_back(created(group, a_group(group, "g" + std::to_string(group))));
        for (const Node node : members) plan.memberships.push_back(member_added(group, node));
        apply(plan);
    }
    template <class Record>
    static std::vector<RowId> ids(const Result<sync::Listed<Record>>& listed) {
        std::vector<RowId> out;
        EXPECT_TRUE(listed.has_value());
        for (const auto& record : listed->rows) out.push_back(record.id);
        return out;
    }
};

// contract: a row is what its view shows.
TEST_P(RowReaderContract, ARowIsFoundByNameIdAndExternalId) {
    sync::Plan plan;
    sync::UserRow row = a_user(1, "alice");
    row.attributes = {{"department", "Sales"}};
    row.status = sync::Status::disabled;
    row.scope = sync::ScopeState::out;
    row.out_since = noon;
    plan.users = {created(1, row)};
    plan.groups = {created(11, a_group(11, "staff"))};
    apply(plan);
    std::string guid = to_text(guid_of_node(1));
    std::ranges::transform(guid, guid.begin(), [](char c) { return static_cast<char>(std::toupper(c)); });
    for (const std::string& called : {std::string("ALICE@corp.example.com"), id_text(1), guid}) {
        const auto user = reader().user(called);
        ASSERT_TRUE(user && *user) << called;
        EXPECT_EQ((*user)->id, id_of_node(1));
        EXPECT_EQ((*user)->row, row);
        EXPECT_EQ((*user)->created, noon);
        EXPECT_EQ((*user)->updated, noon);
        EXPECT_EQ((*user)->revision, 1);
    }
    for (const std::string& called : {std::string("Staff@Corp.example.com"), id_text(11)}) {
        const auto group = reader().group(called);
        ASSERT_TRUE(group && *group) << called;
        EXPECT_EQ((*group)->row, a_group(11, "staff"));
    }
    for (const char* nobody : {"", "bob", "alice"}) {
        EXPECT_EQ(*reader().user(nobody), std::nullopt) << nobody;
        EXPECT_EQ(*reader().group(nobody), std::nullopt) << nobody;
    }
}

TEST_P(RowReaderContract, WhoMayBeMeantIsFoundByPartsOfTheName) {
    sync::UserRow alice = a_user(1, "alice");
    alice.display_name = "Alice 100%";
    alice.email = "al@example.com";
    sync::UserRow other = a_user(2, "bob");
    other.user_name = "alice@other.example.com";
    other.display_name = "Alice_100x";
    sync::UserRow third = a_user(3, "alicea");
    sync::Plan plan;
    plan.users = {created(1, alice), created(2, other), created(3, third)};
    plan.groups = {created(11, a_group(11, "staff")), created(12, a_group(12, "staffing"))};
    apply(plan);
    const auto nodes = [this](const std::string& name, std::size_t limit = 10) {
        std::vector<RowId> out;
        for (const auto& user : *reader().users_meant(name, limit)) out.push_back(user.id);
        return out;
    };
    EXPECT_THAT(nodes("ALICE"), ElementsAre(id_of_node(1), id_of_node(2)));
    EXPECT_THAT(nodes("alice", 1), ElementsAre(id_of_node(1)));
    EXPECT_THAT(nodes("AL@example.com"), ElementsAre(id_of_node(1)));
    EXPECT_THAT(nodes("alice 100%"), ElementsAre(id_of_node(1)));
    EXPECT_THAT(nodes("Alice_100x"), ElementsAre(id_of_node(2)));
    for (const char* nobody : {"", "ali", "a%", "alic_", "example.com"})
        EXPECT_THAT(nodes(nobody), IsEmpty()) << nobody;
    const auto groups = *reader().groups_meant("Staff", 10);
    ASSERT_EQ(groups.size(), 1U);
    EXPECT_EQ(groups[0].id, id_of_node(11));
    EXPECT_THAT(*reader().groups_meant("", 10), IsEmpty());
}

TEST_P(RowReaderContract, ARunIsFoundByTheBeginningOfItsId) {
    for (const char* trigger : {"one", "two"})
        ASSERT_TRUE(store().record_run(sync::run_of_admin(trigger, {}, noon)));
    const RowId id = reader().runs(1)->at(0).id;
    std::string upper = to_text(id).substr(0, 35);
    std::ranges::transform(upper, upper.begin(), [](char c) { return static_cast<char>(std::toupper(c)); });
    EXPECT_THAT(*reader().runs_beginning(to_text(id), 10), ElementsAre(id));
    EXPECT_THAT(*reader().runs_beginning(upper, 10), ElementsAre(id));
    EXPECT_THAT(*reader().runs_beginning("", 10), SizeIs(2));
    EXPECT_THAT(*reader().runs_beginning("", 1), SizeIs(1));
    EXPECT_THAT(*reader().runs_beginning("%", 10), IsEmpty());
}

TEST_P(RowReaderContract, ARowKnowsItsPlaceInLists) {
    create({1, 2, 5}, 11, {});
    const auto first = *reader().users({0, 2});
    ASSERT_EQ(first.rows.size(), 2U);
    EXPECT_LT(first.rows[0].place, first.rows[1].place);
    const auto second = *reader().users({first.next, 2});
    ASSERT_EQ(second.rows.size(), 1U);
    EXPECT_EQ(second.rows[0].place, first.next);
    EXPECT_EQ(reader().groups({0, 1})->rows.at(0).place, 11U);
}

TEST_P(RowReaderContract, ARevisionCountsChanges) {
    create({1}, 11, {});
    sync::UserRow changed = a_user(1, "u1");
    changed.given_name = "Anna";
    sync::Plan plan;
    plan.users = {updated(1, a_user(1, "u1"), changed)};
    apply(plan);
    const auto user = reader().user(id_text(1));
    ASSERT_TRUE(user && *user);
    EXPECT_EQ((*user)->revision, 2);
    EXPECT_EQ((*user)->row.given_name, "Anna");
}

TEST_P(RowReaderContract, PagesFollowEachOtherAndTheLastOneSaysSo) {
    create({1, 2, 3, 5, 8}, 11, {1, 3, 8});
    sync::Page page{0, 2};
    const auto first = reader().users(page);
    EXPECT_THAT(ids(first), ElementsAre(id_of_node(1), id_of_node(2)));
    page.from = first->next;
    const auto second = reader().users(page);
    EXPECT_THAT(ids(second), ElementsAre(id_of_node(3), id_of_node(5)));
    page.from = second->next;
    const auto third = reader().users(page);
    EXPECT_THAT(ids(third), ElementsAre(id_of_node(8)));
    EXPECT_EQ(third->next, 0U);
    EXPECT_THAT(ids(reader().users({0, 5})), SizeIs(5));
    EXPECT_EQ(reader().users({0, 5})->next, 0U) << "a page that is just full is the last one";
    EXPECT_THAT(ids(reader().users({9, 5})), IsEmpty());
    EXPECT_THAT(ids(reader().users({0, SIZE_MAX})), SizeIs(5));
    EXPECT_THAT(ids(reader().groups({0, 5})), ElementsAre(id_of_node(11)));
}

TEST_P(RowReaderContract, ARowThatGoesMovesNoOtherToAnotherPage) {
    create({1, 2, 3, 4}, 11, {});
    const auto first = reader().users({0, 2});
    sync::Plan plan;
    plan.users = {removed(1, a_user(1, "u1")), removed(3, a_user(3, "u3"))};
    apply(plan);
    EXPECT_THAT(ids(reader().users({first->next, 2})), ElementsAre(id_of_node(4)));
}

TEST_P(RowReaderContract, MembersOfAGroupAreRowsOfUsers) {
    create({1, 2, 3, 4}, 11, {1, 3, 4});
    const RowId group = id_of_node(11);
    const auto members = reader().members(group, {0, SIZE_MAX});
    EXPECT_THAT(ids(members), ElementsAre(id_of_node(1), id_of_node(3), id_of_node(4)));
    EXPECT_EQ(members->rows[1].row, a_user(3, "u3"));
    const auto page = reader().members(group, {0, 2});
    EXPECT_THAT(ids(page), ElementsAre(id_of_node(1), id_of_node(3)));
    EXPECT_THAT(ids(reader().members(group, {page->next, 2})), ElementsAre(id_of_node(4)));
    EXPECT_THAT(ids(reader().members(id_of_node(99), {})), IsEmpty());
}

TEST_P(RowReaderContract, WhateverHasAnIdIsFoundByIt) {
    create({1}, 11, {});
    const sync::PermissionSet set{id_of_node(500), "Admin", "everything"};
    const sync::Assignment assignment{id_of_node(600), sync::PrincipalType::user, id_of_node(99), set.id,
                                      "app"};
    sync::AdminPlan plan;
    plan.permission_sets.push_back({sync::Action::create, set});
    plan.assignments.push_back({sync::Action::create, assignment, "gone", "Admin"});
    const auto decide = [&plan](const sync::AdminFacts&) -> Result<sync::AdminPlan> { return plan; };
    ASSERT_TRUE(store().admin().edit({}, decide, sync::run_of_admin("admin", {}, noon)));
    EXPECT_TRUE(std::holds_alternative<sync::UserRecord>(*reader().with_id(id_of_node(1))));
    EXPECT_TRUE(std::holds_alternative<sync::GroupRecord>(*reader().with_id(id_of_node(11))));
    EXPECT_EQ(std::get<sync::PermissionSet>(*reader().with_id(set.id)), set);
    const auto found = std::get<sync::AssignmentRecord>(*reader().with_id(assignment.id));
    EXPECT_EQ(found.assignment, assignment);
    EXPECT_TRUE(found.dangling);
    EXPECT_TRUE(std::holds_alternative<std::monostate>(*reader().with_id(id_of_node(77))));
    EXPECT_THAT(*reader().permission_sets(), ElementsAre(set));
}

TEST_P(RowReaderContract, TheJournalIsReadFromANumberOnAndFromItsEnd) {
    create({1, 2, 3}, 11, {2});
    const auto seqs = [](const Result<std::vector<sync::JournalLine>>& lines) {
        std::vector<std::uint64_t> out;
        for (const auto& line : *lines) out.push_back(line.seq);
        return out;
    };
    EXPECT_THAT(seqs(reader().changes_after(0, SIZE_MAX)), ElementsAre(1, 2, 3, 4, 5));
    EXPECT_THAT(seqs(reader().changes_after(2, 2)), ElementsAre(3, 4));
    EXPECT_THAT(seqs(reader().changes_after(5, 2)), IsEmpty());
    EXPECT_THAT(seqs(reader().latest_changes(2)), ElementsAre(4, 5));
    const auto lines = *reader().latest_changes(1);
    EXPECT_EQ(lines[0].change.action, sync::LineAction::add_member);
    EXPECT_EQ(lines[0].at, noon);
    const auto runs = *reader().runs(5);
    ASSERT_EQ(runs.size(), 1U);
    EXPECT_EQ(lines[0].run, runs[0].id);
}

TEST_P(RowReaderContract, TheLatestRunsComeWithTheOldestFirst) {
    for (const char* trigger : {"one", "two", "three"})
        ASSERT_TRUE(
            store().record_run(sync::run_of_admin(trigger, {sync::host_user("alice"), "because"}, noon)));
    const auto runs = *reader().runs(2);
    ASSERT_EQ(runs.size(), 2U);
    EXPECT_EQ(runs[0].run.trigger, "two");
    EXPECT_EQ(runs[1].run.trigger, "three");
    EXPECT_EQ(runs[1].run.actor, "alice");
    EXPECT_EQ(runs[1].run.note, "because");
    EXPECT_THAT(*reader().runs(0), IsEmpty());
}

TEST_P(RowReaderContract, HeldObjectsAndErrorsAreListedByName) {
    create({1, 2}, 11, {1});
    sync::Hold hold;
    hold.id = "h1";
    hold.hold = sync::HoldClass::remove_memberships;
    hold.objects = {{guid_of_node(11), guid_of_node(1)}};
    hold.since = noon;
    hold.limit = "500 or 10%";
    sync::Hold other = hold;
    other.id = "h2";
    other.hold = sync::HoldClass::disable_users;
    other.objects = {{guid_of_node(1), {}}, {guid_of_node(2), {}}};
    sync::Plan plan;
    plan.holds = {hold, other};
    plan.errors = {{guid_of_node(9), "S-1-5-9", false, "zoe", "ConflictError", "taken"},
                   {guid_of_node(8), "", true, "adam", "InvalidValue", "bad"}};
    apply(plan);
    const auto one = *reader().held("h1");
    ASSERT_EQ(one.size(), 1U);
    EXPECT_EQ(one[0].hold, sync::HoldClass::remove_memberships);
    EXPECT_EQ(one[0].object_type, "MEMBERSHIP");
    EXPECT_EQ(one[0].object_id, id_text(11));
    EXPECT_EQ(one[0].name, "g11@corp.example.com: u1@corp.example.com");
    EXPECT_EQ(one[0].since, noon);
    EXPECT_EQ(one[0].limit, "500 or 10%");
    EXPECT_THAT(*reader().held(""), SizeIs(3));
    EXPECT_THAT(*reader().held("h3"), IsEmpty());
    const auto errors = *reader().errors();
    ASSERT_EQ(errors.size(), 2U);
    EXPECT_EQ(errors[0].error.name, "adam");
    EXPECT_TRUE(errors[0].error.is_group);
    EXPECT_EQ(errors[1].error, plan.errors[0]);
    EXPECT_EQ(errors[1].since, noon);
}

TEST_P(RowReaderContract, ReadsTogetherGiveWhatTheyGiveAlone) {
    create({1, 2}, 11, {2});
    const std::vector<Node> nodes{1, 2};
    bool ran = false;
    store().read_together([&] {
        ran = true;
        EXPECT_THAT(*store().users(nodes), SizeIs(2));
        EXPECT_THAT(*store().groups_of(nodes), ElementsAre(Edge{11, 2}));
        EXPECT_THAT(ids(reader().users({})), SizeIs(2));
        store().read_together([&] { EXPECT_THAT(*store().users(nodes), SizeIs(2)); });
    });
    EXPECT_TRUE(ran);
    create({3}, 12, {});
    EXPECT_THAT(ids(reader().users({})), SizeIs(3)) << "what came afterwards is seen";
}

DIRSYNC_FOR_EVERY_STORE(RowReaderContract);

}  // namespace
}  // namespace dirsync::store::testing
