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

    /// What moves as long as work goes on.
    struct Sight {
        bool working = false;       ///< a cycle is under way
        std::uint64_t cycles = 0;   ///< that ended
        std::uint64_t objects = 0;  ///< that were read
        std::string phase;
        bool operator==(const Sight&) const = default;
    };

    /// `patience`: how long a cycle may show no movement. Planning and committing show none while they last.
    explicit Liveness(std::chrono::steady_clock::duration patience) : patience_(patience) {}

    /// False while a cycle has shown no movement for longer than that. A daemon that waits is alive.
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
