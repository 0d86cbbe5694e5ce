#pragma once

#include "store/memory_state.hpp"
#include "sync/admin_store.hpp"

namespace dirsync::store {

/// The AdminStore of a memory store, on its state.
class MemoryAdmin final : public sync::AdminStore {
public:
    explicit MemoryAdmin(MemoryState& state) : state_(state) {}

private:
    MemoryState& state_;
};

}  // namespace dirsync::store
