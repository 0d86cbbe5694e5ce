#include "store/sqlite/file/soundness.hpp"

#include <sqlite3.h>

#include <charconv>
#include <optional>
#include <string_view>

#include "core/text.hpp"

namespace dirsync::store {
namespace {

std::vector<std::string> tables_of(Db& db) {
    std::vector<std::string> names;
    Query query = db.query("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name DESC");
    while (query.step()) names.emplace_back(query->text(0));
    return names;
}

bool is_damage(int code) noexcept {
    return (code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB;
}

/// What a look says of a page that it could not get: the disk failed, or memory ran out.
bool is_unread(std::string_view line) {
    constexpr std::string_view coded = "unable to get the page. error code=";
    if (line.find("failed to get page") != std::string_view::npos) return true;
    const auto at = line.find(coded);
    if (at == std::string_view::npos) return false;
    int code = 0;
    std::from_chars(line.data() + at + coded.size(), line.data() + line.size(), code);
    return !is_damage(code);
}

/// The first fault; nullopt: none, or it took too long to know. Throws DbFailure when the look itself failed:
/// what cannot be read now may be sound.
std::optional<std::string> fault_in(Db& db, const std::string& table, std::chrono::milliseconds patience) {
    const Deadline deadline(db, patience);
    try {
        // A name of our own schema: parameters may not stand in a PRAGMA.
        Query query = db.query("PRAGMA quick_check('" + table + "')");
        if (!query.step() || query->text(0) == "ok") return std::nullopt;
        if (is_unread(query->text(0))) {
            throw DbFailure{Error(ErrorCode::store_unavailable,
                                  "the store " + db.path() + " cannot be read in " + table + " (" +
                                      quoted_peer_text(query->text(0)) +
                                      "); it is used as before, and looked through again in a day; check the "
                                      "disk")};
        }
        return quoted_peer_text(query->text(0));
    } catch (const DbFailure& failure) {
        if (is_damage(failure.code)) return failure.error.message();
        if ((failure.code & 0xff) == SQLITE_INTERRUPT) return std::nullopt;
        throw;
    }
}

}  // namespace

bool Soundness::look_on(Db& db, StoreWatch& watch, std::chrono::milliseconds patience) {
    const Transaction transaction(db, Transaction::Kind::read);
    if (tables_.empty()) tables_ = tables_of(db);
    const std::string table = std::move(tables_.back());
    tables_.pop_back();
    if (const auto fault = fault_in(db, table, patience)) {
        Error damage(ErrorCode::store_unavailable,
                     "the store " + db.path() + " is damaged in " + table + " (" + *fault +
                         "); nothing is read or written: stop dirsyncd, restore a backup, start it again");
        watch.note_damage(damage);
        throw DbFailure{std::move(damage)};
    }
    return tables_.empty();
}

}  // namespace dirsync::store
