#include <optional>
#include <thread>

#include <gmock/gmock.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>

#include "changes_fixture.hpp"
#include "proxy.hpp"

namespace dirsync::lab {
namespace {

using namespace std::chrono_literals;
using config::ChangeDetection;

/// Waits beside the test; the loop runs as long as the test lets it.
class WatchTest : public ChangesTest {
protected:
    void TearDown() override {
        if (directory_) directory_->disconnect();
        run_until_back(2s);
        ChangesTest::TearDown();
    }
    void wait() {
        result_.reset();
        boost::asio::co_spawn(
            io_, directory_->wait_for_change(),
            [this](std::exception_ptr, Result<void> result) { result_ = std::move(result); });
    }
    bool run_until_back(std::chrono::seconds limit) {
        const auto end = std::chrono::steady_clock::now() + limit;
        io_.restart();
        while (!result_ && std::chrono::steady_clock::now() < end) {
            if (io_.run_one_for(50ms) == 0 && io_.stopped()) io_.restart();
        }
        return result_.has_value();
    }
    /// Samba looks every five seconds.
    void expect_wakes() {
        ASSERT_TRUE(run_until_back(30s));
        EXPECT_TRUE(*result_) << result_->error().message();
    }

    std::optional<Result<void>> result_;
};

// semantics 6.2
TEST_F(WatchTest, ChangesAndDeletionsWake) {
    make({domain(lab().simple(), ChangeDetection::automatic)});
    wait();
    EXPECT_FALSE(run_until_back(8s)) << (*result_ ? "woken by nothing" : result_->error().message());
    create_user("a");
    expect_wakes();
    // What came meanwhile is not lost.
    mutate({"delete", user("a")});
    std::this_thread::sleep_for(7s);
    wait();
    EXPECT_TRUE(run_until_back(2s));
    EXPECT_TRUE(*result_);
}

TEST_F(WatchTest, RunsBesideReads) {
    start(lab().simple(), ChangeDetection::automatic);
    wait();
    EXPECT_FALSE(run_until_back(1s));
    const auto summary = follow();
    ASSERT_TRUE(summary) << summary.error().message();
    create_user("a");
    expect_wakes();
    ASSERT_TRUE(follow());
    EXPECT_NE(changes_.find("CN=" + user("a")), nullptr);
}

TEST_F(WatchTest, DisconnectEndsIt) {
    make({domain(lab().simple(), ChangeDetection::automatic)});
    wait();
    EXPECT_FALSE(run_until_back(1s));
    directory_->disconnect();
    ASSERT_TRUE(run_until_back(1s));
    ASSERT_FALSE(*result_);
    EXPECT_EQ(name_of(result_->error().code()), name_of(ErrorCode::connection_lost));
}

TEST_F(WatchTest, LostConnectionIsAnErrorAndTheNextCallTriesAnew) {
    Proxy proxy(lab().ip(), 636);
    auto config = domain(lab().simple(), ChangeDetection::automatic);
    config.servers = {"ldaps://" + lab().ip() + ":" + std::to_string(proxy.port())};
    make({config});
    wait();
    EXPECT_FALSE(run_until_back(1s));
    proxy.fail_after(Proxy::Fault::cut_once, 0);
    ASSERT_TRUE(run_until_back(5s));
    ASSERT_FALSE(*result_);
    EXPECT_EQ(result_->error().error_class(), ErrorClass::transient) << result_->error().message();
    wait();
    EXPECT_FALSE(run_until_back(1s));
    create_user("a");
    expect_wakes();
}

TEST_F(WatchTest, RefusedPasswordIsDenied) {
    const PrivateFile wrong("no password of anybody");
    auto bind = lab().simple();
    bind.password_file = wrong.path();
    make({domain(bind, ChangeDetection::automatic)});
    wait();
    ASSERT_TRUE(run_until_back(10s));
    ASSERT_FALSE(*result_);
    EXPECT_EQ(result_->error().error_class(), ErrorClass::denied);
}

}  // namespace
}  // namespace dirsync::lab
