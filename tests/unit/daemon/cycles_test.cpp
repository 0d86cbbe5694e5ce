#include "daemon/cycles/cycles.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "core/system_time.hpp"
#include "store/memory/store.hpp"
#include "tests/unit/daemon/scripted_source.hpp"

namespace dirsync::daemon {
namespace {

using ::testing::HasSubstr;

/// Cycles on a loop that never waits: `settle` does everything that is due, and nothing that a timer waits
/// for.
class CyclesTest : public ::testing::Test {
protected:
    /// What a daemon makes when it begins to lead, and destroys when it ends.
    struct Leading {
        explicit Leading(CyclesTest& test)
            : binds(std::make_shared<ldap::BindBudget>()),
              engine({test.loop.get_executor(), test.store,
                      [&test](boost::asio::any_io_executor executor, const config::Config&,
                              std::shared_ptr<ldap::BindBudget> budget) {
                          return std::make_unique<ScriptedSource>(std::move(executor), test.script,
                                                                  std::move(budget));
                      },
                      binds},
                     test.configuration.in_force()),
              cycles({.executor = test.loop.get_executor(),
                      .engine = engine,
                      .store = test.store,
                      .configuration = test.configuration,
                      .store_watch = test.store_watch,
                      .log = test.log,
                      .binds = binds,
                      .wrote = [] {},
                      .status_changed = [] {},
                      .gives_up = [&test] { test.gave_up = true; },
                      .first_look_through = std::chrono::hours(1)}) {}
        std::shared_ptr<ldap::BindBudget> binds;
        RunningEngine engine;
        Cycles cycles;
    };

    static config::Config of_account(const std::string& dn) {
        config::Config config;
        config.source = sync::SourceKind::active_directory;
        config.domains.resize(1);
        config.domains[0].name = "corp.example.com";
        config.domains[0].bind.method = config::BindMethod::simple;
        config.domains[0].bind.dn = dn;
        config.schedule.poll = std::chrono::hours(1);
        return config;
    }
    void lead() {
        leading = std::make_unique<Leading>(*this);
        has_ended = false;
        auto ended = [this](std::exception_ptr failure) {
            EXPECT_FALSE(failure);
            has_ended = true;
        };
        auto run = [](Leading& one) -> Task<void> {
            (void)co_await one.engine.start();
            co_await one.cycles.run();
        };
        boost::asio::co_spawn(loop, run(*leading), std::move(ended));
        settle();
    }
    void stop() {
        leading->cycles.stop(Error(ErrorCode::connection_lost, "another daemon leads"));
        settle();
        ASSERT_TRUE(has_ended);
    }
    void settle() {
        loop.restart();
        loop.poll();
    }
    template <class T>
    Result<T> outcome(const Answer<T>& answer) {
        std::optional<Result<T>> result;
        auto done = [&result](std::exception_ptr, Result<T> given) { result.emplace(std::move(given)); };
        boost::asio::co_spawn(loop, answer.get(), std::move(done));
        settle();
        return result ? std::move(*result) : Result<T>(Error(ErrorCode::timeout, "no answer came"));
    }
    sync::CycleReport synced() {
        auto report = outcome(leading->cycles.join_cycle(false, "admin", {}));
        EXPECT_TRUE(report) << report.error().message();
        return report ? std::move(*report) : sync::CycleReport();
    }

    boost::asio::io_context loop;
    Script script;
    Log log{"error"};
    sync::StoreClient store{store::make_memory_store(), sync::StoreThread::Runs::at_once};
    StoreWatch store_watch{store, log};
    Configuration configuration{of_account("svc"), Time{}};
    std::unique_ptr<Leading> leading;
    bool gave_up = false;
    bool has_ended = false;
};

TEST_F(CyclesTest, TheFirstCycleRunsAtOnceAndTheNextWhenSomebodyAsks) {
    lead();
    EXPECT_EQ(leading->cycles.tally().cycles, 1U);
    EXPECT_TRUE(leading->cycles.tally().last_success);
    EXPECT_FALSE(synced().error);
    EXPECT_EQ(leading->cycles.tally().cycles, 2U);
    stop();
}

TEST_F(CyclesTest, RequestsThatWaitShareOneCycle) {
    lead();
    std::vector<Answer<sync::CycleReport>> answers;
    for (int i = 0; i < 4; ++i) answers.push_back(leading->cycles.join_cycle(i == 3, "admin", {}));
    settle();
    for (const auto& answer : answers) EXPECT_TRUE(answer.is_given());
    EXPECT_EQ(script.attempts, 2) << "the one at the start, and one for all who asked";
    stop();
}

TEST_F(CyclesTest, WhoeverWaitsForACycleThatNeverComesIsToldWhy) {
    lead();
    const auto cycle = leading->cycles.join_cycle(false, "admin", {});
    const auto revert = leading->cycles.ask_for_revert("run", false, {});
    const auto reload = leading->cycles.ask_for_reload(of_account("svc"));
    stop();
    const auto late = leading->cycles.join_cycle(false, "admin", {});
    leading.reset();
    EXPECT_EQ(outcome(cycle).error().message(), "another daemon leads");
    EXPECT_EQ(outcome(revert).error().message(), "another daemon leads");
    EXPECT_EQ(outcome(reload).error().message(), "another daemon leads");
    EXPECT_EQ(outcome(late).error().message(), "another daemon leads");
    EXPECT_EQ(script.attempts, 1);
}

TEST_F(CyclesTest, CanBeMadeAgainInTheSameProcess) {
    lead();
    stop();
    leading.reset();
    lead();
    EXPECT_EQ(leading->cycles.tally().cycles, 1U) << "it counts its own";
    EXPECT_FALSE(synced().error);
    EXPECT_EQ(script.attempts, 3);
    stop();
}

TEST_F(CyclesTest, WhatWasRefusedIsNotTriedAgainBeforeAReload) {  // semantics 5.8
    script.refuses = true;
    lead();
    for (int i = 0; i < 3; ++i) {
        const auto report = synced();
        ASSERT_TRUE(report.error);
        EXPECT_EQ(report.error->message(), "InvalidDirectoryCredentials: the password is wrong");
        EXPECT_EQ(report.run.trigger, "admin");
    }
    EXPECT_EQ(script.attempts, 1);
    EXPECT_TRUE(leading->cycles.why_not_to_bind(configuration.in_force()));
    EXPECT_FALSE(leading->cycles.why_not_to_bind(of_account("other")));
    EXPECT_TRUE(outcome(leading->cycles.ask_for_reload(of_account("svc"))));
    settle();
    EXPECT_EQ(script.attempts, 2);
    stop();
}

TEST_F(CyclesTest, AProcessThatIsStartedAnewDoesNotTryItEither) {  // semantics 5.8
    script.refuses = true;
    lead();
    stop();
    lead();
    EXPECT_EQ(leading->cycles.tally().cycles, 0U);
    EXPECT_TRUE(leading->cycles.is_denied());
    const auto report = synced();
    ASSERT_TRUE(report.error);
    EXPECT_EQ(report.error->code(), ErrorCode::invalid_credentials);
    EXPECT_EQ(script.attempts, 1);
    stop();
}

TEST_F(CyclesTest, OtherCredentialsAreTriedAtOnceAfterAStart) {  // semantics 5.8
    script.refuses = true;
    lead();
    stop();
    script.refuses = false;
    configuration.take(of_account("other"), Time{});
    lead();
    EXPECT_EQ(script.attempts, 2);
    EXPECT_FALSE(store.store().history().refusal().value()) << "a success ends it";
    stop();
}

TEST_F(CyclesTest, APauseThatIsOverBeforeAStartIsOver) {  // semantics 5.8
    script.refuses = true;
    lead();
    stop();
    auto stored = store.store().history().refusal().value();
    ASSERT_TRUE(stored);
    stored->since -= Refusals::pause;
    ASSERT_TRUE(store.store().history().set_refusal(stored));
    lead();
    EXPECT_EQ(script.attempts, 2);
    stop();
}

// semantics 5.8: neither an unreadable secret nor a budget that is used up says anything of these
// credentials.
TEST_F(CyclesTest, WhatTheDirectoryWasNotAskedForIsNotKeptForTheNextProcess) {
    script.refuses = true;
    script.counts_refusals = false;
    lead();
    synced();
    EXPECT_EQ(script.attempts, 1) << "nor tried again by this one";
    stop();
    EXPECT_FALSE(store.store().history().refusal().value());
    lead();
    EXPECT_EQ(script.attempts, 2);
    stop();
}

// semantics 1.4: whether a change of the source waits is known when a reload is answered.
TEST_F(CyclesTest, AReloadAsksWhoTheSourceIsWhereItsNameIsAnotherOne) {
    lead();
    auto other = of_account("svc");
    other.domains[0].servers = {"ldaps://dc2.corp.example.com"};
    EXPECT_TRUE(outcome(leading->cycles.ask_for_reload(other)));
    EXPECT_EQ(script.attempts, 2) << "another server of the same domain: by the next cycle alone";
    other.domains[0].name = "other.example.com";
    EXPECT_TRUE(outcome(leading->cycles.ask_for_reload(other)));
    EXPECT_EQ(script.attempts, 4) << "asked, and read by the next cycle";
    stop();
}

// semantics 5.8: one attempt, and it is told as that of a cycle is.
TEST_F(CyclesTest, AReloadThatMeetsRefusedCredentialsIsAFailure) {
    lead();
    script.refuses = true;
    auto other = of_account("svc");
    other.domains[0].name = "other.example.com";
    EXPECT_TRUE(outcome(leading->cycles.ask_for_reload(other)));
    synced();
    EXPECT_EQ(script.attempts, 2);
    EXPECT_EQ(leading->cycles.tally().cycles, 2U);
    EXPECT_EQ(leading->cycles.tally().last_failure, ErrorCode::invalid_credentials);
    ASSERT_TRUE(leading->cycles.unreported_refusal());
    EXPECT_EQ(leading->cycles.unreported_refusal()->message(),
              "InvalidDirectoryCredentials: the password is wrong");
    script.refuses = false;
    EXPECT_TRUE(outcome(leading->cycles.ask_for_reload(of_account("svc"))));
    settle();
    EXPECT_FALSE(leading->cycles.unreported_refusal());
    stop();
}

TEST_F(CyclesTest, AConfigurationThatNeverWorkedGivesUpAndOneThatDidGoesOn) {
    lead();
    script.is_misconfigured = true;
    synced();
    EXPECT_FALSE(gave_up);
    stop();
    lead();
    EXPECT_TRUE(gave_up);
    stop();
}

}  // namespace
}  // namespace dirsync::daemon
