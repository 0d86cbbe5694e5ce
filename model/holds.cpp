#include "model/holds.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

#include <xxhash.h>

namespace dirsync::sync {

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

Result<Hold> part_of(const Hold& hold, std::span<const ObjectGuid> only) {
    if (only.empty()) return hold;
    Hold part = hold;
    std::erase_if(part.objects, [only](const HeldObject& object) {
        return std::find(only.begin(), only.end(), object.first) == only.end() &&
               std::find(only.begin(), only.end(), object.second) == only.end();
    });
    if (part.objects.empty())
        return Error(ErrorCode::not_found, "nobody of that name is held under the id " + hold.id);
    return part;
}

Approval with_approved(Approval approval, const Hold& part) {
    approval.hold_id = part.id;
    approval.hold = part.hold;
    auto& objects = approval.objects;
    objects.insert(objects.end(), part.objects.begin(), part.objects.end());
    std::sort(objects.begin(), objects.end());
    objects.erase(std::unique(objects.begin(), objects.end()), objects.end());
    return approval;
}

Error no_such_hold(const std::string& id) {
    return Error(ErrorCode::not_found,
                 "nothing is held under the id " + quoted_peer_text(id) +
                     ": another set is held by now, or none; 'dirsyncctl status' lists it");
}

}  // namespace dirsync::sync
