#include "ldap/session/bind_budget.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dirsync::ldap {
namespace {

using std::chrono::minutes;
using ::testing::HasSubstr;
using Verdict = BindBudget::Verdict;
using Outcome = BindBudget::Outcome;

class BindBudgetTest : public ::testing::Test {
protected:
    Verdict attempt(Outcome outcome, const std::string& account = "svc@corp") {
        const auto verdict = budget.begin(account, now);
        if (verdict == Verdict::go) budget.end(account, outcome, now);
        return verdict;
    }

    BindBudget budget;
    BindBudget::Point now{std::chrono::hours(5)};
};

// 11.3: one budget for each account, whatever the secret.
TEST_F(BindBudgetTest, ThreeRefusalsInHalfAnHourEndTheAttempts) {
    for (int i = 0; i < 3; ++i, now += minutes(1)) EXPECT_EQ(attempt(Outcome::refused), Verdict::go);
    EXPECT_EQ(attempt(Outcome::refused), Verdict::stop);
    EXPECT_EQ(attempt(Outcome::refused, "other@corp"), Verdict::go);
    const auto why = budget.refusal("svc@corp", now);
    EXPECT_EQ(why.code(), ErrorCode::invalid_credentials);
    EXPECT_THAT(why.message(), HasSubstr("'svc@corp' 3 times within 30m"));
    EXPECT_THAT(why.message(), HasSubstr("for 27m"));
    now += minutes(27);
    EXPECT_EQ(attempt(Outcome::refused), Verdict::go) << "the first of them has grown old";
    EXPECT_EQ(attempt(Outcome::refused), Verdict::stop);
}

// 5.8: a secret that stays wrong is tried every quarter of an hour; one that was replaced has its attempt.
TEST_F(BindBudgetTest, AReplacedSecretFindsAnAttemptLeft) {
    for (int quarter = 0; quarter < 20; ++quarter, now += minutes(15))
        EXPECT_EQ(attempt(Outcome::refused), Verdict::go) << quarter;
    now -= minutes(14);
    EXPECT_EQ(attempt(Outcome::accepted), Verdict::go);
}

TEST_F(BindBudgetTest, AnAcceptedSecretBeginsAnew) {
    attempt(Outcome::refused);
    attempt(Outcome::refused);
    attempt(Outcome::accepted);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(attempt(Outcome::refused), Verdict::go) << i;
    EXPECT_EQ(attempt(Outcome::accepted), Verdict::stop);
}

TEST_F(BindBudgetTest, CountsWhatWasRefusedAndNotWhatItStoppedItself) {  // 5.8
    attempt(Outcome::unknown);
    attempt(Outcome::accepted);
    EXPECT_EQ(budget.refused_attempts(), 0U);
    for (int i = 0; i < 5; ++i) attempt(Outcome::refused);
    attempt(Outcome::refused, "other@corp");
    EXPECT_EQ(budget.refused_attempts(), 4U);
}

TEST_F(BindBudgetTest, WhatNobodyRefusedCostsNothing) {
    for (int i = 0; i < 50; ++i) EXPECT_EQ(attempt(Outcome::unknown), Verdict::go) << i;
}

// 11.3: together means at the same time as well.
TEST_F(BindBudgetTest, AttemptsAtTheSameTimeWaitForOneAnother) {
    attempt(Outcome::refused);
    EXPECT_EQ(budget.begin("svc@corp", now), Verdict::go);
    EXPECT_EQ(budget.begin("svc@corp", now), Verdict::go);
    EXPECT_EQ(budget.begin("svc@corp", now), Verdict::wait);
    int woken = 0;
    budget.when_one_ended([&woken] { ++woken; });
    budget.when_one_ended([&woken] { ++woken; });
    budget.end("svc@corp", Outcome::refused, now);
    EXPECT_EQ(woken, 2);
    EXPECT_EQ(budget.begin("svc@corp", now), Verdict::wait);
    budget.end("svc@corp", Outcome::refused, now);
    EXPECT_EQ(woken, 2) << "each is told once";
    EXPECT_EQ(budget.begin("svc@corp", now), Verdict::stop);
}

TEST_F(BindBudgetTest, AnAccountHasOneSpelling) {
    config::BindConfig simple;
    simple.method = config::BindMethod::simple;
    simple.dn = "Svc@CORP.example.com";
    config::BindConfig kerberos;
    kerberos.method = config::BindMethod::gssapi;
    kerberos.principal = "svc@CORP.EXAMPLE.COM";
    EXPECT_EQ(account_of(simple), account_of(kerberos));
    config::BindConfig certificate;
    certificate.method = config::BindMethod::external;
    certificate.certificate_file = "/etc/dirsyncd/Client.pem";
    EXPECT_EQ(account_of(certificate), "/etc/dirsyncd/Client.pem");
}

}  // namespace
}  // namespace dirsync::ldap
