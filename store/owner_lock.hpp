#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/error.hpp"

namespace dirsync::store {

/// The store that a lock file stands for, as of its last start.
struct NamedStore {
    std::string file_id;
    std::uint64_t database = 0;  ///< inode of the file
    std::uint64_t log = 0;       ///< inode of its write-ahead log
    std::uint64_t next_seq =
        0;  ///< the first number of a journal line that was not given out, as far as noted
    bool operator==(const NamedStore&) const = default;
};

/// Proof that this process owns a store (semantics 5.11): an flock on `<path>.lock`, a file that, once
/// `take_store` was called, holds the pid of the owner and names the store, and one on the store itself,
/// which holds although somebody removes the lock file. Both end with the object or the process, however that
/// ends; the files stay.
class OwnerLock {
public:
    /// store_in_use, naming the pid, when another open of the store has it; store_unavailable when the lock
    /// file cannot be made.
    static Result<OwnerLock> take(const std::string& store_path);

    /// What the lock file said when it was taken; nullopt: no store, or it is of a version that named none.
    const std::optional<NamedStore>& named() const noexcept { return named_; }
    /// Locks the store's file as well, which exists. Errors as those of `take`. Before SQLite opens it, and
    /// to be closed behind it: a process that closes a file gives up SQLite's own locks on it.
    Result<void> take_store(const std::string& store_path);
    /// From now on the lock file stands for `store`, after a crash of this host as well. A `next_seq` never
    /// falls.
    Result<void> name(const NamedStore& store);
    /// Notes up to which number lines were given out; not kept by a crash of this host.
    void note_next_seq(std::uint64_t next_seq) noexcept;
    /// Whether the lock file still has its name. Any thread.
    bool is_ours() const noexcept;

    OwnerLock(OwnerLock&& other) noexcept;
    OwnerLock& operator=(OwnerLock&& other) noexcept;
    ~OwnerLock();

private:
    OwnerLock(std::string path, int fd) noexcept : path_(std::move(path)), fd_(fd) {}
    Result<void> write() const;

    std::string path_;
    int fd_ = -1;
    std::uint64_t device_ = 0;  ///< of the lock file
    std::uint64_t inode_ = 0;
    int store_fd_ = -1;
    bool is_new_ = false;  ///< the lock file said nothing when it was taken
    std::optional<NamedStore> named_;
};

/// The store that the lock file at `<store_path>.lock` names, without taking it; nullopt: none, or it cannot
/// be read.
std::optional<NamedStore> store_named_beside(const std::string& store_path);

}  // namespace dirsync::store
