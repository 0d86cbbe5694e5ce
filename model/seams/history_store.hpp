#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/describe.hpp"
#include "model/seams/identity_store.hpp"

namespace dirsync::sync {

/// A line of a run that cannot be undone.
struct NotRestored {
    LineAction action = LineAction::update;
    ObjectType object_type = ObjectType::user;
    std::string object_id;
    std::string name;
    std::string why;  ///< "it was changed again: display_name"
};

/// The journal looked at backwards: undoing runs (semantics 5.10). A face of an IdentityStore, with its
/// rules of calling.
class HistoryStore {
public:
    virtual ~HistoryStore() = default;

    using LineSink = std::function<Result<void>(const ChangeLine&)>;
    /// Gives the lines of a run to `sink`, the last one first, and the run itself. not_found when the journal
    /// has no such run (any more). An error of `sink` ends it, and is the error then.
    virtual Result<RunRecord> rewind(const std::string& run_id, const LineSink& sink) = 0;

    /// Gives the lines of all runs after this one to `sink`, the first one first. An unknown run has none
    /// after it. An error of `sink` ends it, and is the error then.
    virtual Result<void> lines_after(const std::string& run_id, const LineSink& sink) = 0;

    /// The latest run of this kind, by the order of the runs; nullopt: the journal has none.
    virtual Result<std::optional<RowId>> last_run(RunKind kind) = 0;

    /// The row with this id as it is now; nullopt: there is none.
    virtual Result<std::optional<StoredUser>> user(const RowId& id) = 0;
    virtual Result<std::optional<StoredGroup>> group(const RowId& id) = 0;

    /// A line of the journal that set a user's status.
    struct StatusLine {
        Time at{};  ///< end of its run
        Status status = Status::enabled;
        bool by_pause = false;   ///< by one that was too long (semantics 4.5)
        bool by_revert = false;  ///< by an admin who took a run back
        bool operator==(const StatusLine&) const = default;
    };
    /// All that the journal holds of each of these users, the first one first. Looks at every line of it: not
    /// for what happens often.
    virtual Result<std::vector<std::vector<StatusLine>>> statuses(std::span<const RowId> users) = 0;

    /// Credentials that the directory refused, so that the next process does not try them at once (5.8).
    struct Refusal {
        std::string fingerprint;  ///< of what was tried; never of a secret
        Time since{};
        bool operator==(const Refusal&) const = default;
    };
    virtual Result<std::optional<Refusal>> refusal() = 0;
    virtual Result<void> set_refusal(const std::optional<Refusal>& refusal) = 0;
};

}  // namespace dirsync::sync
