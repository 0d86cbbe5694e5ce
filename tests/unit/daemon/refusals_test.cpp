#include "daemon/refusals.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/memory/store.hpp"

namespace dirsync::daemon {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;

class RefusalsTest : public ::testing::Test {
protected:
    Refusals refusals;
    Refusals::Point here{seconds(100'000)};
    Time now{Duration{1'790'000'000}};
};

TEST_F(RefusalsTest, WhatWasRefusedRestsForAQuarterOfAnHour) {  // semantics 5.8
    EXPECT_TRUE(refusals.empty());
    refusals.note("a", true, here);
    EXPECT_EQ(refusals.age("a", here + seconds(899)), Duration(899));
    EXPECT_FALSE(refusals.age("a", here + seconds(900)));
    EXPECT_FALSE(refusals.age("b", here)) << "another secret, or another configuration";
}

TEST_F(RefusalsTest, ASuccessEndsIt) {  // semantics 5.8
    refusals.note("a", true, here);
    refusals.note("b", true, here);
    refusals.note("a", false, here + seconds(1));
    EXPECT_FALSE(refusals.age("a", here + seconds(1)));
    EXPECT_TRUE(refusals.age("b", here + seconds(1)));
    refusals.clear();
    EXPECT_TRUE(refusals.empty());
}

TEST_F(RefusalsTest, SaysWhyAndHowLong) {  // semantics 5.8
    refusals.note("a", true, here);
    const auto why = refusals.why_not("a", here + seconds(60));
    ASSERT_TRUE(why);
    EXPECT_EQ(why->code(), ErrorCode::invalid_credentials);
    EXPECT_THAT(why->message(), HasSubstr("1m ago; they are not tried again before they change or 14m"));
}

TEST(WithCode, NamesRefusedCredentialsAndNothingElse) {  // semantics 5.8
    EXPECT_EQ(with_code(Error(ErrorCode::invalid_credentials, "no")).message(),
              "InvalidDirectoryCredentials: no");
    EXPECT_EQ(with_code(Error(ErrorCode::unreachable, "no")).message(), "no");
}

TEST_F(RefusalsTest, APauseGoesOnInTheNextProcess) {  // semantics 5.8
    refusals.recall({"a", now - Duration(600)}, now, here);
    EXPECT_EQ(refusals.age("a", here), Duration(600));
    EXPECT_FALSE(refusals.age("a", here + seconds(300)));
    EXPECT_FALSE(refusals.age("b", here));
}

TEST_F(RefusalsTest, APauseThatIsOverOrLiesAheadIsNone) {  // semantics 5.8
    refusals.recall({"a", now - Duration(900)}, now, here);
    EXPECT_TRUE(refusals.empty());
    refusals.recall({"a", now + Duration(1)}, now, here);
    EXPECT_TRUE(refusals.empty()) << "the host's clock was set back";
}

TEST_F(RefusalsTest, TheStoreIsWrittenOnlyWhenItHasToBe) {  // semantics 5.6, 5.8
    const auto store = store::make_memory_store();
    auto& history = store->history();
    ASSERT_TRUE(remember(history, "a", false, now));
    EXPECT_FALSE(history.refusal().value());
    ASSERT_TRUE(remember(history, "a", true, now));
    EXPECT_EQ(history.refusal().value(), (sync::HistoryStore::Refusal{"a", now}));
    ASSERT_TRUE(remember(history, "b", false, now));
    EXPECT_FALSE(history.refusal().value());
}

TEST(FingerprintOf, IsOfOneDomainAlone) {
    config::Config config;
    config.domains.resize(2);
    config.domains[0].name = "a.example.com";
    config.domains[1].name = "b.example.com";
    const std::string before = fingerprint_of(config, config.domains[0]);
    config.domains[1].bind.dn = "svc";
    EXPECT_EQ(fingerprint_of(config, config.domains[0]), before);
    config.domains[0].bind.dn = "svc";
    EXPECT_NE(fingerprint_of(config, config.domains[0]), before);
}

}  // namespace
}  // namespace dirsync::daemon
