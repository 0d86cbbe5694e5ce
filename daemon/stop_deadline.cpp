#include "daemon/stop_deadline.hpp"

#include <condition_variable>
#include <mutex>
#include <stop_token>

namespace dirsync::daemon {

void StopDeadline::arm() {
    if (thread_.joinable()) return;
    thread_ = std::jthread([this](const std::stop_token& in_time) {
        std::mutex mutex;
        std::condition_variable_any changed;
        std::unique_lock lock(mutex);
        changed.wait_for(lock, in_time, patience_, [] { return false; });
        if (!in_time.stop_requested()) too_late_();
    });
}

void StopDeadline::disarm() { thread_ = std::jthread(); }

}  // namespace dirsync::daemon
