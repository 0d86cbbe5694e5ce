#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/task.hpp"
#include "engine/engine.hpp"
#include "model/seams/source_store.hpp"

namespace dirsync::api {

/// What an admin has to know before a change of the source.
struct SourcePreview {
    std::optional<sync::PendingSourceChange> pending;  ///< nullopt: no change waits
    std::uint64_t permission_sets = 0;                 ///< that are kept
    std::vector<sync::NamedAssignment> assignments;    ///< that go
    std::vector<std::string> users;                    ///< that go; filled when names were asked for
    std::vector<std::string> groups;
};

/// The consent to a change, as typed or given on the command line.
struct SourceAnswer {
    std::string accept;
    std::string type;  ///< empty: not named
    std::string from;  ///< with `to`: the labels that the admin was shown; empty: no labels were shown
    std::string to;
    sync::Asked by = {};
};

/// The commands about the identity source; a part of Operations.
class SourceOperations {
public:
    virtual ~SourceOperations() = default;

    /// Asks the configured source for its identity; reads and writes nothing else.
    virtual Task<Result<SourcePreview>> source_preview(bool names) = 0;
    /// Changes the source and reads the new one in full; returns when that has ended. held: the answer does
    /// not consent to the pending change, or sync is paused. not_found: no change is pending. On an error
    /// nothing was changed.
    virtual Task<Result<sync::CycleReport>> change_source(SourceAnswer answer) = 0;

    virtual Task<Result<std::vector<sync::Snapshot>>> snapshots() = 0;
    virtual Task<Result<sync::SnapshotContents>> snapshot(std::string id) = 0;
    virtual Task<Result<sync::Snapshot>> import_snapshot(sync::SnapshotContents contents, sync::Asked by) = 0;
    virtual Task<Result<sync::RestoreReport>> restore_snapshot(std::string id, bool assignments_only,
                                                               sync::Asked by) = 0;
};

}  // namespace dirsync::api
