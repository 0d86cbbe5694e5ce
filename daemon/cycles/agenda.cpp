#include "daemon/cycles/agenda.hpp"

#include <algorithm>

namespace dirsync::daemon {
namespace {

constexpr auto between_looks = std::chrono::hours(24);
constexpr auto between_prunes = std::chrono::hours(24);
constexpr auto longest_wait = std::chrono::hours(1);

}  // namespace

Agenda::Agenda(Scheduler::Settings settings, Point now, Clock::duration first_look_through)
    : settings_(settings), scheduler_(settings, now), next_look_through_(now + first_look_through) {}

Agenda::Next Agenda::next(Point now, const Sight& sight) const {
    if (const auto due = scheduler_.due(now)) return {Step::cycle, *due, now};
    auto pause_end = sight.pause_end;
    if (pause_end && next_pause_end_) pause_end = std::max(*pause_end, *next_pause_end_);
    // A domain controller may have to be asked for the time.
    if (pause_end && *pause_end <= now && sight.may_bind) return {Step::end_pause, {}, now};
    if (sight.is_paused && now >= next_follow_) return {Step::follow_pause, {}, now};
    if (now >= next_look_through_ && sight.is_store_present) return {Step::look_through, {}, now};

    Point until = scheduler_.next().value_or(now + longest_wait);
    if (pause_end && *pause_end > now) until = std::min(until, *pause_end);
    if (sight.is_paused) until = std::min(until, next_follow_);
    // A store that is gone is looked through once it is back; its return starts a cycle.
    if (next_look_through_ > now) until = std::min(until, next_look_through_);
    // The secret may have been replaced meanwhile.
    if (!sight.may_bind || is_denied(now)) until = std::min<Point>(until, now + settings_.poll);
    return {Step::wait, {}, until};
}

void Agenda::looked_through(Point now) { next_look_through_ = now + between_looks; }

bool Agenda::is_prune_due(Point now) const { return !last_prune_ || now - *last_prune_ >= between_prunes; }

void Agenda::use_settings(Scheduler::Settings settings, Point now) {
    settings_ = settings;
    scheduler_.use_settings(settings, now);
}

}  // namespace dirsync::daemon
