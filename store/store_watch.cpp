#include "store/store_watch.hpp"

#include <sys/stat.h>

#include <utility>

#include "store/sqlite_db.hpp"
#include "store/sqlite_schema.hpp"

namespace dirsync::store {
namespace {

Error unavailable(const std::string& path, const std::string& what) {
    return Error(ErrorCode::store_unavailable, "the store " + path + " " + what);
}

/// Of a store that this process has open.
Error stopped(const std::string& path, const std::string& what, const std::string& advice) {
    return unavailable(path, what + "; nothing is read or written: " + advice);
}

constexpr const char* put_back = "stop dirsyncd, put the store or a backup of it there, start it again";

}  // namespace

std::optional<Error> why_not_opened(const std::string& path, const std::optional<NamedStore>& named) {
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
    return std::nullopt;
}

bool StoreWatch::has_name(const std::optional<File>& opened, const std::string& path) {
    const auto now = file_at(path);
    return !opened || (now && now->is_same(*opened));
}

std::optional<StoreWatch::File> StoreWatch::file_at(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return std::nullopt;
    return File{status.st_dev, status.st_ino, status.st_size};
}

void StoreWatch::begin(std::string file_id) {
    file_id_ = std::move(file_id);
    database_ = file_at(path_);
    log_ = file_at(path_ + "-wal");
    index_ = file_at(path_ + "-shm");
}

NamedStore StoreWatch::named() const {
    return {file_id_, database_ ? database_->inode : 0, log_ ? log_->inode : 0};
}

std::optional<Error> StoreWatch::why_absent() const {
    const auto database = file_at(path_);
    if (!database) return stopped(path_, "was deleted or moved away", put_back);
    if (database_ && !database->is_same(*database_))
        return stopped(path_, "was replaced by another file", put_back);
    if (database->size == 0) return stopped(path_, "was emptied", put_back);
    if (!has_name(log_, path_ + "-wal") || !has_name(index_, path_ + "-shm")) {
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
    if (auto error = why_absent()) return std::move(*error);
    return {};
}

void StoreWatch::require_present() const {
    if (auto error = why_absent()) throw DbFailure{std::move(*error)};
}

void StoreWatch::note_damage(Error damage) {
    if (is_damaged_) return;
    damage_ = std::move(damage);
    is_damaged_ = true;
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
