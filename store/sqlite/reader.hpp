#pragma once

#include <span>
#include <vector>

#include "model/describe.hpp"
#include "model/seams/admin_store.hpp"
#include "model/seams/identity_store.hpp"
#include "store/sqlite/file/db.hpp"

namespace dirsync::store {

/// Everything the store reads, inside the caller's transaction where the result must be of one moment.
/// Throw DbFailure.

/// Gives the objects of the mirror whose DN is needed at once and not what was written.
std::vector<sync::Node> read_state(Db& db, sync::StateSink& sink);
/// Objects of the mirror that are not what was written, by the hash that each carries.
std::uint64_t count_damaged(Db& db);
sync::StoredFacts read_facts(Db& db);

std::vector<sync::StoredUser> read_users(Db& db, std::span<const sync::Node> nodes);
std::vector<sync::StoredGroup> read_groups(Db& db, std::span<const sync::Node> nodes);
/// The texts of a user, in nine columns from `first` on: external_id, user_name, display_name, given_name,
/// family_name, middle_name, email, sid, attributes.
void take_user_texts(const Query& query, int first, sync::UserRow& row);
/// The texts of a group, in four columns from `first` on: external_id, display_name, description, attributes.
void take_group_texts(const Query& query, int first, sync::GroupRow& row);
/// Columns assignment_id, principal_type, principal_id, permission_set_id, target.
sync::Assignment assignment_at(const Query& query);
/// A line of v1_changes, in seven columns from `first` on: action, object_type, object_id, name, before,
/// after, reason.
sync::ChangeLine change_line_at(const Query& query, int first);
/// Columns started_at, ended_at, kind, trigger, outcome, counts, error.
sync::RunRecord run_at(const Query& query);

std::vector<sync::Edge> read_members_of(Db& db, std::span<const sync::Node> groups);
std::vector<sync::Edge> read_groups_of(Db& db, std::span<const sync::Node> users);
std::vector<sync::IdentityStore::MirrorText> read_mirror_texts(Db& db, std::span<const sync::Node> nodes);

/// Throws with the first fault found: the file's structure, references, counters.
void check(Db& db);

}  // namespace dirsync::store
