#pragma once

#include "store/memory_state.hpp"
#include "sync/history_store.hpp"

namespace dirsync::store {

/// The HistoryStore of a memory store, on its state.
class MemoryHistory final : public sync::HistoryStore {
public:
    explicit MemoryHistory(MemoryState& state) : state_(state) {}

private:
    MemoryState& state_;
};

}  // namespace dirsync::store
