#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "core/task.hpp"
#include "engine/engine.hpp"
#include "engine/memory.hpp"
#include "engine/timekeeper.hpp"
#include "model/seams/directory_source.hpp"

namespace dirsync::sync {

/// A pause that lasts too long disables everybody (semantics 4.5). The directory is not read, and only asked
/// for the time: a directory that cannot be reached does not count as a pause.
class LongPause {
public:
    struct Parts {
        DirectorySource& source;
        StoreClient& store;
        Memory& memory;
        Timekeeper& time;
        std::function<Time()> now;
        SourceKind kind;  ///< that the configuration names
    };
    explicit LongPause(Parts parts) : parts_(std::move(parts)) {}

    /// When the present pause will have disabled everybody; nullopt: never, or it has.
    std::optional<Time> end() const;
    /// Everybody was disabled for the present pause.
    bool has_ended() const;
    /// In place of a cycle while sync is paused: does what is due, and says so in the report. The facts in
    /// memory are as the store has them afterwards.
    Task<Result<void>> advance(CycleReport& report);

private:
    Task<Result<bool>> find_out_the_time(CycleReport& report);
    Task<Result<void>> start_clock(CycleReport& report);
    Task<Result<Plan>> disabling_everybody();
    Task<Result<bool>> write(const Plan& plan, std::optional<Time> since, CycleReport& report);

    Parts parts_;
    std::optional<Time> applied_;  // beginning of the pause for which everybody was disabled
};

}  // namespace dirsync::sync
