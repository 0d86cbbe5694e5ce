#include "daemon/cycles/jobs.hpp"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include "tests/support/await.hpp"

namespace dirsync::daemon {
namespace {

class JobQueueTest : public ::testing::Test {
protected:
    boost::asio::io_context loop;
    JobQueue queue{loop.get_executor()};

    sync::CycleRequest next_request() {
        auto job = queue.next();
        auto* cycle = job ? std::get_if<CycleJob>(&*job) : nullptr;
        EXPECT_NE(cycle, nullptr);
        return cycle == nullptr ? sync::CycleRequest() : std::move(cycle->request);
    }
    static sync::Asked by(const std::string& user, const std::string& reason = "") {
        return {sync::host_user(user), reason};
    }
};

TEST_F(JobQueueTest, RequestsThatWaitShareOneCycle) {
    queue.join_cycle(false, "admin", by("alice", "new group"));
    queue.join_cycle(true, "admin", by("bob"));
    queue.join_cycle(false, "approval", by("alice", "new group"));
    const auto request = next_request();
    EXPECT_TRUE(request.full) << "one of them wants all to be read";
    EXPECT_EQ(text_of(request.by.actor), "alice, bob");
    EXPECT_EQ(request.by.reason, "new group");
    EXPECT_EQ(request.trigger, "admin");
    EXPECT_FALSE(queue.next());
}

TEST_F(JobQueueTest, NobodyJoinsAPlanNorACycleOfTheOldConfiguration) {
    sync::CycleRequest plan;
    plan.dry_run = true;
    queue.add_cycle(plan);
    queue.join_cycle(false, "admin", {});
    queue.add_reload({});
    queue.join_cycle(false, "admin", {});
    EXPECT_TRUE(next_request().dry_run);
    EXPECT_FALSE(next_request().dry_run);
    const auto reload = queue.next();
    ASSERT_TRUE(reload);
    EXPECT_TRUE(std::holds_alternative<ReloadJob>(*reload));
    next_request();
    EXPECT_FALSE(queue.next());
}

TEST_F(JobQueueTest, AllWhoWaitGetTheAnswer) {
    const auto first = queue.join_cycle(false, "admin", {});
    const auto second = queue.join_cycle(false, "admin", {});
    auto job = queue.next();
    ASSERT_TRUE(job);
    sync::CycleReport report;
    report.changes = 7;
    std::get<CycleJob>(*job).answer.give(report);
    EXPECT_EQ(testing::await_on(loop, first.get())->changes, 7U);
    EXPECT_EQ(testing::await_on(loop, second.get())->changes, 7U);
}

TEST_F(JobQueueTest, WhatNeverComesIsAnsweredWithTheReason) {
    const auto cycle = queue.join_cycle(false, "admin", {});
    const auto revert = queue.add_revert("run", false, {});
    const auto reload = queue.add_reload({});
    EXPECT_FALSE(cycle.is_given());
    queue.close(Error(ErrorCode::connection_lost, "it is over"));
    const auto late = queue.join_cycle(false, "admin", {});
    EXPECT_EQ(testing::await_on(loop, cycle.get()).error().message(), "it is over");
    EXPECT_EQ(testing::await_on(loop, revert.get()).error().message(), "it is over");
    EXPECT_EQ(testing::await_on(loop, reload.get()).error().message(), "it is over");
    EXPECT_EQ(testing::await_on(loop, late.get()).error().message(), "it is over");
    EXPECT_FALSE(queue.next());
}

}  // namespace
}  // namespace dirsync::daemon
