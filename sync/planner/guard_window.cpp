#include "sync/planner/guard_window.hpp"

#include <algorithm>

namespace dirsync::sync {

std::uint64_t GuardWindow::passed(HoldClass hold, const ObjectGuid& group, Time since, Time until) const {
    const auto found = counts_.find(Key{hold, group});
    if (found == counts_.end()) return 0;
    std::uint64_t sum = 0;
    for (const auto& [at, count] : found->second) {
        if (at > since && at <= until) sum += count;
    }
    return sum;
}

void GuardWindow::add(const GuardCount& count) {
    auto& counts = counts_[Key{count.hold, count.group}];
    if (!counts.empty() && counts.back().first == count.at) {
        counts.back().second += count.count;
    } else {
        counts.emplace_back(count.at, count.count);
    }
}

void GuardWindow::apply(const GuardTally& tally) {
    if (tally.changes_nothing()) return;
    for (const auto& [hold, group] : tally.restarted) counts_.erase(Key{hold, group});
    boost::unordered::erase_if(counts_, [&tally](auto& entry) {
        std::erase_if(entry.second, [&tally](const auto& run) {
            return run.first <= tally.forget_until || run.first > tally.forget_after;
        });
        return entry.second.empty();
    });
    for (const auto& count : tally.passed) add(count);
}

std::optional<Time> window_start(const Limit& window, std::span<const Hold> in_force, HoldClass hold,
                                 const ObjectGuid& group, Time now) {
    if (!window) return std::nullopt;
    Time from = now;
    for (const Hold& standing : in_force) {
        const bool same = standing.hold == hold && !standing.objects.empty() &&
                          (group.is_nil() || standing.objects.front().first == group);
        if (same) from = std::min(from, standing.since);
    }
    return from - *window;
}

}  // namespace dirsync::sync
