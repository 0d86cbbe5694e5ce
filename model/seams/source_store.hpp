#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/seams/identity_store.hpp"
#include "model/snapshot.hpp"
#include "model/source_change.hpp"

namespace dirsync::sync {

/// A change of the identity source to be written: snapshot, removal and new record in one transaction.
struct SourceChange {
    std::uint64_t from_generation = 0;     ///< compare-and-set: refused with cursor_moved otherwise
    std::optional<StateStamp> from_state;  ///< likewise; nullopt: not compared
    SourceRecord from;  ///< what the store records; refused with cursor_moved when it is another
    SourceRecord to;
    std::optional<SourcePair> used_consent;  ///< a consent of the configuration that this change uses up
    RunRecord run;                           ///< its counts are the store's to fill
};

struct SourceChanged {
    RunRecord run;
    std::string snapshot_id;  ///< empty: there was nothing to take a snapshot of
};

/// Changes of the identity source, and the snapshots that are taken before each (semantics 1.3 to 1.5).
/// A face of an IdentityStore, with its rules of calling.
class SourceStore {
public:
    /// So many snapshots are kept, and always the last one of the built-in directory.
    static constexpr std::size_t kept_snapshots = 10;

    virtual ~SourceStore() = default;

    /// Takes a snapshot, then does what semantics 1.3 says for the pair of types: rows, memberships and
    /// assignments are removed with a line in the journal each, the mirror, cursor, pins, holds,
    /// approvals, errors and settings fingerprint forgotten. On the way back to the built-in directory, from
    /// whatever source, its parked users and groups return under their old ids, without assignments.
    virtual Result<SourceChanged> change(const SourceChange& change) = 0;

    /// The pair of the configured consent that was used last, until it is forgotten.
    virtual Result<std::optional<SourcePair>> used_consent() = 0;
    virtual Result<void> forget_consent() = 0;

    /// Oldest first.
    virtual Result<std::vector<Snapshot>> snapshots() = 0;

    /// Brings back what the snapshot has and the store lacks: assignments, with the permission sets they
    /// need, for users and groups that match by id, externalId, then userName or displayName; under the
    /// built-in directory and unless `assignments_only` also users, groups and memberships. What is there
    /// stays as it is: a second restore brings nothing. not_found: there is no such snapshot; held: a
    /// change of the source waits for consent.
    virtual Result<RestoreReport> restore(const std::string& id, bool assignments_only, Time now,
                                          const Asked& by = {}) = 0;

    /// not_found: there is no such snapshot.
    virtual Result<SnapshotContents> contents(const std::string& id) = 0;
    /// Adds what `contents` has to the snapshot of its id, or makes that. What is there already is left
    /// alone, and nothing is parked: a snapshot from a file returns only when somebody asks for it.
    virtual Result<Snapshot> import(const SnapshotContents& contents) = 0;
};

}  // namespace dirsync::sync
