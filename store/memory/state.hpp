#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "model/describe.hpp"
#include "model/seams/admin_store.hpp"
#include "model/seams/identity_store.hpp"
#include "model/seams/row_reader.hpp"
#include "model/snapshot.hpp"
#include "model/source_change.hpp"
#include "store/views.hpp"

namespace dirsync::store {

/// All that a memory store holds.
struct MemoryState {
    sync::StateStamp state = 1;
    sync::Cursor cursor;
    sync::SourceRecord source;
    std::map<std::string, ObjectGuid> pins;
    std::map<std::string, sync::Hold> holds;
    std::map<std::string, sync::Approval> approvals;
    std::map<ObjectGuid, sync::ListedError> errors;
    std::vector<sync::Reverted> reverted;
    std::map<std::tuple<Time, sync::HoldClass, ObjectGuid>, std::uint64_t> guard_counts;
    std::optional<Time> paused_since;
    sync::StoredTime time;
    std::string settings_fingerprint;
    sync::Node next_node = 0;
    std::uint64_t next_seq = 1;
    std::uint32_t next_run = 1;
    std::uint64_t run_clock = 0;

    std::map<sync::Node, sync::MirrorUpsert> objects;
    std::set<sync::Edge> edges;
    std::map<sync::Node, sync::UserRecord> users;
    std::map<sync::Node, sync::GroupRecord> groups;
    std::set<sync::Edge> memberships;
    std::map<RowId, sync::PermissionSet> permission_sets;
    std::map<RowId, sync::Assignment> assignments;
    std::vector<sync::JournalLine> journal;
    std::vector<sync::RecordedRun> runs;
    std::vector<sync::SnapshotContents> snapshots;  ///< oldest first
    std::optional<sync::SourcePair> used_consent;
};

/// Unlike any that was given before, to whatever store: one that was put back never meets it again.
sync::StateStamp new_stamp() noexcept;

/// Applies the users, groups and memberships of a plan, one line of the journal a change. On an error the
/// caller throws `state` away.
Result<void> apply(MemoryState& state, const sync::Plan& plan, Time at, const RowId& run_id);
/// Writes what `commit` says and its run; true when that changes anything. Else, and on an error, the caller
/// throws `state` away.
Result<bool> write(MemoryState& state, const sync::Commit& commit, Time now);
void add_run(MemoryState& state, const sync::RunRecord& run, const RowId& id);
RowId next_run_id(MemoryState& state, Time ended);

/// True when the principal of an assignment is gone (semantics 4.1).
bool is_dangling(const MemoryState& state, const sync::Assignment& assignment);

/// What a hold has of an object.
sync::HeldLine held_line(const MemoryState& state, const sync::Hold& hold, const sync::HeldObject& object);

/// The rows of a view.
sync::Rows read_view(const MemoryState& state, const CheckedQuery& query);

/// What may never be: two owners of a name, a membership of nobody.
Result<void> check(const MemoryState& state);

}  // namespace dirsync::store
