#include "store/sqlite/file/schema.hpp"

#include <string>

namespace dirsync::store {
namespace {

void require_ours(Db& db, std::size_t known) {
    const std::int64_t application = db.integer("PRAGMA application_id");
    const std::int64_t version = db.integer("PRAGMA user_version");
    const bool empty = db.integer("SELECT count(*) FROM sqlite_schema") == 0;
    if (application != application_id && !(application == 0 && empty)) {
        throw DbFailure{Error(ErrorCode::store_unavailable,
                              "the store " + db.path() +
                                  " is not an identity store: the file belongs to another program; move it "
                                  "away or name another path")};
    }
    if (version > static_cast<std::int64_t>(known)) {
        throw DbFailure{Error(ErrorCode::store_too_new, "the store " + db.path() +
                                                            " was written by a later version of this program "
                                                            "(store version " +
                                                            std::to_string(version) +
                                                            ", this program knows " + std::to_string(known) +
                                                            "); install that version again")};
    }
}

void carry_out(Db& db, const Migration& step) {
    try {
        db.execute(step.sql);
    } catch (DbFailure& failure) {
        throw DbFailure{std::move(failure.error).within("migration " + std::string(step.name))};
    }
    if (db.query("PRAGMA foreign_key_check").step()) {
        throw DbFailure{Error(ErrorCode::internal, "migration " + std::string(step.name) + " of the store " +
                                                       db.path() + " leaves a row that refers to nothing")};
    }
}

}  // namespace

void migrate(Db& db, std::span<const Migration> steps) {
    require_ours(db, steps.size());
    // A step may rebuild a table that others refer to.
    db.execute("PRAGMA foreign_keys = OFF");
    auto version = static_cast<std::size_t>(db.integer("PRAGMA user_version"));
    if (version < steps.size()) {
        Transaction transaction(db, Transaction::Kind::write);
        for (; version < steps.size(); ++version) carry_out(db, steps[version]);
        db.execute("PRAGMA application_id = " + std::to_string(application_id));
        db.execute("PRAGMA user_version = " + std::to_string(version));
        transaction.commit();
    }
    db.execute("PRAGMA foreign_keys = ON");
}

}  // namespace dirsync::store
