#include "api/asked.hpp"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>

#include <gtest/gtest.h>

namespace dirsync::api {
namespace {

using namespace std::chrono_literals;

TEST(Asked, AUserIsCalledByNameOrByNumber) {
    EXPECT_EQ(name_of_user(0), "root");
    EXPECT_EQ(name_of_user(7, [](std::uint32_t) { return std::string("alice"); }), "alice");
    EXPECT_EQ(name_of_user(7, [](std::uint32_t) { return std::string(); }), "uid 7");
}

// semantics 5.12: the loop answers the watchdog whatever the host's lists of users do.
TEST(Asked, ALookUpThatHangsIsNotWaitedFor) {
    static std::atomic<bool> hangs{true};
    const auto hanging = [](std::uint32_t) {
        while (hangs) std::this_thread::sleep_for(5ms);
        return std::string("too late");
    };
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_EQ(name_of_user(7, hanging), "uid 7");
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 3s);
    const auto again = std::chrono::steady_clock::now();
    EXPECT_EQ(name_of_user(8, [](std::uint32_t) { return std::string("bob"); }), "uid 8");
    EXPECT_LT(std::chrono::steady_clock::now() - again, 500ms) << "one waits, and the rest goes on";
    hangs = false;
    for (int i = 0; i < 400 && name_of_user(8, [](std::uint32_t) { return std::string("bob"); }) != "bob";
         ++i)
        std::this_thread::sleep_for(5ms);
    EXPECT_EQ(name_of_user(8, [](std::uint32_t) { return std::string("bob"); }), "bob");
}

}  // namespace
}  // namespace dirsync::api
