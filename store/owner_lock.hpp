#pragma once

#include <string>

#include "core/error.hpp"

namespace dirsync::store {

/// Proof that this process owns a store (semantics 5.11): an flock on `<path>.lock`, a file that holds the
/// pid of the owner. Ends with the object or the process, however that ends; the file stays.
class OwnerLock {
public:
    /// store_in_use, naming the pid, when another open of the store has it; store_unavailable when the lock
    /// file cannot be made.
    static Result<OwnerLock> take(const std::string& store_path);

    OwnerLock(OwnerLock&& other) noexcept;
    OwnerLock& operator=(OwnerLock&& other) noexcept;
    ~OwnerLock();

private:
    explicit OwnerLock(int fd) noexcept : fd_(fd) {}
    int fd_ = -1;
};

}  // namespace dirsync::store
