#include "model/replication.hpp"

#include <algorithm>

namespace dirsync::sync {

std::optional<Watermark> lacked_by(const Watermark& at, std::span<const ReplicationCursor> cursors,
                                   std::span<const Watermark> seen) {
    // Its own numbers need no vector: a DC that is not as far as it was has been put back.
    for (const auto& mark : seen) {
        const bool is_put_back = mark.was_put_back || at.highest_usn < mark.highest_usn;
        if (mark.invocation_id == at.invocation_id && is_put_back) return mark;
    }
    for (const auto& mark : seen) {
        if (mark.invocation_id == at.invocation_id) continue;
        const bool has =
            std::any_of(cursors.begin(), cursors.end(), [&mark](const ReplicationCursor& cursor) {
                return cursor.invocation_id == mark.invocation_id && cursor.usn >= mark.highest_usn;
            });
        if (!has) return mark;
    }
    return std::nullopt;
}

std::vector<Watermark> seen_through(const Watermark& at, bool has_all, std::span<const Watermark> seen) {
    std::vector<Watermark> kept(seen.begin(), seen.end());
    std::erase_if(kept, [&](const Watermark& mark) {
        const bool is_own = mark.dc == at.dc;
        return is_own ? mark.invocation_id != at.invocation_id : has_all && !mark.was_put_back;
    });
    return kept;
}

}  // namespace dirsync::sync
