#pragma once

#include "sync/ports.hpp"

namespace dirsync::sync {

/// What admins edit themselves: the users and groups of the built-in directory, permission sets and
/// assignments. A face of an IdentityStore, with its rules of calling.
class AdminStore {
public:
    virtual ~AdminStore() = default;
};

}  // namespace dirsync::sync
