#pragma once

#include "store/sqlite_db.hpp"
#include "sync/history_store.hpp"

namespace dirsync::store {

/// The HistoryStore of a SQLite store, on its connection.
class SqliteHistory final : public sync::HistoryStore {
public:
    explicit SqliteHistory(Db& db) : db_(db) {}

private:
    Db& db_;
};

}  // namespace dirsync::store
