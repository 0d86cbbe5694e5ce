#include "api/lists.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json.hpp>

#include "api/control_api.hpp"
#include "api/names.hpp"
#include "tests/unit/api/fake_operations.hpp"
#include "tests/unit/api/request_of.hpp"

namespace dirsync::api {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Lists : public ::testing::Test {
protected:
    http::Response ask(std::vector<std::string> segments, std::map<std::string, std::string> query = {}) {
        return testing::await(api.handle(request_of("GET", std::move(segments), "", std::move(query))));
    }
    static boost::json::array elements(http::Response& response) {
        const auto body = whole_body(response);
        EXPECT_TRUE(body) << body.error().message();
        return boost::json::parse(*body).as_array();
    }
    std::vector<std::int64_t> seqs(std::map<std::string, std::string> query) {
        auto response = ask({"v1", "changes"}, std::move(query));
        EXPECT_EQ(response.status, 200U) << response.body;
        std::vector<std::int64_t> found;
        for (const auto& line : elements(response)) found.push_back(line.at("seq").to_number<std::int64_t>());
        return found;
    }

    FakeOperations operations;
    ControlApi api{operations};
};

TEST_F(Lists, ALongOneComesInPiecesAndIsTheSameList) {
    operations.filled.add_users(2 * rows_at_once + 1);
    auto response = ask({"v1", "users"}, {{"limit", "4294967296"}});
    ASSERT_TRUE(response.more);
    EXPECT_FALSE(response.headers.contains("Link"));
    EXPECT_LT(response.body.size(), 400 * rows_at_once) << "only the first of it is made";
    const auto users = elements(response);
    ASSERT_EQ(users.size(), 2 * rows_at_once + 1);
    EXPECT_EQ(users.front().at("user_name"), "u1");
    EXPECT_EQ(users.back().at("user_name"), "u2001");
}

TEST_F(Lists, APageThatIsLongNamesTheNextOne) {
    operations.filled.add_users(2 * rows_at_once + 500);
    auto first = ask({"v1", "users"}, {{"limit", "1500"}});
    ASSERT_TRUE(first.more);
    const std::string link = first.headers.at("Link");
    EXPECT_EQ(link, "</v1/users?after=1501&limit=1500>; rel=\"next\"");
    const auto users = elements(first);
    ASSERT_EQ(users.size(), 1500U);
    EXPECT_EQ(users.back().at("user_name"), "u1500");
    auto second = ask({"v1", "users"}, {{"limit", "1500"}, {"after", "1501"}});
    EXPECT_FALSE(second.more) << "it is short";
    EXPECT_FALSE(second.headers.contains("Link"));
    EXPECT_EQ(elements(second).front().at("user_name"), "u1501");
}

TEST_F(Lists, APageOfTheLastRowsNamesNoNextOne) {
    operations.filled.add_users(1500);
    auto response = ask({"v1", "users"}, {{"limit", "1500"}});
    EXPECT_FALSE(response.headers.contains("Link"));
    EXPECT_EQ(elements(response).size(), 1500U);
}

class Failing final : public Batches<sync::PermissionSet> {
public:
    Task<Result<std::vector<sync::PermissionSet>>> next() override {
        if (asked_++ > 0) co_return Error(ErrorCode::store_unavailable, "the disk is gone");
        co_return std::vector<sync::PermissionSet>(1);
    }

private:
    int asked_ = 0;
};

TEST_F(Lists, AnErrorInTheMiddleIsNoEndOfTheList) {
    auto response = long_list<sync::PermissionSet>({}, std::make_unique<Failing>());
    EXPECT_TRUE(testing::await(response.more->next()));
    const auto failed = testing::await(response.more->next());
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().message(), "the disk is gone");
}

TEST_F(Lists, WhatIsKnownAlreadyIsWrittenInPiecesAsWell) {
    std::vector<sync::PermissionSet> sets(rows_at_once + 1);
    sets.back().name = "last";
    const std::string whole = messages::text_of(messages_of(sets));
    auto response = list_answer<sync::PermissionSet>(sets);
    ASSERT_TRUE(response.more);
    EXPECT_EQ(*whole_body(response), whole);
}

TEST(ListText, IsTheTextOfTheWholeList) {
    const std::vector<std::vector<std::vector<int>>> cases{
        {}, {{}}, {{1}}, {{}, {1}}, {{1}, {}, {2, 3}}, {{1, 2}, {3}}, {{}, {}}};
    for (const auto& pieces : cases) {
        messages::ListText text;
        std::vector<int> all;
        std::string written;
        for (const auto& piece : pieces) {
            written += text.piece(piece);
            all.insert(all.end(), piece.begin(), piece.end());
        }
        EXPECT_EQ(written + text.end(), messages::text_of(all));
    }
}

TEST_F(Lists, TheJournalIsReadForwardsHoweverLongItIs) {
    operations.filled.add_users(2 * rows_at_once + 7);
    const auto all = seqs({{"since", "0"}, {"limit", "-1"}});
    ASSERT_EQ(all.size(), 2 * rows_at_once + 7);
    EXPECT_EQ(all.front(), 1);
    EXPECT_EQ(all.back(), 2007);
    EXPECT_EQ(seqs({{"limit", "-1"}}), all);
    const auto latest = seqs({{"limit", "1500"}});
    ASSERT_EQ(latest.size(), 1500U);
    EXPECT_EQ(latest.front(), 508);
    EXPECT_EQ(latest.back(), 2007);
    EXPECT_EQ(seqs({{"since", "5"}, {"limit", "1200"}}).back(), 1205);
    EXPECT_THAT(seqs({{"since", "2"}, {"until", "4"}, {"limit", "-1"}}), ElementsAre(3, 4));
    EXPECT_THAT(seqs({{"until", "4"}, {"limit", "2"}}), ElementsAre(3, 4));
}

TEST_F(Lists, ChangesOfAUserAreThoseOfTheRowAndOfItsMemberships) {
    operations.filled.add_users(rows_at_once);
    const RowId id = operations.filled.add_user("Alice");    // 1001
    operations.filled.add_user("bob");                       // 1002
    operations.filled.add_group("staff", {"Alice", "bob"});  // 1003, members 1004 and 1005
    operations.filled.add_users(rows_at_once, "v");
    const auto lines = seqs({{"user", "alice"}, {"limit", "-1"}});
    EXPECT_THAT(lines, ElementsAre(1001, ::testing::AnyOf(1004, 1005)));
    EXPECT_EQ(seqs({{"user", to_text(id)}, {"since", "0"}}), lines);
    EXPECT_EQ(seqs({{"user", "alice"}}), lines) << "the latest ones of a user";
    EXPECT_EQ(seqs({{"user", "alice"}, {"limit", "1"}}), std::vector<std::int64_t>{lines.back()});
    EXPECT_EQ(ask({"v1", "changes"}, {{"user", "staff"}}).status, 404U) << "a group has no lines of a user";
}

TEST_F(Lists, ChangesOfAUserAreAskedForByAnyNameOfTheUser) {
    sync::UserRow row;
    row.user_name = "alice@x";
    row.email = "a.smith@x";
    const RowId id = operations.filled.add_user_row(row);  // 1
    operations.filled.add_user("bob@x");                   // 2
    operations.filled.add_user("bob@y");                   // 3
    for (const std::string& name : {std::string("alice"), std::string("A.Smith@x"), to_text(id)})
        EXPECT_THAT(seqs({{"user", name}}), ElementsAre(1)) << name;
    const auto several = ask({"v1", "changes"}, {{"user", "bob"}});
    EXPECT_EQ(several.status, 409U);
    EXPECT_THAT(several.body, HasSubstr("'bob' may mean one of these; say which: bob@x, bob@y"));
    const auto nobody = ask({"v1", "changes"}, {{"user", "alcie"}});
    EXPECT_EQ(nobody.status, 404U);
    EXPECT_THAT(nobody.body,
                HasSubstr("no user is called 'alcie', neither in the store nor in the journal of changes"));
    EXPECT_EQ(ask({"v1", "changes"}, {{"user", ""}}).status, 400U) << "not the lines of everybody";
}

TEST_F(Lists, AUserWhoIsGoneHasLinesUnderTheShortNameToo) {
    operations.filled.add_user("alice@x");     // 1
    operations.filled.remove_user("alice@x");  // 2
    operations.filled.add_user("alicia@x");    // 3
    EXPECT_THAT(seqs({{"user", "alice@x"}}), ElementsAre(1, 2));
    EXPECT_THAT(seqs({{"user", "Alice"}, {"since", "1"}}), ElementsAre(2));
}

TEST_F(Lists, AHoldIsNamedByTheBeginningOfItsId) {
    for (const char* id : {"aa01bb", "aa01cc", "dd0123"}) {
        sync::Hold hold;
        hold.id = id;
        hold.hold = sync::HoldClass::remove_users;
        hold.objects = {{*parse<ObjectGuid>("6da77495-e9f6-5f2d-9056-e4b0038c472c"), {}}};
        operations.filled.hold(hold);
        operations.report.engine.holds.push_back(hold);
    }
    const auto approve = [this](const std::string& id) {
        return testing::await(api.handle(request_of("POST", {"v1", "holds", id, "approve"})));
    };
    EXPECT_EQ(ask({"v1", "holds", "DD01"}).status, 200U);
    EXPECT_EQ(ask({"v1", "holds", "dd0"}).status, 404U) << "too short to be meant";
    EXPECT_EQ(approve("dd01").status, 200U);
    EXPECT_EQ(operations.calls.back(), "approve dd0123");
    const auto several = approve("aa01");
    EXPECT_EQ(several.status, 409U);
    EXPECT_THAT(several.body, HasSubstr("the ids of several holds begin with 'aa01': aa01bb, aa01cc"));
    EXPECT_EQ(operations.calls.size(), 1U);
    EXPECT_EQ(approve("aa01cc").status, 200U);
}

TEST_F(Lists, ChangesOfARunAreNamedByTheBeginningOfItsId) {
    for (const char* name : {"a", "b", "c"}) operations.filled.add_user(name);
    auto runs = ask({"v1", "runs"});
    const auto all = elements(runs);
    const std::string id(all.at(1).at("run_id").as_string());
    EXPECT_THAT(seqs({{"run", id}}), ElementsAre(2));
    EXPECT_THAT(seqs({{"run", id.substr(0, 35)}}), ElementsAre(2));
    EXPECT_EQ(ask({"v1", "changes"}, {{"run", "zzzz"}}).status, 404U);
    EXPECT_EQ(ask({"v1", "changes"}, {{"run", "no run"}}).status, 404U);
}

TEST_F(Lists, ChangesAreNarrowedDownByTime) {
    const Time noon = FilledStore::noon;
    for (int hour = 0; hour < 4; ++hour) {
        operations.filled.set_time(noon + Duration(3600 * hour));
        operations.filled.add_user("u" + std::to_string(hour));
    }
    EXPECT_THAT(seqs({{"since", "2026-06-01T13:00:00Z"}}), ElementsAre(2, 3, 4));
    EXPECT_THAT(seqs({{"since", "2026-06-01T13:00:00Z"}, {"until", "2026-06-01T14:00:00Z"}}),
                ElementsAre(2, 3));
    EXPECT_THAT(seqs({{"until", "2026-06-01T12:59:59Z"}}), ElementsAre(1));
    EXPECT_EQ(ask({"v1", "changes"}, {{"until", "yesterday"}}).status, 400U);
}

TEST_F(Lists, AFeedOfOneUserWaitsThroughChangesOfOthers) {
    operations.filled.add_users(3);
    EXPECT_THAT(seqs({{"since", "0"}, {"user", "alice"}, {"wait", "20"}}), IsEmpty())
        << "who is not there may come";
    EXPECT_EQ(operations.waits.size(), 3U);
}

TEST_F(Lists, ANameMeansWhoHasItAndElseWhoeverFits) {
    sync::UserRow alice;
    alice.user_name = "alice@x";
    alice.display_name = "Alice Smith";
    alice.email = "a.smith@x";
    const RowId id = operations.filled.add_user_row(alice);
    sync::UserRow other;
    other.user_name = "alice@y";
    other.display_name = "alice@x";
    operations.filled.add_user_row(other);
    operations.filled.add_group("staff@x");
    const auto names = [this](const std::string& name, const std::string& kind = "") {
        std::map<std::string, std::string> query{{"name", name}};
        if (!kind.empty()) query["kind"] = kind;
        auto response = ask({"v1", "names"}, query);
        std::vector<std::string> found;
        for (const auto& match : elements(response)) found.emplace_back(match.at("name").as_string());
        return found;
    };
    EXPECT_THAT(names("ALICE@x"), ElementsAre("alice@x")) << "a name goes before a displayName";
    EXPECT_THAT(names(to_text(id)), ElementsAre("alice@x"));
    EXPECT_THAT(names("a.smith@x"), ElementsAre("alice@x"));
    EXPECT_THAT(names("alice smith"), ElementsAre("alice@x"));
    EXPECT_THAT(names("alice"), ElementsAre("alice@x", "alice@y"));
    EXPECT_THAT(names("staff"), ElementsAre("staff@x"));
    EXPECT_THAT(names("staff", "user"), IsEmpty());
    EXPECT_THAT(names("alice", "group"), IsEmpty());
    EXPECT_EQ(ask({"v1", "names"}).status, 400U);
    EXPECT_EQ(ask({"v1", "names"}, {{"name", "a"}, {"kind", "printer"}}).status, 400U);
}

TEST_F(Lists, ARunIsRevertedByTheBeginningOfItsId) {
    for (int i = 0; i < 2; ++i) ASSERT_TRUE(operations.filled.client.store().record_run({}));
    auto runs = ask({"v1", "runs"});
    const std::string id(elements(runs).at(0).at("run_id").as_string());
    const auto revert = [this](const std::string& run) {
        return testing::await(api.handle(request_of("POST", {"v1", "runs", run, "revert"})));
    };
    revert(id.substr(0, 35));
    revert("zzzz");
    EXPECT_THAT(operations.calls, ElementsAre("revert " + id, "revert zzzz"));
}

TEST(RunCalled, SeveralThatFitAreNamedAndNoneIsTaken) {
    const std::vector<RowId> runs{random_row_id(), random_row_id()};
    EXPECT_EQ(*only_run("12ab", {}), "12ab");
    EXPECT_EQ(*only_run("12ab", {runs[0]}), to_text(runs[0]));
    const auto several = only_run("12ab", runs);
    ASSERT_FALSE(several);
    EXPECT_EQ(several.error().code(), ErrorCode::refused);
    EXPECT_THAT(several.error().message(),
                ::testing::AllOf(HasSubstr(to_text(runs[0])), HasSubstr(to_text(runs[1]))));
    const std::vector<RowId> many(9, runs[0]);
    EXPECT_THAT(only_run("12ab", many).error().message(), HasSubstr(", ..."));
}

}  // namespace
}  // namespace dirsync::api
