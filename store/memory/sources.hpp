#pragma once

#include "model/seams/source_store.hpp"
#include "store/memory/state.hpp"

namespace dirsync::store {

/// The SourceStore of a memory store, on its state.
class MemorySources final : public sync::SourceStore {
public:
    explicit MemorySources(MemoryState& state) : state_(state) {}

    Result<sync::SourceChanged> change(const sync::SourceChange& change) override;
    Result<std::optional<sync::SourcePair>> used_consent() override { return state_.used_consent; }
    Result<void> forget_consent() override {
        state_.used_consent.reset();
        return {};
    }
    Result<std::vector<sync::Snapshot>> snapshots() override;
    Result<sync::SnapshotContents> contents(const std::string& id) override;
    Result<sync::Snapshot> import(const sync::SnapshotContents& contents) override;
    Result<sync::RestoreReport> restore(const std::string& id, bool assignments_only, Time now,
                                        const sync::Asked& by) override;

private:
    MemoryState& state_;
};

}  // namespace dirsync::store
