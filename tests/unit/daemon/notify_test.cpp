#include "daemon/notify.hpp"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>

#include <gtest/gtest.h>

namespace dirsync::daemon {
namespace {

/// A datagram socket in the place of the service manager's, in the abstract name space.
class FakeManager {
public:
    FakeManager() : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const std::string name = "dirsync-notify-test-" + std::to_string(getpid());
        std::memcpy(address.sun_path + 1, name.data(), name.size());
        const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
        EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), length), 0);
        const timeval patience{5, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        setenv("NOTIFY_SOCKET", ("@" + name).c_str(), 1);
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

TEST(ServiceManager, SaysWhatSystemdExpects) {
    FakeManager manager;
    const ServiceManager service;
    service.ready("10 users");
    EXPECT_EQ(manager.received(), "READY=1\nSTATUS=10 users");
    service.reloading();
    EXPECT_TRUE(manager.received().starts_with("RELOADING=1\nMONOTONIC_USEC="));
    service.alive();
    EXPECT_EQ(manager.received(), "WATCHDOG=1");
    service.stopping();
    EXPECT_EQ(manager.received(), "STOPPING=1");
}

TEST(ServiceManager, DoesNothingWithoutAManager) {
    unsetenv("NOTIFY_SOCKET");
    const ServiceManager service;
    service.ready("x");
    EXPECT_FALSE(service.watchdog_interval().has_value());
}

}  // namespace
}  // namespace dirsync::daemon
