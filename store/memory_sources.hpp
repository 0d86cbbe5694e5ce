#pragma once

#include "store/memory_state.hpp"
#include "sync/source_store.hpp"

namespace dirsync::store {

/// The SourceStore of a memory store, on its state.
class MemorySources final : public sync::SourceStore {
public:
    explicit MemorySources(MemoryState& state) : state_(state) {}

private:
    MemoryState& state_;
};

}  // namespace dirsync::store
