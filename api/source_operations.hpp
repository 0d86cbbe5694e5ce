#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/task.hpp"
#include "engine/engine.hpp"
#include "model/source_store.hpp"

namespace dirsync::api {

/// What an admin has to know before a change of the source.
struct SourcePreview {
    std::optional<sync::PendingSourceChange> pending;  ///< nullopt: no change waits
    std::uint64_t permission_sets = 0;                 ///< that are kept
    std::vector<sync::NamedAssignment> assignments;    ///< that go
    std::vector<std::string> users;                    ///< that go; filled when names were asked for
    std::vector<std::string> groups;
};

/// What was typed or given with a command.
struct SourceAnswer {
    std::string accept;
    std::string type;  ///< empty: not named
    std::string from;  ///< with `to`: the labels that the admin was shown; empty: none were
    std::string to;
    sync::Asked by = {};
};

/// The commands about the identity source; a part of Operations.
class SourceOperations {
public:
    virtual ~SourceOperations() = default;

    /// Asks the configured source who it is; reads and writes nothing.
    virtual Task<Result<SourcePreview>> source_preview(bool names) = 0;
    /// Changes the source and reads the new one in full; comes back when that ended. held: the answer is no
    /// consent to what waits, or sync is paused. not_found: nothing waits. Nothing was changed then.
    virtual Task<Result<sync::CycleReport>> change_source(SourceAnswer answer) = 0;

    virtual Task<Result<std::vector<sync::Snapshot>>> snapshots() = 0;
    virtual Task<Result<sync::SnapshotContents>> snapshot(std::string id) = 0;
    virtual Task<Result<sync::Snapshot>> import_snapshot(sync::SnapshotContents contents, sync::Asked by) = 0;
    virtual Task<Result<sync::RestoreReport>> restore_snapshot(std::string id, bool assignments_only,
                                                               sync::Asked by) = 0;
};

}  // namespace dirsync::api
