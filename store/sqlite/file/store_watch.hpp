#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "core/error.hpp"
#include "store/owner_lock.hpp"

namespace dirsync::store {

class Db;

/// Why the store at `path` may not be opened beside a lock file that says `named`; nullopt: it may. A lock
/// file that names a store stands for one: without it nothing is made in its place (semantics 5.18). Nor is
/// the write-ahead log of one file ever replayed onto another, nor one that is older than the file it belongs
/// to by more than a checkpoint explains. Looks at names, sizes and times only.
std::optional<Error> why_not_opened(const std::string& path, const std::optional<NamedStore>& named,
                                    std::chrono::nanoseconds checkpoint_takes = std::chrono::minutes(1));

/// Whether the files that this process opened are still those that everybody else finds (semantics 5.18).
class StoreWatch {
public:
    /// `lock` outlives it. A look at the files is believed for `look_lasts` by what only reads.
    StoreWatch(std::string path, OwnerLock& lock, std::chrono::nanoseconds look_lasts)
        : path_(std::move(path)), lock_(lock), look_lasts_(look_lasts) {}
    StoreWatch(const StoreWatch&) = delete;
    StoreWatch& operator=(const StoreWatch&) = delete;
    /// Behind the connection: a process that closes a file gives up SQLite's own locks on it.
    ~StoreWatch();

    /// Takes the files as they are now for those that were opened, and `file_id` for what they hold.
    void begin(std::string file_id);
    NamedStore named() const;

    /// The store, its write-ahead log and its lock have their names still: store_unavailable otherwise, with
    /// what to do. Any thread once `begin` was called.
    Result<void> present() const;
    /// A transaction may begin: a look that is recent enough, or else another one, found the store present
    /// and untouched. Throws DbFailure.
    void require_looked_at();
    /// A transaction may commit: a look now finds the store present and untouched. Throws DbFailure.
    void look();
    /// From now on nothing is read or written any more: a look at the file found `damage`. Once.
    void note_damage(Error damage);
    /// Inside a transaction: what the file holds is still this store, in the version that was opened. Looks
    /// at the content again only after another connection wrote. Throws DbFailure.
    void require_same(Db& db);
    /// Whether something other than SQLite wrote to the database, now or before.
    bool is_written_over() noexcept;
    /// This process wrote: the database may have changed by its own checkpoint.
    void note_own_write();

private:
    struct File {
        std::uint64_t device = 0;
        std::uint64_t inode = 0;
        std::int64_t size = 0;
        std::chrono::nanoseconds written{};  ///< when
        bool is_same(const File& other) const noexcept {
            return device == other.device && inode == other.inode;
        }
    };
    static std::optional<File> file_at(const std::string& path);
    /// How far the log has grown and was checkpointed, by its index: what moves with each commit and with
    /// each checkpoint of whatever process, and with nothing else.
    using LogState = std::array<char, 56>;
    /// SQLite writes to the database at a checkpoint only and counts that in the log's index. What somebody
    /// copied over it is damage for good (`note_damage`), and no log is folded into it, at the next start
    /// either. `now` is the database as it is, `before` the log before `now` was looked at. Throws DbFailure.
    /// Not while this process writes.
    void require_untouched(const File& now, const LogState& before);
    LogState log_state() const;
    /// A checkpoint of whatever process writes to the database now, or broke off.
    static bool is_checkpoint_under_way(const LogState& state);
    static bool has_name(const std::optional<File>& opened, const std::string& path);
    /// Why `database`, the file that has the store's name now, cannot be used.
    std::optional<Error> why_absent(const std::optional<File>& database, bool looks_at_log) const;
    using Moment = std::optional<std::chrono::steady_clock::time_point>;
    bool is_recent(Moment look) const;

    std::string path_;
    OwnerLock& lock_;
    std::chrono::nanoseconds look_lasts_;
    Moment looked_;         ///< at what reads need
    Moment looked_at_all_;  ///< at the names of the log as well
    std::string file_id_;
    std::optional<File> database_;
    std::optional<File> log_;
    std::optional<File> index_;
    int index_fd_ = -1;
    const volatile char* index_bytes_ = nullptr;  ///< of the file behind `index_fd_`, mapped
    LogState log_state_{};                        ///< when `database_` was looked at last
    std::optional<std::int64_t> verified_;        ///< the data_version that was looked at last
    Error damage_;
    bool is_written_over_ = false;
    std::atomic<bool> is_damaged_ = false;  ///< `damage_` is set, and stays
};

/// The id of the file that `db` has open, whatever its version; empty: it has none yet. Throws DbFailure.
std::string file_id_of(Db& db);

}  // namespace dirsync::store
