#include "store/sqlite/inspect.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>

#include <pwd.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <sqlite3.h>

#include "store/sqlite/file/schema.hpp"
#include "store/sqlite/reader.hpp"
#include "store/sqlite/store.hpp"

namespace dirsync::store {
namespace {

constexpr std::uint64_t mebibyte = 1024 * 1024;
constexpr std::uint64_t too_little = 16 * mebibyte;
constexpr std::uint64_t little = 256 * mebibyte;
constexpr int steps_between_looks = 10'000;

using Clock = std::chrono::steady_clock;

struct CloseDb {
    void operator()(sqlite3* db) const noexcept { sqlite3_close_v2(db); }
};
struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
};
using Handle = std::unique_ptr<sqlite3, CloseDb>;
using Prepared = std::unique_ptr<sqlite3_stmt, Finalize>;

int is_over(void* deadline) { return Clock::now() > *static_cast<Clock::time_point*>(deadline) ? 1 : 0; }

std::string own_name() {
    const auto* user = ::getpwuid(::geteuid());
    return user == nullptr ? "uid " + std::to_string(::geteuid()) : std::string(user->pw_name);
}

Check unavailable(const std::string& path, const std::string& what, const std::string& advice) {
    return failed("store", path, Error(ErrorCode::store_unavailable, what), advice);
}

/// The first column of the first row as text; nullopt: an error, which the handle knows.
std::optional<std::string> first_of(sqlite3* db, const char* sql) {
    sqlite3_stmt* raw = nullptr;
    if (sqlite3_prepare_v2(db, sql, -1, &raw, nullptr) != SQLITE_OK) return std::nullopt;
    const Prepared statement(raw);
    if (sqlite3_step(statement.get()) != SQLITE_ROW) return std::nullopt;
    const auto* text = sqlite3_column_text(statement.get(), 0);
    return text == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(text));
}

Check folder_check(const std::string& folder) {
    if (::access(folder.c_str(), F_OK) != 0 && errno == ENOENT) {
        return warned("store", folder, "the folder of the store does not exist",
                      "systemd-tmpfiles --create makes /var/lib/dirsyncd; any other, or without systemd: "
                      "install -d -m 2750 -o dirsyncd -g dirsyncd-read " +
                          folder);
    }
    if (::access(folder.c_str(), W_OK | X_OK) != 0) {
        return unavailable(folder, "the folder of the store is not writable for '" + own_name() + "'",
                           "chown " + own_name() + ": " + folder);
    }
    return passed("store", folder, "the folder of the store is writable for '" + own_name() + "'");
}

Check space_check(const std::string& folder) {
    struct statvfs facts {};
    if (::statvfs(folder.c_str(), &facts) != 0)
        return skipped("disk", folder, std::string("the free space is not known: ") + std::strerror(errno));
    const std::uint64_t free = std::uint64_t{facts.f_bavail} * facts.f_frsize;
    const std::string seen = std::to_string(free / mebibyte) + " MiB are free";
    const std::string advice =
        "make room: a store takes about 2 GB for a million users, and as much again while it is written "
        "first";
    if (free < too_little) return failed("disk", folder, Error(ErrorCode::store_unavailable, seen), advice);
    if (free < little) return warned("disk", folder, seen, advice);
    return passed("disk", folder, seen);
}

Check soundness(sqlite3* db, const std::string& path, std::chrono::milliseconds patience) {
    Clock::time_point deadline = Clock::now() + patience;
    sqlite3_progress_handler(db, steps_between_looks, &is_over, &deadline);
    const auto verdict = first_of(db, "PRAGMA quick_check(1)");
    sqlite3_progress_handler(db, 0, nullptr, nullptr);
    if (verdict && *verdict == "ok") return passed("store", path, "the store is sound");
    if (!verdict && sqlite3_errcode(db) == SQLITE_INTERRUPT) {
        return skipped("store", path,
                       "the store is too large to be looked through here: sqlite3 " + path +
                           " 'PRAGMA integrity_check' takes its time");
    }
    return unavailable(path,
                       "the store is damaged: " + (verdict ? *verdict : std::string(sqlite3_errmsg(db))),
                       "stop the daemon, put a backup in its place, start it: the next cycle brings it up to "
                       "date (docs/operating.md, Backup)");
}

/// Rows that SQLite can read and that are not what was written all the same; nullopt: none, or it would take
/// too long to know.
std::optional<Check> mirror_check(const std::string& path, std::chrono::milliseconds patience) {
    const auto damaged = outcome_of([&] {
        Db db(path, Db::Mode::read_only);
        db.set_busy_timeout(2000);
        const Deadline deadline(db, patience);
        return count_damaged(db);
    });
    if (!damaged || *damaged == 0) return std::nullopt;
    return warned("store", path,
                  "the mirror of the directory is damaged: " + std::to_string(*damaged) +
                      " objects are not what was written",
                  "'dirsyncctl sync --full' reads them anew; look at the disk and the memory of this host, "
                  "and take the store from a backup if it happens again");
}

void check_file(const std::string& path, std::chrono::milliseconds patience, std::vector<Check>& checks) {
    if (const auto lost = require_not_lost(path); !lost) {
        checks.push_back(failed("store", path, lost.error(), "docs/operating.md, Backup"));
        return;
    }
    if (::access(path.c_str(), F_OK) != 0 && errno == ENOENT) {
        checks.push_back(passed("store", path, "there is no store yet: the first sync makes it"));
        return;
    }
    if (::access(path.c_str(), R_OK | W_OK) != 0) {
        checks.push_back(unavailable(path, "the store may not be read and written by '" + own_name() + "'",
                                     "chown " + own_name() + ": " + path + "*"));
        return;
    }
    sqlite3* raw = nullptr;
    const int opened = sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READONLY, nullptr);
    const Handle db(raw);
    sqlite3_busy_timeout(raw, 2000);
    const auto application = opened == SQLITE_OK ? first_of(db.get(), "PRAGMA application_id") : std::nullopt;
    const auto version = application ? first_of(db.get(), "PRAGMA user_version") : std::nullopt;
    if (!version) {
        checks.push_back(unavailable(path, std::string("the store cannot be opened: ") + sqlite3_errmsg(raw),
                                     "is another program's lock on it, is it a file of SQLite?"));
        return;
    }
    if (*application != std::to_string(application_id)) {
        checks.push_back(failed("store", path,
                                Error(ErrorCode::config_invalid, "the file is not an identity store"),
                                "name another path in store.sqlite.path, or move the file away"));
        return;
    }
    const auto known = migrations().size();
    if (std::stoull(*version) > known) {
        checks.push_back(failed("store", path,
                                Error(ErrorCode::store_too_new, "the store was written by a later version"),
                                "install that version of dirsyncd again"));
        return;
    }
    checks.push_back(soundness(db.get(), path, patience));
    if (auto mirror = mirror_check(path, patience)) checks.push_back(std::move(*mirror));
}

}  // namespace

std::optional<sync::HistoryStore::Refusal> stored_refusal(const std::string& path) {
    sqlite3* raw = nullptr;
    const int opened = sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READONLY, nullptr);
    const Handle db(raw);
    if (opened != SQLITE_OK) return std::nullopt;
    const auto fingerprint = first_of(raw, "SELECT fingerprint FROM refused_credentials");
    const auto since = first_of(raw, "SELECT since FROM refused_credentials");
    if (!fingerprint || !since) return std::nullopt;
    return sync::HistoryStore::Refusal{*fingerprint, Time(Duration(std::atoll(since->c_str())))};
}

std::vector<Check> store_checks(const std::string& path, std::chrono::milliseconds patience) {
    const std::string folder = std::filesystem::path(path).parent_path().string();
    std::vector<Check> checks;
    checks.push_back(folder_check(folder));
    if (checks.front().outcome != CheckOutcome::ok) return checks;
    checks.push_back(space_check(folder));
    check_file(path, patience, checks);
    return checks;
}

}  // namespace dirsync::store
