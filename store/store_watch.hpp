#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "core/error.hpp"
#include "store/owner_lock.hpp"

namespace dirsync::store {

class Db;

/// Why the store at `path` may not be opened beside a lock file that says `named`; nullopt: it may. A lock file
/// that names a store stands for one: without it nothing is made in its place (semantics 5.18). Nor is the
/// write-ahead log of one file ever replayed onto another. Looks at names and sizes only.
std::optional<Error> why_not_opened(const std::string& path, const std::optional<NamedStore>& named);

/// Whether the files that this process opened are still those that everybody else finds (semantics 5.18).
class StoreWatch {
public:
    /// `lock` outlives it.
    StoreWatch(std::string path, const OwnerLock& lock) : path_(std::move(path)), lock_(lock) {}

    /// Takes the files as they are now for those that were opened, and `file_id` for what they hold.
    void begin(std::string file_id);
    NamedStore named() const;

    /// The store, its write-ahead log and its lock have their names still: store_unavailable otherwise, with
    /// what to do. Any thread once `begin` was called.
    Result<void> present() const;
    /// Throws DbFailure in place of the error.
    void require_present() const;
    /// From now on nothing is read or written any more: a look at the file found `damage`. Once.
    void note_damage(Error damage);
    /// Inside a transaction: what the file holds is still this store, in the version that was opened. Looks
    /// again only after another connection wrote. Throws DbFailure.
    void require_same(Db& db);

private:
    struct File {
        std::uint64_t device = 0;
        std::uint64_t inode = 0;
        std::int64_t size = 0;
        bool is_same(const File& other) const noexcept {
            return device == other.device && inode == other.inode;
        }
    };
    static std::optional<File> file_at(const std::string& path);
    static bool has_name(const std::optional<File>& opened, const std::string& path);
    std::optional<Error> why_absent() const;

    std::string path_;
    const OwnerLock& lock_;
    std::string file_id_;
    std::optional<File> database_;
    std::optional<File> log_;
    std::optional<File> index_;
    std::optional<std::int64_t> verified_;  ///< the data_version that was looked at last
    Error damage_;
    std::atomic<bool> is_damaged_ = false;  ///< `damage_` is set, and stays
};

/// The id of the file that `db` has open, whatever its version; empty: it has none yet. Throws DbFailure.
std::string file_id_of(Db& db);

}  // namespace dirsync::store
