#pragma once

#include "model/seams/identity_store.hpp"
#include "store/sqlite/file/db.hpp"

namespace dirsync::store {

/// Writes what a fold changed, inside the caller's transaction. Throws DbFailure.
void write_mirror(Db& db, const sync::MirrorDelta& delta);

/// One above the highest node that `delta` names as an object; 0 without one.
std::uint64_t node_bound(const sync::MirrorDelta& delta) noexcept;

/// The flags column of mirror_objects.
std::int64_t flags_of(const sync::MirrorRow& row) noexcept;
void set_flags(sync::MirrorRow& row, std::int64_t flags) noexcept;

}  // namespace dirsync::store
