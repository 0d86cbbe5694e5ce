#pragma once

#include <functional>
#include <memory>

#include "core/time.hpp"
#include "model/seams/identity_store.hpp"

namespace dirsync::store {

/// A store that forgets everything when it goes: for tests of the core, and the plain statement of what
/// every store does. Each commit works on a copy of the whole state. `now` empty: the system's clock.
std::unique_ptr<sync::IdentityStore> make_memory_store(std::function<Time()> now = {});

/// A backup of such a store: called, it puts the store back to what it is now, under whoever has it open. The
/// store outlives it.
std::function<void()> backup_of(sync::IdentityStore& memory_store);

}  // namespace dirsync::store
