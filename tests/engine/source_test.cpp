#include <gtest/gtest.h>

#include "store/memory/store.hpp"
#include "tests/support/sync_bench.hpp"

namespace dirsync::testing {
namespace {

const std::string ad_label = "active_directory:corp.example.com";

/// Which source the configuration of a test names.
enum class Named { directory, idp, other_idp, active_directory, rebuilt_domain };

sync::SourceKind kind_of(Named source) {
    switch (source) {
        case Named::directory:
            return sync::SourceKind::directory;
        case Named::idp:
        case Named::other_idp:
            return sync::SourceKind::external_idp;
        case Named::active_directory:
        case Named::rebuilt_domain:
            break;
    }
    return sync::SourceKind::active_directory;
}

class SourceTest : public ::testing::Test {
protected:
    SyncBench bench{store::make_memory_store()};
    ModelDirectory& ad = bench.directory;

    SourceTest() {
        auto& staff = ad.add_group("staff");
        staff.members = {ad.add_user("alice").guid, ad.add_user("bob").guid};
        bench.settings.scope.groups.push_back(scope_name("staff@corp.example.com"));
    }

    /// A configuration with this source, as a restart or a reload brings it.
    void name(Named source, std::optional<sync::SourceConsent> consent = {}) {
        bench.restart();
        bench.source_kind = kind_of(source);
        bench.issuer = source == Named::idp         ? "https://idp.example.com"
                       : source == Named::other_idp ? "https://other.example.com"
                                                    : "";
        if (source == Named::rebuilt_domain) ad.domain_guids[0].bytes[3] ^= 0xff;
        bench.consent = std::move(consent);
    }
    sync::CycleReport accept() {
        const auto seen = bench.dry_run();
        EXPECT_TRUE(seen.pending);
        sync::CycleRequest request;
        request.trigger = "admin";
        if (seen.pending) request.consent = {{seen.pending->from, seen.pending->to}, "ACCEPT"};
        return bench.run(request);
    }
    /// What an admin or an identity provider put there.
    void add_local_user(const std::string& user_name) {
        sync::UserRow row;
        row.user_name = user_name;
        row.display_name = user_name;
        sync::Plan plan;
        const auto facts = *bench.store().facts();
        const auto node = static_cast<sync::Node>(facts.next_node + facts.users);
        plan.users.push_back({sync::Action::create, node, random_row_id(), {}, row, sync::Reason::by_admin});
        sync::Commit commit;
        commit.from_generation = facts.cursor.generation;
        commit.plan = &plan;
        commit.run.ended = bench.now;
        ASSERT_TRUE(bench.store().commit(commit));
    }
    std::string store_id() { return bench.rows("v1_identity_source")[0]["store_id"]; }
    std::string state() { return bench.rows("v1_identity_source")[0]["state"]; }
    std::string identity() { return bench.rows("v1_identity_source")[0]["identity"]; }
};

struct Pair {
    Named from;
    Named to;
    bool removes;
};

class EveryPair : public SourceTest, public ::testing::WithParamInterface<Pair> {};

TEST_P(EveryPair, DoesWhatTheTableSays) {  // semantics 1.3, 1.4
    const Pair& pair = GetParam();
    name(pair.from);
    bench.cycle();
    if (!traits_of(bench.source_kind).is_read) add_local_user("local");
    bench.restart();
    bench.cycle();
    const auto users = bench.users();
    ASSERT_FALSE(users.empty());
    const std::string id = store_id();
    const std::string from = identity();
    name(pair.to);
    auto report = bench.cycle();
    if (pair.removes) {
        EXPECT_EQ(report.exit_code(false), 3);
        EXPECT_EQ(state(), "change_pending");
        EXPECT_EQ(bench.users().size(), users.size());
        ASSERT_TRUE(bench.status().pending);
        EXPECT_EQ(bench.status().pending->from, from);
        EXPECT_EQ(bench.status().pending->users, users.size());
        report = accept();
    }
    EXPECT_EQ(report.exit_code(false), 0) << (report.error ? report.error->message() : "");
    ASSERT_TRUE(report.changed);
    EXPECT_EQ(state(), "active");
    EXPECT_EQ(store_id() == id, !pair.removes);
    EXPECT_EQ(bench.store().sources().snapshots()->size(), 1u);  // semantics 1.5
    EXPECT_FALSE(bench.status().pending);
    for (const auto& [user_name, row] : users) {
        const auto found = bench.users().find(user_name);
        const bool kept =
            found != bench.users().end() && bench.users()[user_name]["user_id"] == row.at("user_id");
        EXPECT_EQ(kept, !pair.removes) << user_name;
    }
    // semantics 1.6: read in full at once
    if (traits_of(bench.source_kind).is_read) {
        EXPECT_EQ(bench.users().size(), 2u);
    }
    EXPECT_FALSE(bench.cycle().wrote);
    bench.restart();
    EXPECT_EQ(bench.cycle().exit_code(false), 0);
}

INSTANTIATE_TEST_SUITE_P(Sources, EveryPair,
                         ::testing::Values(Pair{Named::directory, Named::idp, false},
                                           Pair{Named::idp, Named::directory, false},
                                           Pair{Named::idp, Named::other_idp, false},
                                           Pair{Named::directory, Named::active_directory, true},
                                           Pair{Named::idp, Named::active_directory, true},
                                           Pair{Named::active_directory, Named::directory, true},
                                           Pair{Named::active_directory, Named::idp, true},
                                           Pair{Named::active_directory, Named::rebuilt_domain, true}));

TEST_F(SourceTest, NothingButTheWordConsents) {  // semantics 1.4
    bench.cycle();
    name(Named::directory);
    bench.cycle();
    const sync::SourcePair pair{ad_label, "directory"};
    for (const std::string word : {"accept", " ACCEPT", "ACCEPT ", "", "yes", "ACCEPTED", "ACCEPT\n"}) {
        sync::CycleRequest request;
        request.consent = {pair, word};
        const auto report = bench.run(request);
        EXPECT_EQ(report.exit_code(false), 3) << word;
        EXPECT_FALSE(report.changed);
        EXPECT_NE(report.pending->note.find("ACCEPT"), std::string::npos);
    }
    EXPECT_EQ(bench.users().size(), 2u);
    EXPECT_TRUE(bench.store().sources().snapshots()->empty());
}

TEST_F(SourceTest, AConsentToAnotherChangeIsNone) {  // semantics 1.4
    bench.cycle();
    name(Named::directory, sync::SourceConsent{{"directory", ad_label}, "ACCEPT"});
    const auto report = bench.cycle();
    EXPECT_EQ(report.exit_code(false), 3);
    EXPECT_NE(bench.status().pending->note.find("another change"), std::string::npos);
    EXPECT_EQ(bench.users().size(), 2u);
}

// semantics 1.4: an old line cannot consent to a later change.
TEST_F(SourceTest, AConfiguredConsentIsUsedUpUntilItIsWrittenAnew) {
    const sync::SourceConsent to_ad{{"directory", ad_label}, "ACCEPT"};
    const sync::SourceConsent back{{ad_label, "directory"}, "ACCEPT"};
    name(Named::directory);
    bench.cycle();
    add_local_user("local");
    name(Named::active_directory, to_ad);
    EXPECT_TRUE(bench.cycle().changed);
    EXPECT_EQ(bench.users().size(), 2u);

    // Back by hand, while the line stays where it is.
    name(Named::directory, to_ad);
    bench.cycle();
    EXPECT_TRUE(accept().changed);
    EXPECT_EQ(bench.users().size(), 1u);
    name(Named::active_directory, to_ad);
    EXPECT_EQ(bench.cycle().exit_code(false), 3);
    EXPECT_NE(bench.status().pending->note.find("used up"), std::string::npos);

    // A configuration without it was in force in between.
    name(Named::directory);
    EXPECT_EQ(bench.cycle().exit_code(false), 0);
    name(Named::active_directory, to_ad);
    EXPECT_TRUE(bench.cycle().changed);
    name(Named::directory, back);
    EXPECT_TRUE(bench.cycle().changed);
    name(Named::active_directory, to_ad);
    EXPECT_TRUE(bench.cycle().changed);
}

// semantics 1.5: also where nothing was read in between, and the store is as empty as a new one.
TEST_F(SourceTest, WhatIsParkedComesBackFromASourceThatWasNeverRead) {
    name(Named::directory);
    bench.cycle();
    add_local_user("local");
    name(Named::active_directory);
    ad.fail_after(1);
    EXPECT_TRUE(accept().changed);
    ASSERT_TRUE(bench.users().empty());
    name(Named::directory);
    EXPECT_TRUE(bench.cycle().changed);
    EXPECT_TRUE(bench.users().contains("local"));
}

TEST_F(SourceTest, AnEmptyStoreChangesWithoutConsent) {  // semantics 1.4
    bench.settings.scope.groups.clear();
    bench.cycle();
    const std::string id = store_id();
    name(Named::directory);
    const auto report = bench.cycle();
    EXPECT_EQ(report.exit_code(false), 0);
    EXPECT_TRUE(report.changed);
    EXPECT_NE(store_id(), id);
    EXPECT_TRUE(bench.store().sources().snapshots()->empty());
    EXPECT_EQ(bench.store().facts()->cursor.generation, 0u);
}

TEST_F(SourceTest, ASourceThatCannotBeReachedRemovesNothingAndFreezes) {  // semantics 1.4, 5.1
    name(Named::directory);
    bench.cycle();
    add_local_user("local");
    name(Named::active_directory, sync::SourceConsent{{"directory", ad_label}, "ACCEPT"});
    ad.refuse(ErrorCode::unreachable);
    EXPECT_EQ(bench.cycle().exit_code(false), 75);
    EXPECT_EQ(bench.users().size(), 1u);
    EXPECT_EQ(state(), "change_pending");
    EXPECT_EQ(bench.status().pending->to, ad_label);
    ad.refuse(std::nullopt);
    EXPECT_TRUE(bench.cycle().changed);
}

TEST_F(SourceTest, AFirstReadThatFailsIsDoneAgain) {  // semantics 1.6
    name(Named::directory);
    bench.cycle();
    add_local_user("local");
    name(Named::active_directory);
    bench.cycle();
    ad.fail_after(1);
    const auto report = accept();
    EXPECT_TRUE(report.changed);
    EXPECT_EQ(report.exit_code(false), 75);
    EXPECT_EQ(bench.users().size(), 0u);
    EXPECT_EQ(bench.cycle().exit_code(false), 0);
    EXPECT_EQ(bench.users().size(), 2u);
}

// semantics 5.10: by the order of the runs, for a clock may have been set back in between.
TEST_F(SourceTest, ARunOfAnotherSourceIsNotUndone) {
    bench.cycle();
    const std::string run = bench.rows("v1_runs")[0]["run_id"];
    bench.now -= Duration(3600);
    name(Named::directory);
    bench.cycle();
    EXPECT_TRUE(accept().changed);
    ASSERT_TRUE(bench.users().empty());
    const auto report = bench.revert(run);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code(), ErrorCode::refused);
    EXPECT_TRUE(bench.users().empty());
}

// semantics 5.4: a change that removes nothing waits for nobody, so the plan shows what its first read
// brings.
TEST_F(SourceTest, APlanOfAnEmptyStoreShowsWhatTheNewSourceBrings) {
    const auto scope = bench.settings.scope.groups;
    bench.settings.scope.groups.clear();
    bench.cycle();
    const std::string id = store_id();
    bench.settings.scope.groups = scope;
    name(Named::rebuilt_domain);
    const auto planned = bench.dry_run();
    EXPECT_EQ(planned.lines.size(), 5u);
    EXPECT_TRUE(bench.users().empty());
    EXPECT_EQ(store_id(), id);
    EXPECT_EQ(bench.dry_run().lines.size(), planned.lines.size());
    EXPECT_TRUE(bench.cycle().changed);
    EXPECT_EQ(bench.users().size(), 2u);
    const auto written = bench.rows("v1_changes", "seq");
    ASSERT_EQ(written.size(), planned.lines.size());
    for (std::size_t i = 0; i < written.size(); ++i) {
        EXPECT_EQ(written[i].at("action"), text_of(planned.lines[i].action));
        EXPECT_EQ(written[i].at("name"), planned.lines[i].name);
    }
}

TEST_F(SourceTest, ADryRunSaysWhatWaitsAndChangesNothing) {  // semantics 5.4
    bench.cycle();
    name(Named::directory, sync::SourceConsent{{ad_label, "directory"}, "ACCEPT"});
    const auto report = bench.dry_run();
    ASSERT_TRUE(report.pending);
    EXPECT_NE(report.pending->note.find("next run"), std::string::npos);
    EXPECT_EQ(state(), "active");
    EXPECT_EQ(bench.users().size(), 2u);
    EXPECT_TRUE(bench.cycle().changed);
}

}  // namespace
}  // namespace dirsync::testing
