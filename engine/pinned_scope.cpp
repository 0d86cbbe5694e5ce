#include "engine/pinned_scope.hpp"

#include <algorithm>

namespace dirsync::sync {

void PinnedScope::load(const ScopeSettings& scope, std::span<const Pin> pins, const Mirror& mirror,
                       const StoredIndex& stored) {
    resolved_ = resolved(scope, pins, {}, mirror, stored);
    origin_.reset();
}

bool PinnedScope::stands(std::span<const Pin> pins, const std::vector<ObjectGuid>& found,
                         const MirrorDelta& delta, const Mirror& mirror) const {
    const bool same_pins = std::ranges::equal(pins, resolved_.pins);
    if (!origin_ || !same_pins || found != origin_->found) return false;
    const auto& objects = origin_->objects;
    const auto is_named = [&objects](const MirrorRow& row) { return objects.contains(row.guid); };
    return std::none_of(delta.upserts.begin(), delta.upserts.end(),
                        [&](const MirrorUpsert& upsert) { return is_named(upsert.row); }) &&
           std::none_of(delta.row_updates.begin(), delta.row_updates.end(), is_named) &&
           std::none_of(delta.removed.begin(), delta.removed.end(),
                        [&](Node node) { return objects.contains(mirror.guid(node)); });
}

bool PinnedScope::resolve(const ScopeSettings& scope, const std::vector<Pin>& pins,
                          const std::vector<ObjectGuid>& found, const Mirror& mirror,
                          const StoredIndex& stored) {
    ResolvedScope now = resolved(scope, pins, found, mirror, stored);
    const bool differs = now.nodes != resolved_.nodes || now.also_excluded != resolved_.also_excluded;
    resolved_ = std::move(now);
    origin_.reset();
    // What exclusions stand for depends on rows as well.
    const bool excludes = !scope.exclude_users.empty() || !scope.exclude_groups.empty();
    if (excludes || resolved_.pins != pins) return differs;
    Origin& origin = origin_.emplace();
    origin.found = found;
    origin.objects.insert(found.begin(), found.end());
    for (const Pin& pin : resolved_.pins) origin.objects.insert(pin.guid);
    return differs;
}

}  // namespace dirsync::sync
