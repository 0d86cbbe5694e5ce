#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/uuid.hpp"
#include "model/entry.hpp"

namespace dirsync::sync {

/// One line of a DC's replication vector: everything that the database `invocation_id` had up to its `usn`
/// has arrived (MS-DRSR 5.165, ReplUpToDateVector).
struct ReplicationCursor {
    ObjectGuid invocation_id;
    std::uint64_t usn = 0;
    bool operator==(const ReplicationCursor&) const = default;
};

/// The first of `seen` that the DC `at` with the vector `cursors` has not got; nullopt: it has all that was
/// read before (semantics 5.16). First comes a mark of its own database, which it lacks when it was put back:
/// for good, since it gives its numbers out a second time and reaches the mark without what was read before.
/// One that was restored under another id lacks what was read under the old one until it was given back
/// (6.4).
std::optional<Watermark> lacked_by(const Watermark& at, std::span<const ReplicationCursor> cursors,
                                   std::span<const Watermark> seen);

/// What the next DC must have once `at` was believed: of `seen` its own mark, when it `has_all`, because
/// whoever has that has the others with it; else everything. The mark of a database that was put back is
/// kept.
std::vector<Watermark> seen_through(const Watermark& at, bool has_all, std::span<const Watermark> seen);

}  // namespace dirsync::sync
