#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "model/plan.hpp"
#include "model/settings.hpp"

namespace dirsync::sync {

/// What went through the guards lately. A loss that comes in many small runs is one loss: the limits of
/// semantics 5.3 are for the time of `safety.window`, whatever number of runs falls into it.
class GuardWindow {
public:
    /// Of one class after `since`, up to `until`: what is dated later was counted while a clock was wrong. Of
    /// one group or target for a class that `is_counted_apart`, else `group` is nil.
    std::uint64_t passed(HoldClass hold, const ObjectGuid& group, Time since, Time until) const;

    /// While loading.
    void add(const GuardCount& count);
    /// After a commit wrote the same.
    void apply(const GuardTally& tally);

private:
    struct Key {
        HoldClass hold{};
        ObjectGuid group;
        bool operator==(const Key&) const = default;
        friend std::size_t hash_value(const Key& key) noexcept {
            return key.group.hash() ^ static_cast<std::size_t>(key.hold);
        }
    };
    boost::unordered_flat_map<Key, std::vector<std::pair<Time, std::uint64_t>>> counts_;
};

/// When the window of a class begins for a run at `now`: a window does not move on while its class is held,
/// so that what is held for its sake waits for an admin and not for the clock. nullopt: every run is judged
/// by itself. `group` as above.
std::optional<Time> window_start(const Limit& window, std::span<const Hold> in_force, HoldClass hold,
                                 const ObjectGuid& group, Time now);

}  // namespace dirsync::sync
