#include "store/soundness.hpp"

#include <optional>

#include "core/text.hpp"

namespace dirsync::store {
namespace {

std::vector<std::string> tables_of(Db& db) {
    std::vector<std::string> names;
    Query query = db.query("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name DESC");
    while (query.step()) names.emplace_back(query->text(0));
    return names;
}

/// The first fault; nullopt: none, or it took too long to know.
std::optional<std::string> fault_in(Db& db, const std::string& table, std::chrono::milliseconds patience) {
    const Deadline deadline(db, patience);
    try {
        // A name of our own schema: parameters may not stand in a PRAGMA.
        Query query = db.query("PRAGMA quick_check('" + table + "')");
        if (!query.step() || query->text(0) == "ok") return std::nullopt;
        return quoted_peer_text(query->text(0));
    } catch (const DbFailure& failure) {
        if (deadline.passed()) return std::nullopt;
        return failure.error.message();
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
