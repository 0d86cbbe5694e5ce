#pragma once

#include <string>
#include <vector>

#include "model/seams/identity_store.hpp"
#include "store/sqlite/file/db.hpp"

namespace dirsync::store {

/// The small tables of the store, inside the caller's transaction. The writers touch only what differs
/// and say whether anything did. Throw DbFailure.

bool write_errors(Db& db, const std::vector<sync::EntityError>& errors, Time at);
/// Replaces the holds; one that stays keeps its `since`.
bool write_holds(Db& db, const std::vector<sync::Hold>& holds, Time at);
/// Drops approvals that were used, and with `holds` those of which no object is held any more.
bool drop_approvals(Db& db, const std::vector<std::string>& used, const std::vector<sync::Hold>* holds);
/// What the guards of later runs are to know.
void write_tally(Db& db, const sync::GuardTally& tally);
/// But for the doubt about the pause, which has a call of its own.
void write_time(Db& db, const sync::StoredTime& time);
bool write_pins(Db& db, std::vector<sync::Pin> pins);
bool write_source(Db& db, const sync::SourceRecord& source);

std::vector<sync::EntityError> read_errors(Db& db);
std::vector<sync::Hold> read_holds(Db& db);
std::vector<sync::Approval> read_approvals(Db& db);
std::vector<sync::Pin> read_pins(Db& db);
sync::StoredTime read_time(Db& db);
sync::SourceRecord read_source(Db& db);
std::optional<sync::RunRecord> read_last_run(Db& db);
/// Of the newest pause, when an admin asked for it.
sync::Pauser read_pauser(Db& db);

}  // namespace dirsync::store
