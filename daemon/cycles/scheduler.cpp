#include "daemon/cycles/scheduler.hpp"

#include <algorithm>
#include <cmath>

namespace dirsync::daemon {
namespace {

/// A span that varies by the given percentage up and down.
Scheduler::Clock::duration jittered(Duration span, double percent, double chance) {
    const double factor = 1.0 + percent / 100.0 * (2.0 * chance - 1.0);
    return std::chrono::duration_cast<Scheduler::Clock::duration>(
        std::chrono::duration<double>(static_cast<double>(span.count()) * std::max(0.0, factor)));
}

}  // namespace

Scheduler::Scheduler(Settings settings, Point now)
    : settings_(settings), next_(now), next_full_(now + settings.full) {}

void Scheduler::use_settings(Settings settings, Point now) {
    settings_ = settings;
    next_ = now;
    next_full_ = std::min(next_full_, now + settings.full);
    denied_ = false;
    failures_ = 0;
}

std::optional<Scheduler::Point> Scheduler::next() const noexcept {
    return paused_ || next_ == Point::max() ? std::nullopt : std::optional(next_);
}

std::optional<Scheduler::Due> Scheduler::due(Point now) const {
    if (paused_ || now < next_) return std::nullopt;
    Due due;
    due.full = now >= next_full_;
    due.trigger = !started_ ? "start" : failures_ > 0 ? "retry" : notified_ ? "notification" : "schedule";
    return due;
}

void Scheduler::finished(Point now, bool was_full, std::optional<ErrorClass> failure, double chance) {
    started_ = true;
    notified_ = false;
    denied_ = failure == ErrorClass::denied;
    if (!failure) {
        failures_ = 0;
        if (was_full) next_full_ = now + settings_.full;
        next_ = settings_.periodic ? now + jittered(settings_.poll, settings_.jitter_percent, chance)
                                   : Point::max();
        return;
    }
    ++failures_;
    if (denied_) {
        next_ = now + settings_.denied_pause;
        return;
    }
    // Doubles, beginning with one second. The upper half of the span is drawn from, so that many daemons do
    // not come back at once.
    const double longest = static_cast<double>(settings_.longest_backoff.count());
    const double span = std::min(longest, std::exp2(std::min(failures_ - 1, 20u)));
    next_ = now + std::chrono::duration_cast<Clock::duration>(
                      std::chrono::duration<double>(span * (0.5 + 0.5 * chance)));
}

void Scheduler::notified(Point when) {
    if (!started_ || failures_ > 0 || when >= next_) return;
    next_ = when;
    notified_ = true;
}

void Scheduler::set_paused(bool paused, Point now) {
    if (paused_ && !paused) next_ = std::max(now, denied_ ? next_ : now);
    paused_ = paused;
}

void Scheduler::credentials_refused(Point when) {
    denied_ = true;
    next_ = when + settings_.denied_pause;
}

void Scheduler::credentials_changed(Point now) {
    if (!denied_) return;
    denied_ = false;
    next_ = now;
}

}  // namespace dirsync::daemon
