#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <boost/unordered/unordered_flat_set.hpp>

#include "core/error.hpp"
#include "model/clock.hpp"
#include "model/holds.hpp"
#include "model/plan.hpp"
#include "model/settings.hpp"
#include "sync/planner/guard_window.hpp"

namespace dirsync::sync {

class Mirror;

/// The guards of one run (semantics 5.3): which changes of a class have to wait for an approval.
class Guards {
public:
    /// What outlives the guards: `passed`, by earlier runs, and `in_force`, the holds before this run.
    Guards(const SafetySettings& safety, const GuardWindow& passed, std::span<const Hold> in_force,
           std::span<const Approval> approvals, Clock clock);

    bool approved(HoldClass hold, const HeldObject& object) const;

    /// How many of the class went through in the window before, those not counted that were approved.
    std::uint64_t passed_before(HoldClass hold, const ObjectGuid& group = {}) const;

    /// The hold of one class, when `objects`, of which approved ones are left out, exceed the limit together
    /// with what went through in the window before: more than `count`, or more than `percent` of what there
    /// was with more than 10 objects. `population`: what the store holds of the kind now. nullopt: all may
    /// go through. `sample` and `since` are left to the caller. While time is in doubt, objects that were
    /// held before and are not among `objects` only for want of time count as if they were.
    std::optional<Hold> hold_of(HoldClass hold, std::vector<HeldObject> objects, const GuardLimit& limit,
                                std::uint64_t population, const ObjectGuid& group = {}) const;

    /// What goes through with the plan, for the guards of later runs; nothing while time is in doubt.
    /// Users who are only `put_back` are not counted.
    GuardTally tally_of(const Plan& plan, const Mirror& mirror,
                        const boost::unordered_flat_set<ObjectGuid>& put_back) const;

private:
    struct Key {
        HoldClass hold;
        HeldObject object;
        bool operator==(const Key&) const = default;
        friend std::size_t hash_value(const Key& key) noexcept {
            return key.object.first.hash() ^ (key.object.second.hash() << 1) ^
                   static_cast<std::size_t>(key.hold);
        }
    };

    std::uint64_t waiting_for_time(HoldClass hold, std::span<const HeldObject> objects) const;
    bool counts(HoldClass hold, const HeldObject& object) const;
    std::uint64_t counted_before(HoldClass hold, const ObjectGuid& group) const;
    std::map<ObjectGuid, std::uint64_t> emptied_targets(const Plan& plan) const;

    const SafetySettings& safety_;
    const GuardWindow& passed_;
    std::span<const Hold> in_force_;
    Clock clock_;
    boost::unordered_flat_set<Key> approved_;
    /// Approved out of a hold of which the rest waits on: they pass, and count towards the limit of the rest.
    std::map<std::pair<HoldClass, ObjectGuid>, std::uint64_t> approved_apart_;
    std::vector<std::pair<HoldClass, ObjectGuid>> restarted_;
};

/// Whether time alone may be the reason of such a hold, so that in doubt nobody knows whether it still
/// stands.
constexpr bool may_depend_on_time(HoldClass hold) noexcept {
    return hold == HoldClass::remove_users || hold == HoldClass::disable_users ||
           hold == HoldClass::remove_groups || hold == HoldClass::enable_users;
}

/// The hold in force that `hold` goes on from: the same one, or the oldest of its class with an object in
/// common. nullptr: it is new.
const Hold* held_before(std::span<const Hold> in_force, const Hold& hold);

}  // namespace dirsync::sync
