#pragma once

#include <vector>

#include "model/seams/admin_store.hpp"
#include "store/sqlite/journal_writer.hpp"

namespace dirsync::store {

/// Every assignment of the store with the names of its parts, as changes to be told; inside the caller's
/// transaction. Throws DbFailure.
std::vector<sync::AssignmentChange> read_assignments(Db& db, sync::Action action, sync::Reason reason);

/// The line of a change. Throws DbFailure.
void write_line(JournalWriter& journal, const sync::AssignmentChange& change);
void write_line(JournalWriter& journal, const sync::PermissionSetChange& change);

/// Takes away the permission sets and assignments that the plan removes, or puts in those it creates, with
/// their lines; around the plan's rows, in this order. Throw DbFailure.
void write_removals(Db& db, JournalWriter& journal, const sync::AdminPlan& plan);
void write_creates(Db& db, JournalWriter& journal, const sync::AdminPlan& plan);

}  // namespace dirsync::store
