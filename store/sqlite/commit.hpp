#pragma once

#include <functional>
#include <optional>

#include "model/seams/identity_store.hpp"
#include "store/sqlite/file/db.hpp"

namespace dirsync::store {

struct Written {
    sync::StoredFacts facts;  ///< of the store after the call
    Db::Content content;      ///< likewise
};

/// Everything the commit says, and its run; nullopt: it changes nothing at all (semantics 5.6). A transaction
/// of its own. `now` is asked when the run names no end. Throws DbFailure: cursor_moved when the store is not
/// as the commit expects it.
std::optional<Written> write_commit(Db& db, const sync::Commit& commit, const std::function<Time()>& now);

/// Drops what the journal holds from before `before`, and what is left of removed objects of the mirror; a
/// transaction of its own. Whole runs go, from the old end on: what stays has no holes, and keeps every name
/// that its lines use even when the clock was once set back. True when anything went. Throws DbFailure.
bool pruned(Db& db, Time before);

}  // namespace dirsync::store
