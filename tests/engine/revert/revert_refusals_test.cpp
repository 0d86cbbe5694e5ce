#include <gtest/gtest.h>

#include "tests/engine/revert/revert_fixture.hpp"

// What a revert does not do, and what it says of it.
namespace dirsync::testing {
namespace {

using RevertRefusals = Revert;

TEST_P(RevertRefusals, TwiceIsOnceAndAnUnknownRunIsSaid) {
    ad.remove(alice);
    bench.cycle();
    const auto id = bench.last_run_id();
    EXPECT_TRUE(bench.revert(id)->wrote);
    const auto again = bench.revert(id);
    ASSERT_TRUE(again.has_value());
    EXPECT_FALSE(again->wrote);
    EXPECT_TRUE(again->not_restored.empty());
    const auto unknown = bench.revert("0190aaaa-0000-7000-8000-000000000000");
    ASSERT_FALSE(unknown.has_value());
    EXPECT_EQ(unknown.error().code(), ErrorCode::not_found);
}

TEST_P(RevertRefusals, ADryRunWritesNothingAndSaysWhatTheRevertWillWrite) {  // semantics 5.4
    ad.remove(alice);
    bench.cycle();
    const auto id = bench.last_run_id();
    const auto applied = picture();
    const auto lines = bench.rows("v1_changes").size();
    const auto dry = bench.revert(id, true);
    ASSERT_TRUE(dry.has_value());
    EXPECT_EQ(picture(), applied);
    EXPECT_EQ(bench.rows("v1_changes").size(), lines);
    ASSERT_EQ(dry->lines.size(), 2u);
    ASSERT_TRUE(bench.revert(id)->wrote);
    const auto written = bench.rows("v1_changes", "seq");
    ASSERT_EQ(written.size(), lines + 2);
    for (std::size_t i = 0; i < 2; ++i) {
        EXPECT_EQ(written[lines + i].at("action"), text_of(dry->lines[i].action));
        EXPECT_EQ(written[lines + i].at("object_id"), dry->lines[i].object_id);
        EXPECT_EQ(written[lines + i].at("after"), dry->lines[i].after);
    }
}

TEST_P(RevertRefusals, WhatCannotBeRestoredIsSaid) {  // semantics 5.10
    ad.object(alice).name = "alicia";
    ad.object(bob).attributes["displayName"] = "Bob B.";
    const auto carol = ad.add_user("carol").guid;
    ad.object(staff).members.insert(carol);
    bench.cycle();
    const auto id = bench.last_run_id();
    // Later: the name is taken, one row changes again, another one goes, a member's row does too.
    const auto other = ad.add_user("alice").guid;
    ad.object(staff).members.insert(other);
    ad.object(bob).attributes["displayName"] = "Bobby";
    ad.object(carol).attributes["displayName"] = "Carol C.";
    bench.cycle();
    const auto later = picture();
    const auto report = bench.revert(id);
    ASSERT_TRUE(report.has_value());
    std::map<std::string, std::string> why;
    for (const auto& line : report->not_restored) why[line.name] = line.why;
    EXPECT_EQ(why.at(at("alice")), "userName 'alice@corp.example.com' belongs to somebody else by now");
    EXPECT_EQ(why.at(at("bob")), "it was changed again by a later run: display_name");
    EXPECT_EQ(why.at(at("carol")), "it was changed again by a later run: revert that one first");
    EXPECT_EQ(why.size(), 3u);
    auto expected = later;
    expected.memberships.erase({at("staff"), at("carol")});
    EXPECT_EQ(picture(), expected);
}

TEST_P(RevertRefusals, AMembershipOfSomebodyWhoIsGoneIsSaid) {  // semantics 5.10
    ad.object(staff).members = {bob};
    bench.cycle();
    const auto id = bench.last_run_id();
    ad.remove(alice);
    bench.cycle();
    const auto report = bench.revert(id);
    ASSERT_TRUE(report.has_value());
    ASSERT_EQ(report->not_restored.size(), 2u);
    EXPECT_EQ(report->not_restored[0].why, "it is not in the store any more");
    EXPECT_EQ(report->not_restored[1].why, "the member 'alice@corp.example.com' is not in the store");
    EXPECT_FALSE(report->wrote);
}

TEST_P(RevertRefusals, RunsFromBeforeAChangeOfSourceAreRefused) {  // semantics 1.3, 5.10
    const auto id = bench.last_run_id();
    auto source = bench.store().facts()->source;
    source.since = bench.now + Duration(60);
    ASSERT_TRUE(bench.store().set_source(source).has_value());
    const auto report = bench.revert(id);
    ASSERT_FALSE(report.has_value());
    EXPECT_EQ(report.error().code(), ErrorCode::refused);
    EXPECT_EQ(picture(), before);
}

INSTANTIATE_TEST_SUITE_P(Stores, RevertRefusals, ::testing::Values(Backend::memory, Backend::sqlite),
                         name_of);

}  // namespace
}  // namespace dirsync::testing
