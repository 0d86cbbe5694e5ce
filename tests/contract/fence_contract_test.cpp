#include "model/seams/admin_store.hpp"
#include "store_fixture.hpp"

// What keeps memory and store from drifting apart (semantics 5.18), and who asked for what (5.12).
namespace dirsync::store::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class FenceContract : public StoreContract {
protected:
    static sync::MirrorUpsert object(Node node, const ObjectGuid& guid) {
        sync::MirrorUpsert upsert;
        upsert.row.node = node;
        upsert.row.guid = guid;
        upsert.row.kind = sync::EntryKind::user;
        upsert.dn = "CN=x";
        return upsert;
    }
    sync::Commit of_mirror(const sync::MirrorDelta& delta) {
        sync::Commit commit;
        commit.from_generation = facts().cursor.generation;
        commit.mirror = &delta;
        commit.cursor = facts().cursor;
        commit.run.ended = noon;
        return commit;
    }
    void create_alice() {
        sync::Plan plan;
        plan.users = {created(1, a_user(1, "alice"))};
        apply(plan);
    }
    std::vector<std::string> run_lines() {
        std::vector<std::string> out;
        for (const auto& row : rows(view("v1_runs")).rows) {
            out.push_back(text_in(row[4]) + " " + text_in(row[8]) + " " + text_in(row[9]) + " " +
                          text_in(row[10]));
        }
        return out;
    }
    sync::Hold hold_alice() {
        sync::Hold hold;
        hold.id = "h1";
        hold.hold = sync::HoldClass::remove_users;
        hold.objects = {{guid_of_node(1), ObjectGuid{}}};
        sync::Plan plan;
        plan.holds = {hold};
        apply(plan);
        return hold;
    }
};

// 5.18
TEST_P(FenceContract, EachChangeOfWhatCyclesBuildOnGivesANewState) {
    const auto first = facts().state;
    create_alice();
    const auto second = facts().state;
    EXPECT_NE(second, first);

    sync::Plan same;
    same.users = {updated(1, a_user(1, "alice"), a_user(1, "alice"))};
    const auto written = store().commit(commit_of(same, 0));
    ASSERT_TRUE(written);
    EXPECT_EQ(written->state, second) << "nothing was written";

    sync::MirrorDelta delta;
    delta.upserts = {object(1, guid_of_node(1))};
    const auto of_mirror_alone = store().commit(of_mirror(delta));
    ASSERT_TRUE(of_mirror_alone);
    EXPECT_NE(of_mirror_alone->state, second);
    EXPECT_EQ(facts().state, of_mirror_alone->state);
    reopen();
    EXPECT_EQ(facts().state, of_mirror_alone->state);
}

// 5.18: no reload after what an admin does beside the mirror.
TEST_P(FenceContract, WhatIsNoPartOfTheMirrorLeavesTheState) {
    create_alice();
    hold_alice();
    const auto state = facts().state;
    ASSERT_TRUE(store().approve("h1", asked("approve")));
    ASSERT_TRUE(store().set_paused(noon, false, asked("pause")));
    ASSERT_TRUE(store().set_paused(std::nullopt, false, asked("resume")));
    ASSERT_TRUE(store().record_run(asked("reload")));
    auto source = facts().source;
    source.change_pending = true;
    ASSERT_TRUE(store().set_source(source));
    sync::AdminPlan plan;
    plan.permission_sets = {{sync::Action::create, {id_of_node(7), "Admin", ""}}};
    const auto decide = [&plan](const sync::AdminFacts&) -> Result<sync::AdminPlan> { return plan; };
    ASSERT_TRUE(store().admin().edit({}, decide, asked("admin")));
    EXPECT_EQ(facts().state, state);

    plan = {};
    plan.rows.users = {created(2, a_user(2, "bob"))};
    ASSERT_TRUE(store().admin().edit({}, decide, asked("admin")));
    EXPECT_NE(facts().state, state) << "a row of the store is another";
}

// 5.7, 5.18
TEST_P(FenceContract, ACommitFromAnotherStateIsRefused) {
    create_alice();
    const auto known = facts().state;
    sync::Plan other;
    other.users = {created(2, a_user(2, "bob"))};
    apply(other);

    sync::Plan plan;
    plan.users = {removed(1, a_user(1, "alice"))};
    auto commit = commit_of(plan, 0);
    commit.from_state = known;
    const auto refused = store().commit(commit);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::cursor_moved);
    EXPECT_EQ(facts().users, 2U);
    commit.from_state = facts().state;
    EXPECT_TRUE(store().commit(commit));
    EXPECT_EQ(facts().users, 1U);
}

// 5.18: else the memberships of the one would be those of the other.
TEST_P(FenceContract, ANumberIsNeverGivenToAnotherObject) {
    sync::MirrorDelta delta;
    delta.upserts = {object(1, guid_of_node(1)), object(2, guid_of_node(2))};
    delta.edges_added = {{2, 1}};
    apply(delta);

    sync::MirrorDelta other;
    other.upserts = {object(3, guid_of_node(3)), object(1, guid_of_node(9))};
    const auto refused = store().commit(of_mirror(other));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::internal);
    EXPECT_THAT(refused.error().message(), HasSubstr("another object"));

    sync::MirrorDelta row_only;
    row_only.row_updates = {object(1, guid_of_node(9)).row};
    EXPECT_FALSE(store().commit(of_mirror(row_only)));
    row_only.row_updates = {object(5, guid_of_node(5)).row};
    EXPECT_FALSE(store().commit(of_mirror(row_only))) << "of nobody";

    const auto state = loaded();
    ASSERT_EQ(state.objects.size(), 2U);
    EXPECT_EQ(state.objects[0].guid, guid_of_node(1));
}

// 5.18
TEST_P(FenceContract, ARowIsNeverChangedUnderAnotherId) {
    create_alice();
    sync::Plan plan;
    plan.users = {updated(1, a_user(1, "alice"), a_user(1, "mallory"))};
    plan.users[0].id = id_of_node(9);
    EXPECT_FALSE(store().commit(commit_of(plan, 0)));
    plan.users = {removed(1, a_user(1, "alice"))};
    plan.users[0].id = id_of_node(9);
    EXPECT_FALSE(store().commit(commit_of(plan, 0)));
    EXPECT_THAT(column(view("v1_users"), "user_name"), ElementsAre("alice@corp.example.com"));
}

// 5.12
TEST_P(FenceContract, EachRunSaysWhoAskedForIt) {
    create_alice();
    hold_alice();
    ASSERT_TRUE(store().approve("h1", asked("approve", "they left")));
    ASSERT_TRUE(store().approve("h1", asked("approve", "again")));
    ASSERT_TRUE(store().set_paused(noon, false, asked("pause", "maintenance")));
    ASSERT_TRUE(store().set_paused(noon, false, asked("pause")));
    EXPECT_EQ(facts().paused_by.actor, "alice");
    EXPECT_EQ(facts().paused_by.reason, "maintenance");
    reopen();
    EXPECT_THAT(run_lines(), ElementsAre("schedule NULL NULL NULL", "schedule NULL NULL NULL",
                                         "approve alice they left h1", "pause alice maintenance NULL"));
    ASSERT_EQ(facts().approvals.size(), 1U);
    EXPECT_EQ(facts().approvals[0].actor, "alice");
    EXPECT_EQ(facts().approvals[0].note, "they left");
    EXPECT_EQ(facts().last_run->actor, "alice");
    EXPECT_EQ(facts().last_run->note, "maintenance");
}

TEST_P(FenceContract, APauseKeepsItsAdmin) {  // 5.12
    EXPECT_EQ(facts().paused_by.actor, "");
    ASSERT_TRUE(store().set_paused(noon, true, asked("pause", "maintenance")));
    ASSERT_TRUE(store().set_paused(noon + Duration(60), false, sync::run_of_admin("pause", {}, noon)));
    EXPECT_EQ(facts().paused_by.actor, "alice") << "not dirsyncd, which started the clock";
    EXPECT_EQ(facts().paused_by.reason, "maintenance");
    ASSERT_TRUE(store().set_paused(std::nullopt, false, asked("resume")));
    EXPECT_EQ(facts().paused_by.actor, "");
}

// contract, SQL: one line for each object that waits
TEST_P(FenceContract, EachObjectThatWaitsHasALine) {
    sync::MirrorDelta delta;
    delta.upserts = {object(1, guid_of_node(1)), object(2, guid_of_node(2)), object(3, guid_of_node(3))};
    delta.upserts[2].dn = "CN=carol,DC=corp";
    apply(delta);
    sync::Plan plan;
    plan.users = {created(1, a_user(1, "alice")), created(2, a_user(2, "bob"))};
    plan.groups = {created(11, a_group(11, "staff"))};
    plan.memberships = {member_added(11, 1)};
    sync::Hold people;
    people.id = "aa01";
    people.hold = sync::HoldClass::remove_users;
    people.limit = "10 or 10%";
    people.objects = {{guid_of_node(1), {}}, {guid_of_node(2), {}}};
    sync::Hold team;
    team.id = "aa02";
    team.hold = sync::HoldClass::remove_memberships;
    team.limit = "5 or 5%";
    team.objects = {{guid_of_node(11), guid_of_node(1)}};
    plan.holds = {people, team};
    apply(plan);
    const auto held = [this] {
        std::vector<std::string> out;
        for (const auto& row : rows(view("v1_holds").by("name")).rows) {
            std::string line;
            for (const auto& value : row) line += (line.empty() ? "" : "|") + text_in(value);
            out.push_back(line);
        }
        return out;
    };
    const std::string since = "|" + std::string(noon_text) + "|";
    const std::string alice = "USER|" + id_text(1) + "|alice@corp.example.com" + since;
    const std::string bob = "USER|" + id_text(2) + "|bob@corp.example.com" + since;
    const std::string member = "aa02|remove_memberships|MEMBERSHIP|" + id_text(11) +
                               "|staff@corp.example.com: alice@corp.example.com" + since + "5 or 5%";
    EXPECT_THAT(held(), ElementsAre("aa01|remove_users|" + alice + "10 or 10%",
                                    "aa01|remove_users|" + bob + "10 or 10%", member));

    // The set grew and shrank: another id, and what is not in the store is called by its DN.
    people.id = "aa03";
    people.limit = "1";
    people.objects = {{guid_of_node(2), {}}, {guid_of_node(3), {}}};
    plan = {};
    plan.holds = {people, team};
    apply(plan);
    reopen();
    EXPECT_THAT(held(), ElementsAre("aa03|remove_users|USER|" + to_text(guid_of_node(3)) +
                                        "|CN=carol,DC=corp" + since + "1",
                                    "aa03|remove_users|" + bob + "1", member));
    plan.holds = {};
    apply(plan);
    EXPECT_TRUE(held().empty());
}

TEST_P(FenceContract, ALineSaysOfEachClassWhatWaits) {
    sync::MirrorDelta delta;
    delta.upserts = {object(1, guid_of_node(1)), object(3, guid_of_node(3))};
    delta.upserts[1].dn = "CN=carol,DC=corp";
    apply(delta);
    sync::Plan plan;
    plan.users = {created(1, a_user(1, "alice"))};
    plan.groups = {created(11, a_group(11, "staff"))};
    const ObjectGuid target = guid_of_node(77);
    const std::string user = "USER|" + id_text(1) + "|alice@corp.example.com";
    const std::string group = "GROUP|" + id_text(11) + "|staff@corp.example.com";
    const std::string rowless = "USER|" + to_text(guid_of_node(3)) + "|CN=carol,DC=corp";
    const std::string member =
        "MEMBERSHIP|" + id_text(11) + "|staff@corp.example.com: alice@corp.example.com";
    std::vector<std::string> wanted;
    for (std::size_t i = 0; i < sync::hold_classes; ++i) {
        sync::Hold hold;
        hold.id = std::to_string(1000 + i);
        hold.hold = static_cast<sync::HoldClass>(i);
        hold.limit = "1";
        const std::string begin = hold.id + "|" + std::string(text_of(hold.hold)) + "|";
        if (hold.hold == sync::HoldClass::clear_attribute) {
            hold.objects = {{target, guid_of_node(1)}, {target, guid_of_node(3)}, {target, guid_of_node(11)}};
        } else {
            hold.objects = {{guid_of_node(1), {}},
                            {guid_of_node(3), {}},
                            {guid_of_node(11), {}},
                            {guid_of_node(11), guid_of_node(1)}};
            wanted.push_back(begin + member);
        }
        for (const auto& what : {user, group, rowless}) wanted.push_back(begin + what);
        std::ranges::sort(hold.objects);
        plan.holds.push_back(std::move(hold));
    }
    apply(plan);
    std::vector<std::string> lines;
    for (const auto& row : rows(view("v1_holds")).rows) {
        lines.push_back(text_in(row[0]) + "|" + text_in(row[1]) + "|" + text_in(row[2]) + "|" +
                        text_in(row[3]) + "|" + text_in(row[4]));
    }
    EXPECT_THAT(lines, ::testing::UnorderedElementsAreArray(wanted));
}

DIRSYNC_FOR_EVERY_STORE(FenceContract);

}  // namespace
}  // namespace dirsync::store::testing
