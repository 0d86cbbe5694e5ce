#pragma once

#include <string>
#include <vector>

#include "model/seams/source_store.hpp"
#include "store/sqlite/file/db.hpp"

namespace dirsync::store {

/// Snapshots in their tables, inside the caller's transaction. Throw DbFailure.

/// Takes one of everything the store holds and drops those beyond the number that is kept. Empty: the store
/// holds nothing that a snapshot is for, and none was taken.
std::string take_snapshot(Db& db, const sync::SourceRecord& from, const sync::SourceRecord& to, bool removes,
                          Time at);

/// Oldest first.
std::vector<sync::Snapshot> read_snapshots(Db& db);
/// Throws not_found.
sync::SnapshotContents read_snapshot(Db& db, const std::string& id);
/// Adds what is not there yet.
sync::Snapshot write_snapshot(Db& db, const sync::SnapshotContents& contents);

/// The snapshot that is parked for the built-in directory, which is parked no more; nullopt: none is.
std::optional<sync::SnapshotContents> take_parked(Db& db);

}  // namespace dirsync::store
