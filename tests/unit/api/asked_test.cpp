#include "api/asked.hpp"

#include <unistd.h>

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

namespace dirsync::api {
namespace {

TEST(Asked, AUserIsCalledByNameOrByNumber) {
    EXPECT_EQ(name_of_user(0), "root");
    EXPECT_EQ(name_of_user(7, [](std::uint32_t) { return std::string("alice"); }), "alice");
    EXPECT_EQ(name_of_user(7, [](std::uint32_t) { return std::string(); }), "uid 7");
}

// semantics 5.12: the loop answers the watchdog whatever the host's lists of users do.
TEST(Asked, ALookUpThatHangsIsNotWaitedFor) {
    static std::atomic<bool> hangs{true};
    const auto hanging = [](std::uint32_t) {
        hangs.wait(true);
        return std::string("too late");
    };
    const auto bob = [](std::uint32_t) { return std::string("bob"); };
    EXPECT_EQ(name_of_user(7, hanging), "uid 7");
    // One look-up is under way: nobody else starts another, or waits for it.
    EXPECT_EQ(name_of_user(8, bob), "uid 8");
    hangs = false;
    hangs.notify_all();
    // When the thread has ended is not told; an endless wait would be ended by the runner.
    while (name_of_user(8, bob) != "bob") std::this_thread::yield();
}

}  // namespace
}  // namespace dirsync::api
