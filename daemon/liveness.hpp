#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

namespace dirsync::daemon {

/// Tells a long cycle from one that hangs, so that a stuck daemon is not reported as alive. Pure.
class Liveness {
public:
    using Point = std::chrono::steady_clock::time_point;

    /// What the daemon shows of its work. Some of it moves as long as the work goes on.
    struct Sight {
        bool working = false;       ///< a cycle is under way
        std::uint64_t cycles = 0;   ///< number of cycles that ended
        std::uint64_t objects = 0;  ///< number of entries that were read
        std::string phase;
        bool operator==(const Sight&) const = default;
    };

    /// `patience`: how long a cycle may go without movement. Planning and committing show none while they
    /// last.
    explicit Liveness(std::chrono::steady_clock::duration patience) : patience_(patience) {}

    /// False while a cycle has shown no movement for longer than `patience`. A daemon without a cycle is
    /// alive.
    bool is_alive(Point now, Sight sight) {
        if (!sight.working || !(sight == last_)) moved_ = now;
        last_ = std::move(sight);
        return now - moved_ <= patience_;
    }

private:
    std::chrono::steady_clock::duration patience_;
    Point moved_{};
    Sight last_;
};

}  // namespace dirsync::daemon
