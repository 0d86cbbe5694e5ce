#pragma once

#include "store/sqlite_db.hpp"
#include "sync/admin_store.hpp"

namespace dirsync::store {

/// The AdminStore of a SQLite store, on its connection.
class SqliteAdmin final : public sync::AdminStore {
public:
    explicit SqliteAdmin(Db& db) : db_(db) {}

private:
    Db& db_;
};

}  // namespace dirsync::store
