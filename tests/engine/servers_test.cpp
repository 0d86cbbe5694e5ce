#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/exit_code.hpp"
#include "store/memory/store.hpp"
#include "tests/support/sync_bench.hpp"

// One server of several will not do.
namespace dirsync::testing {
namespace {

using ::testing::HasSubstr;

class Servers : public ::testing::Test {
protected:
    SyncBench bench{store::make_memory_store()};
    ModelDirectory& ad = bench.directory;

    Servers() {
        for (const std::string name : {"ann", "bob", "cid"}) {
            ad.add_user(name);
            bench.settings.scope.users.push_back(scope_name(name + "@corp.example.com"));
        }
    }
};

TEST_F(Servers, WhenAllLagTheRunIsPartialAndNothingIsDone) {  // semantics 5.16
    bench.cycle();
    const auto before = bench.users();
    ad.object(ad.find("ann")->guid).disabled = true;
    ad.refuse(ErrorCode::server_behind);
    const auto report = bench.cycle(true);
    EXPECT_EQ(report.run.outcome, sync::Outcome::partial);
    EXPECT_EQ(report.exit_code(false), 75);
    EXPECT_EQ(bench.users(), before);
    ad.refuse(std::nullopt);
    EXPECT_EQ(bench.cycle().run.outcome, sync::Outcome::ok);
    EXPECT_EQ(bench.users().at("ann@corp.example.com")["status"], "DISABLED");
}

TEST_F(Servers, WhatCannotBeFoundAnyMoreIsALostRight) {  // semantics 5.1
    bench.cycle();
    ad.fail_after(1, ErrorCode::not_found);
    const auto report = bench.cycle(true);
    EXPECT_EQ(report.run.outcome, sync::Outcome::partial);
    EXPECT_EQ(report.exit_code(false), exit_denied);
}

TEST_F(Servers, OneThatIsTooSlowIsLeftForTheNextInTheSameCycle) {  // semantics 5.19
    bench.cycle();
    ad.remove(ad.find("bob")->guid);
    ad.fail_after(1, ErrorCode::timeout);
    ad.next_server = "ldap://second";
    const auto reads = ad.reads();
    const auto report = bench.cycle(true);
    ASSERT_FALSE(report.error) << report.error->message();
    EXPECT_EQ(ad.reads(), reads + 2);
    EXPECT_FALSE(bench.users().contains("bob@corp.example.com"));
    EXPECT_EQ(bench.users().size(), 2U);
}

TEST_F(Servers, OneThatBreaksAReadIsLeftForTheNextInTheSameCycle) {  // semantics 6.4
    using enum ErrorCode;
    bench.cycle();
    auto& ann = ad.object(ad.find("ann")->guid);
    for (const auto why : {connection_lost, server_busy, read_incomplete, protocol}) {
        SCOPED_TRACE(std::string(name_of(why)));
        ann.disabled = !ann.disabled;
        ad.fail_after(1, why);
        ad.next_server = "ldap://for-" + std::string(name_of(why));
        const auto report = bench.cycle(true);
        ASSERT_FALSE(report.error) << report.error->message();
        EXPECT_EQ(bench.users().at("ann@corp.example.com")["status"], ann.disabled ? "DISABLED" : "ENABLED");
    }
}

TEST_F(Servers, ARightThatIsMissingIsNotSoughtElsewhere) {  // semantics 6.4
    bench.cycle();
    ad.fail_after(1, ErrorCode::insufficient_rights);
    ad.next_server = "ldap://second";
    const auto reads = ad.reads();
    ASSERT_TRUE(bench.cycle(true).error);
    EXPECT_EQ(ad.reads(), reads + 1);
}

TEST_F(Servers, TheOnlyOneIsNotAskedAgainInTheSameCycle) {  // semantics 5.1, 5.19
    bench.cycle();
    const auto before = bench.users();
    ad.remove(ad.find("bob")->guid);
    ad.fail_after(1, ErrorCode::timeout);
    const auto reads = ad.reads();
    const auto report = bench.cycle(true);
    ASSERT_TRUE(report.error);
    EXPECT_EQ(report.run.outcome, sync::Outcome::partial);
    EXPECT_EQ(ad.reads(), reads + 1);
    EXPECT_EQ(bench.users(), before);
}

TEST_F(Servers, TheNextOneIsAskedForItsTimeAsWell) {  // semantics 5.13, 5.19
    bench.cycle();
    ad.fail_after(1, ErrorCode::timeout);
    ad.next_server = "ldap://second";
    ad.clock = [this](sync::DomainIndex) {
        return bench.now + (ad.server == "ldap://second" ? Duration(86400) : Duration(0));
    };
    const auto report = bench.cycle(true);
    EXPECT_THAT(report.time_doubt, HasSubstr("ldap://second says"));
    EXPECT_EQ(report.run.outcome, sync::Outcome::partial);
}

TEST_F(Servers, WhatAReadRemarksIsShownThoughNothingChanged) {  // semantics 5.16
    ad.follow(ModelDirectory::Following::dirsync);
    bench.cycle();
    ad.notes = {"the vector cannot be read"};
    EXPECT_EQ(bench.cycle().scope_warnings, ad.notes);
    EXPECT_EQ(bench.status().scope_warnings, ad.notes);
    EXPECT_EQ(bench.cycle().scope_warnings, ad.notes);
    ad.notes.clear();
    EXPECT_TRUE(bench.cycle().scope_warnings.empty());
}

}  // namespace
}  // namespace dirsync::testing
