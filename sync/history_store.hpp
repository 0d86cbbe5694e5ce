#pragma once

#include "sync/ports.hpp"

namespace dirsync::sync {

/// The journal looked at backwards: undoing runs (semantics 5.10). A face of an IdentityStore, with its
/// rules of calling.
class HistoryStore {
public:
    virtual ~HistoryStore() = default;
};

}  // namespace dirsync::sync
