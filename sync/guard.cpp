#include "sync/guard.hpp"

#include <algorithm>
#include <cstdio>

#include <xxhash.h>

namespace dirsync::sync {
namespace {

constexpr std::size_t percent_applies_above = 10;

std::string text_of(const GuardLimit& limit) {
    char text[64];
    std::snprintf(text, sizeof text, "%llu or %g%%", static_cast<unsigned long long>(limit.count),
                  limit.percent);
    return text;
}

}  // namespace

Approved::Approved(std::span<const Approval> approvals) {
    for (const auto& approval : approvals) {
        for (const auto& object : approval.objects) keys_.insert({approval.hold, object});
    }
}

bool Approved::covers(HoldClass hold, const HeldObject& object) const {
    return keys_.contains(Key{hold, object});
}

std::optional<Hold> guarded(HoldClass hold, std::vector<HeldObject> objects, const GuardLimit& limit,
                            std::uint64_t population, const Approved& approved) {
    std::erase_if(objects, [&](const HeldObject& object) {
        // Who releases what a revert held back means that very change, whatever its class.
        return approved.covers(hold, object) || approved.covers(HoldClass::reverted, object);
    });
    const auto count = objects.size();
    const bool too_many = count > limit.count;
    const bool too_large_a_part =
        count > percent_applies_above && population > 0 &&
        static_cast<double>(count) * 100 > limit.percent * static_cast<double>(population);
    if (!too_many && !too_large_a_part) return std::nullopt;
    return make_hold(hold, std::move(objects), text_of(limit));
}

Hold make_hold(HoldClass hold, std::vector<HeldObject> objects, std::string limit) {
    std::sort(objects.begin(), objects.end());
    XXH64_hash_t hash = static_cast<XXH64_hash_t>(hold) + 1;
    for (const auto& [first, second] : objects) {
        hash = XXH3_64bits_withSeed(first.bytes.data(), first.bytes.size(), hash);
        hash = XXH3_64bits_withSeed(second.bytes.data(), second.bytes.size(), hash);
    }
    char id[24];
    std::snprintf(id, sizeof id, "%012llx", static_cast<unsigned long long>(hash & 0xffffffffffffULL));
    Hold result;
    result.id = id;
    result.hold = hold;
    result.objects = std::move(objects);
    result.limit = std::move(limit);
    return result;
}

}  // namespace dirsync::sync
