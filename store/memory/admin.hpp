#pragma once

#include "model/seams/admin_store.hpp"
#include "store/memory/state.hpp"

namespace dirsync::store {

/// The AdminStore of a memory store, on its state.
class MemoryAdmin final : public sync::AdminStore {
public:
    explicit MemoryAdmin(MemoryState& state) : state_(state) {}

    Result<sync::AdminFacts> find(const sync::AdminKeys& keys) override;
    Result<void> edit(const sync::AdminKeys& keys, const Decide& decide, sync::RunRecord run) override;
    Result<std::vector<sync::ListedAssignment>> assignments() override;

private:
    MemoryState& state_;
};

}  // namespace dirsync::store
