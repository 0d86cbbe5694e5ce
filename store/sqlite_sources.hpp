#pragma once

#include "store/sqlite_db.hpp"
#include "sync/source_store.hpp"

namespace dirsync::store {

/// The SourceStore of a SQLite store, on its connection.
class SqliteSources final : public sync::SourceStore {
public:
    explicit SqliteSources(Db& db) : db_(db) {}

private:
    Db& db_;
};

}  // namespace dirsync::store
