#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <boost/unordered/unordered_flat_set.hpp>

#include "sync/plan.hpp"
#include "sync/settings.hpp"

namespace dirsync::sync {

/// Everything that was approved, by class.
class Approved {
public:
    explicit Approved(std::span<const Approval> approvals);
    bool covers(HoldClass hold, const HeldObject& object) const;

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
    boost::unordered_flat_set<Key> keys_;
};

/// The hold of one class, when `objects`, of which approved ones are left out, exceed the limit: more than
/// `count`, or more than `percent` of `population` with more than 10 objects (semantics 5.3). nullopt:
/// everything may go through. `sample` and `since` are left to the caller.
std::optional<Hold> guarded(HoldClass hold, std::vector<HeldObject> objects, const GuardLimit& limit,
                            std::uint64_t population, const Approved& approved);

/// A hold of just these objects, with its id: the same class and set, the same id.
Hold make_hold(HoldClass hold, std::vector<HeldObject> objects, std::string limit);

}  // namespace dirsync::sync
