#pragma once

#include "model/seams/history_store.hpp"
#include "store/memory/state.hpp"

namespace dirsync::store {

/// The HistoryStore of a memory store, on its state.
class MemoryHistory final : public sync::HistoryStore {
public:
    explicit MemoryHistory(MemoryState& state) : state_(state) {}

    Result<sync::RunRecord> rewind(const std::string& run_id, const LineSink& sink) override;
    Result<void> lines_after(const std::string& run_id, const LineSink& sink) override;
    Result<std::optional<RowId>> last_run(sync::RunKind kind) override;
    Result<std::optional<sync::StoredUser>> user(const RowId& id) override;
    Result<std::optional<sync::StoredGroup>> group(const RowId& id) override;
    Result<std::vector<std::vector<StatusLine>>> statuses(std::span<const RowId> users) override;
    Result<std::optional<Refusal>> refusal() override;
    Result<void> set_refusal(const std::optional<Refusal>& refusal) override;

private:
    MemoryState& state_;
    std::optional<Refusal> refusal_;
};

}  // namespace dirsync::store
