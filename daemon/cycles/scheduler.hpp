#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "core/error.hpp"
#include "core/time.hpp"
#include "daemon/refusals.hpp"

namespace dirsync::daemon {

/// Decides when the next cycle is due. Pure: time and chance come in as values.
class Scheduler {
public:
    using Clock = std::chrono::steady_clock;
    using Point = Clock::time_point;

    struct Settings {
        Duration poll{30};
        Duration full{24 * 3600};
        double jitter_percent = 10;
        Duration longest_backoff{300};
        Duration denied_pause = Refusals::pause;
        bool periodic = true;  ///< false: after a success only when asked (there is nothing to poll)
    };
    struct Due {
        bool full = false;
        std::string trigger;  ///< start, schedule, notification, retry
    };

    /// The first cycle is due at once.
    Scheduler(Settings settings, Point now);

    void use_settings(Settings settings, Point now);
    /// When to look again; nullopt: not before somebody asks (paused, or not periodic).
    std::optional<Point> next() const noexcept;
    /// What is due at `now`, if anything.
    std::optional<Due> due(Point now) const;
    /// A cycle ended. `failure`: the class of its error. `chance` in [0, 1) draws the jitter.
    void finished(Point now, bool was_full, std::optional<ErrorClass> failure, double chance);
    /// The directory said that something changed: a cycle is due at `when`, unless one is due before. A
    /// directory that fails or refuses is not asked more often for it.
    void notified(Point when);
    void set_paused(bool paused, Point now);
    /// Credentials were refused at `when`, by something else than a cycle: the pause begins as after one.
    void credentials_refused(Point when);
    /// Refused credentials may be tried again: the secret or the configuration changed.
    void credentials_changed(Point now);
    /// True while no bind may be attempted.
    bool is_denied(Point now) const noexcept { return denied_ && now < next_; }
    unsigned failures() const noexcept { return failures_; }

private:
    Settings settings_;
    Point next_;
    Point next_full_;
    unsigned failures_ = 0;
    bool started_ = false;
    bool denied_ = false;
    bool notified_ = false;
    bool paused_ = false;
};

}  // namespace dirsync::daemon
