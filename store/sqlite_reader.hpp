#pragma once

#include <span>
#include <vector>

#include "store/sqlite_db.hpp"
#include "store/views.hpp"
#include "sync/ports.hpp"

namespace dirsync::store {

/// Everything the store reads, inside the caller's transaction where the result must be of one moment.
/// Throw DbFailure.

void read_state(Db& db, sync::StateSink& sink);
sync::StoredFacts read_facts(Db& db);

std::vector<sync::StoredUser> read_users(Db& db, std::span<const sync::Node> nodes);
std::vector<sync::StoredGroup> read_groups(Db& db, std::span<const sync::Node> nodes);
std::vector<sync::Edge> read_members_of(Db& db, std::span<const sync::Node> groups);
std::vector<sync::Edge> read_groups_of(Db& db, std::span<const sync::Node> users);
std::vector<sync::IdentityStore::MirrorText> read_mirror_texts(Db& db, std::span<const sync::Node> nodes);

sync::Rows read_view(Db& db, const CheckedQuery& query);

/// Throws with the first fault found: the file's structure, references, counters.
void check(Db& db);

}  // namespace dirsync::store
