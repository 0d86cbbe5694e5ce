#include "store/sqlite/file/store_watch.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "store/sqlite/file/db.hpp"
#include "store/sqlite/file/schema.hpp"

namespace dirsync::store {
namespace {

Error unavailable(const std::string& path, const std::string& what) {
    return Error(ErrorCode::store_unavailable, "the store " + path + " " + what);
}

/// Of a store that this process has open.
Error stopped(const std::string& path, const std::string& what, const std::string& advice) {
    return unavailable(path, what + "; nothing is read or written: " + advice);
}

std::chrono::nanoseconds since_epoch(const timespec& time) {
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

/// Places in a LogState: the two salts of the log, nBackfill and nBackfillAttempted.
constexpr std::size_t salts_at = 32;
constexpr std::size_t backfill_at = 48;
constexpr std::size_t attempted_at = 52;

/// Of the log's index, what a LogState is taken from.
constexpr std::size_t index_size = 132;

constexpr const char* put_back = "stop dirsyncd, put the store or a backup of it there, start it again";

}  // namespace

std::optional<Error> why_not_opened(const std::string& path, const std::optional<NamedStore>& named,
                                    std::chrono::nanoseconds checkpoint_takes) {
    if (!named) return std::nullopt;
    struct stat database {};
    const bool is_missing = ::stat(path.c_str(), &database) != 0;
    if (is_missing || database.st_size == 0) {
        return unavailable(path, std::string("is lost: its file is ") + (is_missing ? "missing" : "empty") +
                                     ", and " + path + ".lock says that there was one (" + named->file_id +
                                     "); nothing was made in its place: put a backup there, or remove " +
                                     path + ".lock to begin anew with an empty store");
    }
    struct stat log {};
    const bool has_log = ::stat((path + "-wal").c_str(), &log) == 0 && log.st_size > 0;
    if (has_log && named->log == log.st_ino && named->database != database.st_ino) {
        return unavailable(path, "was put in the place of another file, whose write-ahead log " + path +
                                     "-wal is still there and would damage it; nothing was read: to use "
                                     "this file, remove " +
                                     path + "-wal and " + path + "-shm");
    }
    // The times of the inodes: what is put back may bring along an older time of its content.
    if (has_log && since_epoch(database.st_ctim) > since_epoch(log.st_ctim) + checkpoint_takes) {
        return unavailable(path, "is younger than its write-ahead log " + path +
                                     "-wal, as a backup that was copied over it is, which that log would "
                                     "damage; nothing was read: if this file is the backup, remove " +
                                     path + "-wal and " + path + "-shm; if it is not, touch " + path +
                                     "-wal");
    }
    return std::nullopt;
}

bool StoreWatch::has_name(const std::optional<File>& opened, const std::string& path) {
    const auto now = file_at(path);
    return !opened || (now && now->is_same(*opened));
}

std::optional<StoreWatch::File> StoreWatch::file_at(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return std::nullopt;
    return File{status.st_dev, status.st_ino, status.st_size, since_epoch(status.st_mtim)};
}

StoreWatch::~StoreWatch() {
    if (index_bytes_ != nullptr) ::munmap(const_cast<char*>(index_bytes_), index_size);
    if (index_fd_ >= 0) ::close(index_fd_);
}

StoreWatch::LogState StoreWatch::log_state() const {
    // https://sqlite.org/walformat.html: the header, with the count of changes, the frames and the salts, in
    // two copies of 48 bytes; nBackfill, and nBackfillAttempted, which is set before the first page is
    // written.
    LogState state{};
    if (index_bytes_ == nullptr) return state;
    std::copy_n(index_bytes_, 48, state.begin());
    std::copy_n(index_bytes_ + 96, 4, state.begin() + backfill_at);
    std::copy_n(index_bytes_ + 128, 4, state.begin() + attempted_at);
    return state;
}

bool StoreWatch::is_checkpoint_under_way(const LogState& state) {
    std::uint32_t done = 0;
    std::uint32_t attempted = 0;
    std::memcpy(&done, state.data() + backfill_at, sizeof done);
    std::memcpy(&attempted, state.data() + attempted_at, sizeof attempted);
    return attempted > done;
}

void StoreWatch::begin(std::string file_id) {
    file_id_ = std::move(file_id);
    database_ = file_at(path_);
    log_ = file_at(path_ + "-wal");
    index_ = file_at(path_ + "-shm");
    index_fd_ = ::open((path_ + "-shm").c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat status {};
    if (index_fd_ >= 0 && ::fstat(index_fd_, &status) == 0 &&
        status.st_size >= static_cast<off_t>(index_size)) {
        // As SQLite has it: a look costs no call.
        void* mapped = ::mmap(nullptr, index_size, PROT_READ, MAP_SHARED, index_fd_, 0);
        if (mapped != MAP_FAILED) index_bytes_ = static_cast<const volatile char*>(mapped);
    }
    log_state_ = log_state();
}

NamedStore StoreWatch::named() const {
    return {file_id_, database_ ? database_->inode : 0, log_ ? log_->inode : 0};
}

std::optional<Error> StoreWatch::why_absent(const std::optional<File>& database, bool looks_at_log) const {
    if (!database) return stopped(path_, "was deleted or moved away", put_back);
    if (database_ && !database->is_same(*database_))
        return stopped(path_, "was replaced by another file", put_back);
    if (database->size == 0) return stopped(path_, "was emptied", put_back);
    if (looks_at_log && (!has_name(log_, path_ + "-wal") || !has_name(index_, path_ + "-shm"))) {
        return stopped(path_,
                       "lost its file -wal or -shm, which was removed or replaced while dirsyncd has it "
                       "open: no reader would see what is written",
                       "restart dirsyncd");
    }
    if (is_damaged_) return damage_;
    if (!lock_.is_ours()) {
        return stopped(path_, "may have a second owner: its lock file was removed or replaced",
                       "see that no other dirsyncd runs on it, then restart this one");
    }
    return std::nullopt;
}

Result<void> StoreWatch::present() const {
    if (auto error = why_absent(file_at(path_), true)) return std::move(*error);
    return {};
}

void StoreWatch::require_looked_at() {
    if (is_damaged_) throw DbFailure{damage_};
    if (!is_recent(looked_)) look();
}

bool StoreWatch::is_recent(Moment look) const {
    return look && std::chrono::steady_clock::now() - *look < look_lasts_;
}

void StoreWatch::look() {
    const LogState before = log_state();
    const auto now = file_at(path_);
    // That the log has no name any more harms readers alone: it can wait.
    const bool looks_at_all = !is_recent(looked_at_all_);
    if (auto error = why_absent(now, looks_at_all)) {
        looked_.reset();
        looked_at_all_.reset();
        throw DbFailure{std::move(*error)};
    }
    require_untouched(*now, before);
    looked_ = std::chrono::steady_clock::now();
    if (looks_at_all) looked_at_all_ = looked_;
}

void StoreWatch::note_damage(Error damage) {
    if (is_damaged_) return;
    damage_ = std::move(damage);
    is_damaged_ = true;
}

void StoreWatch::note_own_write() {
    const LogState state = log_state();
    // Without a checkpoint nothing was written to the database, and a call is saved in each commit.
    const auto is_as_before = [&](std::size_t first, std::size_t size) {
        const auto from = static_cast<std::ptrdiff_t>(first);
        return std::equal(state.begin() + from, state.begin() + from + static_cast<std::ptrdiff_t>(size),
                          log_state_.begin() + from);
    };
    const bool has_index = state != LogState{};
    if (!has_index || !is_as_before(salts_at, 8) || !is_as_before(backfill_at, 4)) {
        const auto now = file_at(path_);
        if (now && database_ && now->is_same(*database_)) database_ = now;
    }
    log_state_ = state;
    // What only reads need not look again at what was looked at for the commit.
    if (looked_) looked_ = std::chrono::steady_clock::now();
}

void StoreWatch::require_untouched(const File& now, const LogState& before) {
    if (is_damaged_) throw DbFailure{damage_};
    if (!database_ || !now.is_same(*database_)) return;
    const bool is_written = now.written != database_->written || now.size != database_->size;
    const LogState state = log_state();
    // A checkpoint of another program may begin or end at any moment of this look.
    const bool log_stands = before == log_state_ && state == log_state_ && !is_checkpoint_under_way(state);
    if (is_written && log_stands) {
        note_damage(stopped(path_, "was written over by something that is not SQLite",
                            "stop dirsyncd, remove " + path_ + "-wal and " + path_ +
                                "-shm, which belong to what was there before, see that a backup is there, "
                                "start it again"));
        is_written_over_ = true;
        // Says the same at the next start: the log is that of a file which is no longer there.
        static_cast<void>(lock_.name({file_id_, 0, log_ ? log_->inode : 0}));
        throw DbFailure{damage_};
    }
    database_ = now;
    log_state_ = before;
}

bool StoreWatch::is_written_over() noexcept {
    static_cast<void>(outcome_of([this] {
        const LogState before = log_state();
        if (const auto now = file_at(path_)) require_untouched(*now, before);
    }));
    return is_written_over_;
}

void StoreWatch::require_same(Db& db) {
    const std::int64_t version = db.integer("PRAGMA data_version");
    if (version == verified_) return;
    const auto known = static_cast<std::int64_t>(migrations().size());
    if (db.integer("PRAGMA user_version") != known) {
        throw DbFailure{stopped(path_, "was replaced under dirsyncd by one of another version",
                                "restart dirsyncd, which brings an older one up to date")};
    }
    const std::string found = file_id_of(db);
    if (found != file_id_) {
        throw DbFailure{stopped(
            path_, "was replaced under dirsyncd by another one (" + found + " in place of " + file_id_ + ")",
            put_back)};
    }
    verified_ = version;
}

std::string file_id_of(Db& db) {
    const bool has_id =
        db.integer("SELECT count(*) FROM pragma_table_info('meta') WHERE name = 'file_id'") != 0;
    if (!has_id && db.integer("SELECT count(*) FROM sqlite_schema WHERE name = 'identity_source'") == 0)
        return {};
    // A store from before files had ids gets that of its source, which it keeps.
    Query query = db.query(has_id ? "SELECT file_id FROM meta" : "SELECT store_id FROM identity_source");
    return query.step() ? std::string(query->text(0)) : std::string();
}

}  // namespace dirsync::store
