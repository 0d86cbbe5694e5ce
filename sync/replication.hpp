#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/uuid.hpp"
#include "sync/entry.hpp"

namespace dirsync::sync {

/// One line of a DC's replication vector: everything that the database `invocation_id` had up to its `usn`
/// has arrived (MS-DRSR 5.165, ReplUpToDateVector).
struct ReplicationCursor {
    ObjectGuid invocation_id;
    std::uint64_t usn = 0;
    bool operator==(const ReplicationCursor&) const = default;
};

/// The first of `seen` that the DC `at` with the vector `cursors` has not got; nullopt: it has all that was
/// read before (semantics 5.16). The DC's own mark does not count, nor one of the same DC under another
/// invocation id: that it was put back is told by its watermark (semantics 6.4).
std::optional<Watermark> lacked_by(const Watermark& at, std::span<const ReplicationCursor> cursors,
                                   std::span<const Watermark> seen);

/// What the next DC must have once `at` was believed: of `seen` its own mark, when it `has_all`, because
/// whoever has that has the others with it; else everything.
std::vector<Watermark> seen_through(const Watermark& at, bool has_all, std::span<const Watermark> seen);

}  // namespace dirsync::sync
