#include "model/describe.hpp"

#include <string>

#include <gtest/gtest.h>

namespace dirsync::sync {
namespace {

const auto alice_id = *parse<RowId>("00000000-0000-4000-8000-000000000001");
const auto staff_id = *parse<RowId>("00000000-0000-4000-8000-000000000002");

UserRow alice() {
    UserRow row;
    row.user_name = "alice@corp.example.com";
    row.display_name = "Alice \"Al\" M\u00fcller";
    row.sid = "S-1-5-21-1-2-3-1104";
    row.external_id = "6da77495-e9f6-5f2d-9056-e4b0038c472c";
    return row;
}

// contract, v1_changes: null for what did not exist.
TEST(Described, ACreatedUserHasNoBefore) {
    UserChange change;
    change.action = Action::create;
    change.id = alice_id;
    change.after = alice();
    change.after.attributes = {{"department", "Sales"}};
    change.reason = Reason::entered_scope;
    const auto line = described(change);
    EXPECT_EQ(text_of(line.action), "create");
    EXPECT_EQ(text_of(line.object_type), "USER");
    EXPECT_EQ(line.object_id, "00000000-0000-4000-8000-000000000001");
    EXPECT_EQ(line.name, "alice@corp.example.com");
    EXPECT_EQ(line.reason, "in scope");
    EXPECT_EQ(line.before, "");
    EXPECT_EQ(
        line.after,
        R"({"user_name":"alice@corp.example.com","display_name":"Alice \"Al\" Müller","status":"ENABLED",)"
        R"("external_id":"6da77495-e9f6-5f2d-9056-e4b0038c472c","sid":"S-1-5-21-1-2-3-1104",)"
        R"("attributes":{"department":"Sales"},"scope":"in"})");
}

TEST(Described, ARemovedUserHasNoAfter) {
    UserChange change;
    change.action = Action::remove;
    change.id = alice_id;
    change.before = alice();
    change.before.status = Status::disabled;
    change.before.scope = ScopeState::out;
    change.before.out_since = *parse_time("2026-01-31T12:00:00Z");
    change.reason = Reason::deleted_in_source;
    const auto line = described(change);
    EXPECT_EQ(text_of(line.action), "delete");
    EXPECT_EQ(line.name, "alice@corp.example.com");
    EXPECT_EQ(line.after, "");
    EXPECT_EQ(
        line.before,
        R"({"user_name":"alice@corp.example.com","display_name":"Alice \"Al\" Müller","status":"DISABLED",)"
        R"("external_id":"6da77495-e9f6-5f2d-9056-e4b0038c472c","sid":"S-1-5-21-1-2-3-1104","scope":"out",)"
        R"("out_since":"2026-01-31T12:00:00Z"})");
}

// contract, v1_changes: the attributes that changed, and no others.
TEST(Described, AnUpdateShowsOnlyWhatDiffers) {
    UserChange change;
    change.action = Action::update;
    change.id = alice_id;
    change.before = alice();
    change.after = alice();
    change.after.user_name = "alice.m@corp.example.com";
    change.after.email = "alice@example.com";
    change.after.scope = ScopeState::out;
    change.after.out_since = *parse_time("2026-01-31T12:00:00Z");
    change.after.attributes = {{"department", "IT"}};
    const auto line = described(change);
    EXPECT_EQ(text_of(line.action), "update");
    EXPECT_EQ(line.name, "alice.m@corp.example.com");
    EXPECT_EQ(line.reason, "changed in the directory");
    EXPECT_EQ(
        line.before,
        R"({"user_name":"alice@corp.example.com","email":"","attributes":{},"scope":"in","out_since":null})");
    EXPECT_EQ(line.after,
              R"({"user_name":"alice.m@corp.example.com","email":"alice@example.com",)"
              R"("attributes":{"department":"IT"},"scope":"out","out_since":"2026-01-31T12:00:00Z"})");
}

TEST(Described, EveryColumnOfAUserShows) {
    UserChange change;
    change.action = Action::update;
    change.after = {"u",   "d", "g", "f", "m", "e", "s", {}, {{"a", "b"}}, Status::disabled, ScopeState::held,
                    Time{}};
    change.after.external_id = "01000000-0000-0000-0000-000000000000";
    EXPECT_EQ(
        described(change).after,
        R"({"user_name":"u","display_name":"d","given_name":"g","family_name":"f","middle_name":"m","email":"e",)"
        R"("status":"DISABLED","external_id":"01000000-0000-0000-0000-000000000000","sid":"s",)"
        R"("attributes":{"a":"b"},"scope":"held","out_since":"1970-01-01T00:00:00Z"})");
}

TEST(Described, AGroupHasTheColumnsOfGroups) {
    GroupChange change;
    change.action = Action::create;
    change.id = staff_id;
    change.after = {"staff@corp", "All of us", {}, {{"a", "b"}}, ScopeState::in, {}};
    change.after.external_id = "01000000-0000-0000-0000-000000000000";
    change.reason = Reason::entered_scope;
    const auto line = described(change);
    EXPECT_EQ(text_of(line.object_type), "GROUP");
    EXPECT_EQ(line.object_id, "00000000-0000-4000-8000-000000000002");
    EXPECT_EQ(line.name, "staff@corp");
    EXPECT_EQ(line.after,
              R"({"display_name":"staff@corp","description":"All of us",)"
              R"("external_id":"01000000-0000-0000-0000-000000000000","attributes":{"a":"b"},"scope":"in"})");
}

// contract, v1_changes: the object of a membership is the group.
TEST(Described, AMembershipNamesTheUser) {
    MembershipChange change;
    change.reason = Reason::member_added;
    const auto added = described(change, staff_id, "staff@corp", alice_id, "alice@corp");
    EXPECT_EQ(text_of(added.action), "add_member");
    EXPECT_EQ(text_of(added.object_type), "GROUP");
    EXPECT_EQ(added.object_id, "00000000-0000-4000-8000-000000000002");
    EXPECT_EQ(added.name, "staff@corp");
    EXPECT_EQ(added.before, "");
    EXPECT_EQ(added.after, R"({"user_id":"00000000-0000-4000-8000-000000000001","user_name":"alice@corp"})");
    EXPECT_EQ(added.reason, "member in the directory");

    change.add = false;
    change.reason = Reason::member_removed;
    const auto removed = described(change, staff_id, "staff@corp", alice_id, "alice@corp");
    EXPECT_EQ(text_of(removed.action), "remove_member");
    EXPECT_EQ(removed.before, added.after);
    EXPECT_EQ(removed.after, "");
}

TEST(Described, LongValuesAreWhole) {
    UserChange change;
    change.action = Action::create;
    change.after.display_name = std::string(20'000, 'x');
    EXPECT_EQ(described(change).after,
              R"({"display_name":")" + std::string(20'000, 'x') + R"(","status":"ENABLED","scope":"in"})");
}

TEST(JsonText, IsOneObject) {
    EXPECT_EQ(json_text({}), "{}");
    EXPECT_EQ(json_text({{"a", "1"}, {"b\n", "\u00e4\"\\"}}), "{\"a\":\"1\",\"b\\n\":\"\u00e4\\\"\\\\\"}");
}

}  // namespace
}  // namespace dirsync::sync
