#include <algorithm>

#include "engine/engine_impl.hpp"

// Objects whose text in the store is not what was written (semantics 5.18): taken for unread, and read anew.
namespace dirsync::sync {

/// True when some are damaged for which no whole read was made yet: the cycle has to begin again with one.
bool Engine::Impl::found_damage(std::span<const Node> damaged) {
    const std::size_t known = distrusted_.size();
    distrusted_.insert(distrusted_.end(), damaged.begin(), damaged.end());
    std::sort(distrusted_.begin(), distrusted_.end());
    distrusted_.erase(std::unique(distrusted_.begin(), distrusted_.end()), distrusted_.end());
    reads_anew_ = reads_anew_ || distrusted_.size() > known;
    return distrusted_.size() > known;
}

Error Engine::Impl::damage_found() {
    begin_again_ = true;
    return Error(ErrorCode::store_unavailable,
                 std::to_string(distrusted_.size()) +
                     " objects of the mirror are damaged in the store; nothing is written before they were "
                     "read anew from the directory, which begins by itself; if it happens again, check the "
                     "disk");
}

/// Whoever is in `fresh` was read anew; empty: all were.
std::string Engine::Impl::note_read_anew(const MirrorDelta& fresh) {
    std::erase_if(distrusted_, [&](Node node) {
        const bool is_gone =
            std::find(fresh.removed.begin(), fresh.removed.end(), node) != fresh.removed.end();
        return is_gone || std::any_of(fresh.upserts.begin(), fresh.upserts.end(),
                                      [node](const MirrorUpsert& upsert) { return upsert.row.node == node; });
    });
    if (distrusted_.empty()) return {};
    return std::to_string(distrusted_.size()) +
           " objects of the mirror are damaged in the store, and the directory does not show them any more: "
           "their users and groups stay as they are; restore a backup of the store";
}

}  // namespace dirsync::sync
