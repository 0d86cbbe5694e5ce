#pragma once

#include "sync/ports.hpp"

namespace dirsync::sync {

/// Changes of the identity source, and the snapshots that are taken before each (semantics 1.3 to 1.5).
/// A face of an IdentityStore, with its rules of calling.
class SourceStore {
public:
    virtual ~SourceStore() = default;
};

}  // namespace dirsync::sync
