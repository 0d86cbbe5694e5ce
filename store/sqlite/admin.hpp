#pragma once

#include "model/seams/admin_store.hpp"
#include "store/sqlite/file/db.hpp"

namespace dirsync::store {

/// The AdminStore of a SQLite store, on its connection.
class SqliteAdmin final : public sync::AdminStore {
public:
    explicit SqliteAdmin(Db& db) : db_(db) {}

    Result<sync::AdminFacts> find(const sync::AdminKeys& keys) override;
    Result<void> edit(const sync::AdminKeys& keys, const Decide& decide, sync::RunRecord run) override;
    Result<std::vector<sync::ListedAssignment>> assignments() override;

private:
    Db& db_;
};

}  // namespace dirsync::store
