#pragma once

#include <optional>

#include "daemon/cycles/scheduler.hpp"
#include "daemon/cycles/wake_pace.hpp"

namespace dirsync::daemon {

/// Decides what comes next when nobody asks for anything, and when. Pure: time, chance and everything that
/// the decision depends on come in as values.
class Agenda {
public:
    using Clock = Scheduler::Clock;
    using Point = Scheduler::Point;

    enum class Step {
        cycle,         ///< a cycle is due
        end_pause,     ///< a pause may have lasted too long (semantics 4.5): ask the engine
        follow_pause,  ///< ask the store whether the pause goes on: a backup may have been restored into it
        look_through,  ///< look for damage in a part of the store (5.18)
        wait,          ///< nothing is due before `until`
    };
    struct Next {
        Step step = Step::wait;
        Scheduler::Due due = {};  ///< of a cycle
        Point until{};            ///< of `wait`: later than now
    };
    struct Sight {
        bool is_paused = false;
        /// When the pause will have lasted too long. nullopt: it never will.
        std::optional<Point> pause_end = {};
        bool may_bind = true;  ///< false: credentials were refused, and are the same still (5.8)
        bool is_store_present = true;
    };

    /// `first_look_through`: from `now`. There is enough to do at the start.
    Agenda(Scheduler::Settings settings, Point now, Clock::duration first_look_through);

    Next next(Point now, const Sight& sight) const;

    /// A cycle ended, also a dry run. `failure`: the class of its error.
    void cycle_ended(Point began, Point ended) { wake_pace_.ran(began, ended); }
    void finished(Point now, bool was_full, std::optional<ErrorClass> failure, double chance) {
        scheduler_.finished(now, was_full, failure, chance);
    }
    void pause_tried(Point now) { next_pause_end_ = now + settings_.poll; }
    void pause_followed(Point now) { next_follow_ = now + settings_.poll; }
    /// The whole store was looked through, or a look failed.
    void looked_through(Point now);

    /// The journal is pruned after a cycle, once a day.
    bool is_prune_due(Point now) const;
    void pruned(Point now) { last_prune_ = now; }

    void use_settings(Scheduler::Settings settings, Point now);
    void set_paused(bool paused, Point now) { scheduler_.set_paused(paused, now); }
    /// The directory says that something changed.
    void notified(Point now) { scheduler_.notified(wake_pace_.next(now)); }
    void credentials_refused(Point when) { scheduler_.credentials_refused(when); }
    void credentials_changed(Point now) { scheduler_.credentials_changed(now); }
    /// While refused credentials rest.
    bool is_denied(Point now) const noexcept { return scheduler_.is_denied(now); }
    /// When the next cycle is due; nullopt: not before somebody asks.
    std::optional<Point> next_cycle() const noexcept { return scheduler_.next(); }

private:
    Scheduler::Settings settings_;
    Scheduler scheduler_;
    WakePace wake_pace_;
    std::optional<Point> next_pause_end_;  ///< not before, after the end of a pause was tried
    Point next_follow_{};
    Point next_look_through_;
    std::optional<Point> last_prune_;
};

}  // namespace dirsync::daemon
