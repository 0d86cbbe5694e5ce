#pragma once

#include "model/seams/source_store.hpp"
#include "store/sqlite/file/db.hpp"

namespace dirsync::store {

/// The SourceStore of a SQLite store, on its connection.
class SqliteSources final : public sync::SourceStore {
public:
    explicit SqliteSources(Db& db) : db_(db) {}

    Result<sync::SourceChanged> change(const sync::SourceChange& change) override;
    Result<std::optional<sync::SourcePair>> used_consent() override;
    Result<void> forget_consent() override;
    Result<std::vector<sync::Snapshot>> snapshots() override;
    Result<sync::RestoreReport> restore(const std::string& id, bool assignments_only, Time now,
                                        const sync::Asked& by) override;
    Result<sync::SnapshotContents> contents(const std::string& id) override;
    Result<sync::Snapshot> import(const sync::SnapshotContents& contents) override;

private:
    Db& db_;
};

}  // namespace dirsync::store
