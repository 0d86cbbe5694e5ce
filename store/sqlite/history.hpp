#pragma once

#include "model/seams/history_store.hpp"
#include "store/sqlite/file/db.hpp"

namespace dirsync::store {

/// The HistoryStore of a SQLite store, on its connection.
class SqliteHistory final : public sync::HistoryStore {
public:
    explicit SqliteHistory(Db& db) : db_(db) {}

    Result<sync::RunRecord> rewind(const std::string& run_id, const LineSink& sink) override;
    Result<void> lines_after(const std::string& run_id, const LineSink& sink) override;
    Result<std::optional<RowId>> last_run(sync::RunKind kind) override;
    Result<std::optional<sync::StoredUser>> user(const RowId& id) override;
    Result<std::optional<sync::StoredGroup>> group(const RowId& id) override;
    Result<std::vector<std::vector<StatusLine>>> statuses(std::span<const RowId> users) override;
    Result<std::optional<Refusal>> refusal() override;
    Result<void> set_refusal(const std::optional<Refusal>& refusal) override;

private:
    std::optional<sync::Node> node_of(std::string_view sql, const RowId& id);

    Db& db_;
};

/// What is remembered of reverts, sorted by object; inside the caller's transaction. Throws DbFailure.
std::vector<sync::Reverted> read_reverted(Db& db);
/// Replaces it, touching only what differs; true when anything did.
bool write_reverted(Db& db, const std::vector<sync::Reverted>& reverted);

}  // namespace dirsync::store
