#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <unistd.h>

#include <gmock/gmock.h>
#include <boost/asio/steady_timer.hpp>

#include "collecting_sink.hpp"
#include "lab.hpp"
#include "ldap/directory.hpp"

namespace dirsync::lab {
namespace {

using namespace std::chrono_literals;

const std::vector<std::string> names{"sAMAccountName"};

/// A DC of our own that may be stopped and killed. It is a session of its own, led by the process in
/// run/lab.pid.
class OutageTest : public ::testing::Test {
protected:
    void SetUp() override {
        lab_ = Lab::from_environment("DIRSYNC_LAB_OWN");
        if (!lab_) GTEST_SKIP() << "DIRSYNC_LAB_OWN names no lab that may be stopped: nothing was tested";
        ldap::DirectoryOptions options;
        options.deadlines = {1s, 1s, 1500ms};
        directory_ = std::make_unique<ldap::Directory>(
            io_.get_executor(), std::vector{lab_->domain_config({"ldaps://" + lab_->ip()}, lab_->simple())},
            options);
        const auto facts = run(io_, directory_->connect({}));
        ASSERT_TRUE(facts) << facts.error().message();
    }
    void TearDown() override {
        if (lab_) signal_all(SIGCONT);
    }
    /// Signals the processes of the DC's session and no others.
    void signal_all(int signal) {
        std::ifstream file(lab_->directory() + "/run/lab.pid");
        pid_t leader = 0;
        if (!(file >> leader) || leader <= 1) return;
        for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
            const auto name = entry.path().filename().string();
            if (name.find_first_not_of("0123456789") != std::string::npos) continue;
            const auto pid = static_cast<pid_t>(std::stol(name));
            if (::getsid(pid) == leader) ::kill(pid, signal);
        }
    }
    Result<sync::ReadSummary> read() {
        CollectingSink sink;
        return run(io_, directory_->read_all(names, sink));
    }

    boost::asio::io_context io_{1};
    std::optional<Lab> lab_;
    std::unique_ptr<ldap::Directory> directory_;
};

// semantics 5.1
TEST_F(OutageTest, FrozenDcEndsEveryStepAtItsDeadline) {
    signal_all(SIGSTOP);
    const Stopwatch reading;
    const auto summary = read();
    ASSERT_FALSE(summary);
    EXPECT_EQ(name_of(summary.error().code()), name_of(ErrorCode::timeout)) << summary.error().message();
    EXPECT_LT(reading.elapsed(), 3s);

    const Stopwatch connecting;
    const auto facts = run(io_, directory_->connect({}));
    ASSERT_FALSE(facts);
    EXPECT_EQ(name_of(facts.error().code()), name_of(ErrorCode::timeout)) << facts.error().message();
    EXPECT_LT(connecting.elapsed(), 3s);

    signal_all(SIGCONT);
    Result<std::vector<sync::DomainFacts>> again = facts;
    for (int i = 0; i < 10 && !again; ++i) again = run(io_, directory_->connect({}));
    ASSERT_TRUE(again) << again.error().message();
    EXPECT_TRUE(read());
}

TEST_F(OutageTest, DcKilledInMidReadIsAnError) {
    boost::asio::steady_timer timer(io_, 30ms);
    timer.async_wait([this](boost::system::error_code) { signal_all(SIGKILL); });
    const auto summary = read();
    ASSERT_FALSE(summary);
    EXPECT_EQ(name_of(summary.error().code()), name_of(ErrorCode::connection_lost))
        << summary.error().message();
    const auto facts = run(io_, directory_->connect({}));
    ASSERT_FALSE(facts);
    EXPECT_EQ(facts.error().error_class(), ErrorClass::transient) << facts.error().message();
}

}  // namespace
}  // namespace dirsync::lab
