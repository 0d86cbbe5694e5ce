#pragma once

#include <algorithm>
#include <chrono>

namespace dirsync::daemon {

/// When a notification may wake a cycle. A few in a row are answered at once, each within `gathering`. A
/// flood costs the directory no more than one cycle after another with a `breath` in between. Pure: time
/// comes in.
class WakePace {
public:
    using Point = std::chrono::steady_clock::time_point;
    /// A burst of changes is one cycle; the first of them waits no longer than this.
    static constexpr auto gathering = std::chrono::milliseconds(20);
    static constexpr auto breath = std::chrono::milliseconds(250);
    /// So many breaths may be saved up and spent at once.
    static constexpr int saved = 3;

    /// For a notification that comes at `now`.
    Point next(Point now) const { return std::max(now + gathering, rested_ - saved * breath); }
    /// A cycle ran, whatever it was for.
    void ran(Point began, Point ended) { rested_ = std::max(rested_, began) + (ended - began) + breath; }

private:
    Point rested_{};  // from then on all breaths are saved up again
};

}  // namespace dirsync::daemon
