#include "engine/damaged_objects.hpp"

#include <algorithm>

#include "core/sorted.hpp"

namespace dirsync::sync {

bool DamagedObjects::found(std::span<const Node> damaged) {
    const std::size_t known = nodes_.size();
    nodes_.insert(nodes_.end(), damaged.begin(), damaged.end());
    sort_once(nodes_);
    const bool some_are_new = nodes_.size() > known;
    wants_whole_read_ = wants_whole_read_ || some_are_new;
    return some_are_new;
}

Error DamagedObjects::error() const {
    return Error(ErrorCode::store_unavailable,
                 std::to_string(nodes_.size()) +
                     " objects of the mirror are damaged in the store; nothing is written before they were "
                     "read anew from the directory, which begins by itself; if it happens again, check the "
                     "disk");
}

std::string DamagedObjects::read_anew(const MirrorDelta& fresh) {
    wants_whole_read_ = false;
    std::erase_if(nodes_, [&](Node node) {
        const bool is_gone =
            std::find(fresh.removed.begin(), fresh.removed.end(), node) != fresh.removed.end();
        return is_gone || std::any_of(fresh.upserts.begin(), fresh.upserts.end(),
                                      [node](const MirrorUpsert& upsert) { return upsert.row.node == node; });
    });
    if (nodes_.empty()) return {};
    return std::to_string(nodes_.size()) +
           " objects of the mirror are damaged in the store, and the directory does not show them any more: "
           "their users and groups stay as they are; restore a backup of the store";
}

}  // namespace dirsync::sync
