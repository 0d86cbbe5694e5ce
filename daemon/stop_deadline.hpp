#pragma once

#include <chrono>
#include <functional>
#include <thread>
#include <utility>

namespace dirsync::daemon {

/// Ends the wait for calls that may never come back, such as those of a store on a disk or server that hangs.
/// Once armed, it calls `too_late` on a thread of its own when `patience` is over, unless it is disarmed or
/// destroyed before, which waits for that thread. Of one thread.
class StopDeadline {
public:
    using Patience = std::chrono::steady_clock::duration;

    StopDeadline(Patience patience, std::function<void()> too_late)
        : patience_(patience), too_late_(std::move(too_late)) {}

    StopDeadline(const StopDeadline&) = delete;
    StopDeadline& operator=(const StopDeadline&) = delete;

    void arm();
    void disarm();

private:
    Patience patience_;
    std::function<void()> too_late_;
    std::jthread thread_;
};

}  // namespace dirsync::daemon
