#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "core/error.hpp"
#include "core/time.hpp"
#include "model/seams/identity_store.hpp"

namespace dirsync::store {

struct SqliteOptions {
    std::string path;  ///< the file is made when it is missing, with mode 0640; its folder never is
    /// How long to wait for another program that holds a lock on the file.
    std::chrono::milliseconds busy_timeout{5000};
    std::function<Time()> now;  ///< empty: the system's clock
    /// The file may grow to this many pages of 4 KiB; 0: as far as the disk goes.
    std::int64_t max_pages = 0;
    /// What only reads looks at the files (semantics 5.18) when the last look is older than this. Each commit
    /// looks.
    std::chrono::milliseconds look_lasts{2};
};

/// Opens the store at `options.path` and owns it as long as the object lives (semantics 5.11). Makes a new
/// store, with an id of its own, of a file that is missing or empty; brings an older one up to date.
/// Fails with store_in_use naming the owner's pid, store_too_new, or store_unavailable with the reason: no
/// right, no folder, not a store, damaged, disk full. The file is then as it was.
///
/// A lock file beside it that names a store stands for that one (semantics 5.18): store_unavailable, and
/// nothing made or changed, when the file is missing, empty or holds another store. Every call fails likewise
/// once the files were deleted, replaced or taken away while this process has them open; one that only reads
/// after `look_lasts` at the latest.
///
/// A commit is on the disk when `commit` returns (WAL, synchronous=FULL). Other programs may read the v1_
/// views at any time. Calls come from one thread at a time, any thread.
Result<std::unique_ptr<sync::IdentityStore>> open_sqlite(const SqliteOptions& options);

/// The error that `open_sqlite` would give for a store that is lost, without opening or making anything.
Result<void> require_not_lost(const std::string& path);

}  // namespace dirsync::store
