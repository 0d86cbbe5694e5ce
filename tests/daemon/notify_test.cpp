#include "daemon/notify.hpp"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>

namespace dirsync::daemon {
namespace {

/// A datagram socket in the place of the service manager's: `@NAME` is one in the abstract name space.
class FakeManager {
public:
    explicit FakeManager(const std::string& name) : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, name.data(), name.size());
        if (name.front() == '@') address.sun_path[0] = '\0';
        const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
        EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), length), 0);
        const timeval patience{5, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        setenv("NOTIFY_SOCKET", name.c_str(), 1);
    }
    ~FakeManager() {
        unsetenv("NOTIFY_SOCKET");
        ::close(socket_);
    }
    std::string received() {
        char buffer[512];
        const auto size = ::recv(socket_, buffer, sizeof buffer, 0);
        return size < 0 ? std::string() : std::string(buffer, static_cast<std::size_t>(size));
    }

private:
    int socket_;
};

void expect_the_protocol(FakeManager& manager) {
    const ServiceManager service;
    service.ready("10 users");
    EXPECT_EQ(manager.received(), "READY=1\nSTATUS=10 users");
    service.status("11 users");
    EXPECT_EQ(manager.received(), "STATUS=11 users");
    service.reloading();
    // Without the time Type=notify-reload fails.
    const std::string reloading = manager.received();
    ASSERT_TRUE(reloading.starts_with("RELOADING=1\nMONOTONIC_USEC=")) << reloading;
    EXPECT_GT(std::stoll(reloading.substr(reloading.rfind('=') + 1)), 0);
    service.alive();
    EXPECT_EQ(manager.received(), "WATCHDOG=1");
    service.stopping();
    EXPECT_EQ(manager.received(), "STOPPING=1");
}

TEST(ServiceManager, SaysWhatSystemdExpectsOnAnAbstractSocket) {
    FakeManager manager("@dirsync-notify-test-" + std::to_string(getpid()));
    expect_the_protocol(manager);
}

TEST(ServiceManager, SaysWhatSystemdExpectsOnASocketFile) {
    const std::string path = std::filesystem::temp_directory_path() / ("notify-" + std::to_string(getpid()));
    FakeManager manager(path);
    expect_the_protocol(manager);
    std::filesystem::remove(path);
}

TEST(ServiceManager, IsAliveTwiceAsOftenAsAskedAndOnlyWhenItIsTheOneAsked) {
    setenv("WATCHDOG_USEC", "30000000", 1);
    setenv("WATCHDOG_PID", std::to_string(getpid()).c_str(), 1);
    EXPECT_EQ(ServiceManager().watchdog_interval(), std::chrono::seconds(15));
    setenv("WATCHDOG_PID", std::to_string(getpid() + 1).c_str(), 1);
    EXPECT_FALSE(ServiceManager().watchdog_interval().has_value());
    unsetenv("WATCHDOG_PID");
    unsetenv("WATCHDOG_USEC");
}

TEST(ServiceManager, DoesNothingWithoutAManager) {
    unsetenv("NOTIFY_SOCKET");
    const ServiceManager service;
    service.ready("x");
    EXPECT_FALSE(service.watchdog_interval().has_value());
}

}  // namespace
}  // namespace dirsync::daemon
