#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/admin_operations.hpp"
#include "api/source_operations.hpp"
#include "core/task.hpp"
#include "engine/engine.hpp"
#include "engine/store/row_client.hpp"
#include "survey/survey_operations.hpp"

namespace dirsync::api {

template <class T>
using Task = Task<T>;

/// What `status` tells, as values.
struct StatusReport {
    sync::EngineStatus engine;
    std::optional<Time> next_run;  ///< nullopt: no run is due (paused, or the source needs no cycles)
    std::vector<sync::DirectorySource::ServerState> servers;
    sync::Progress progress;  ///< of the current read; the phase is empty while nothing is read
    std::string config_path;
    Time config_loaded_at{};
    bool config_in_force = true;  ///< false: the file changed and was refused; the previous one is in force
    std::vector<std::string> warnings;  ///< of the daemon: certificate checks turned off, ...
    Time started{};
    std::uint64_t cycles = 0;         ///< since the start
    std::uint64_t failed_cycles = 0;  ///< since the start
    std::map<std::string_view, std::uint64_t>
        failures;                    ///< failed cycles by error class; every class is there
    std::uint64_t objects_read = 0;  ///< since the start
    std::optional<Time> last_success;
    /// Why the daemon is not ready, in one word that reveals nothing about the site; empty: it is ready.
    std::string_view not_ready;
    std::string not_ready_reason;  ///< for those who may know names and errors
};

/// An approval that was given.
struct Approved {
    sync::Hold hold;                          ///< with what is approved now
    std::optional<sync::CycleReport> report;  ///< of the cycle that applied it; nullopt: nobody waited for it
};

/// The commands of an admin, one function for each: implemented by the application, called by the control API
/// on the loop thread.
class Operations : public SourceOperations {
public:
    virtual StatusReport status() = 0;
    /// Runs a cycle now, or joins the one that is due; returns when it has ended.
    virtual Task<sync::CycleReport> sync(bool full, sync::Asked by) = 0;
    /// What the next run would write, under the current configuration or under the text of another one.
    /// Problems of that text are the error (config_invalid), a line each.
    virtual Task<Result<sync::CycleReport>> plan(std::optional<std::string> configuration) = 0;
    /// Approves the objects of a hold whose names are in `only` (as `names` takes them, or the DN that `held`
    /// shows for an object without a row); if `only` is empty, all of them. not_found: no such hold, or it
    /// has no object of that name. refused: a name fits several objects of it. Starts a cycle that applies
    /// the approval; `wait`: and returns when it has ended.
    virtual Task<Result<Approved>> approve(std::string id, std::vector<std::string> only, bool wait,
                                           sync::Asked by) = 0;
    /// Undoes a run between two cycles. Starts a cycle that shows what is held afterwards, without waiting
    /// for it.
    virtual Task<Result<sync::RevertReport>> revert(std::string run_id, bool dry_run, sync::Asked by) = 0;
    /// While it is paused already, a reason that is given takes the place of the one before.
    virtual Task<Result<void>> pause(sync::Asked by) = 0;
    virtual Task<Result<void>> resume(sync::Asked by) = 0;
    /// Reads the configuration again; says which changed settings need a restart. config_invalid with a line
    /// for each problem, and nothing is changed.
    virtual Task<Result<std::vector<std::string>>> reload(sync::Asked by) = 0;
    virtual Task<Result<sync::Explanation>> explain(std::string name) = 0;
    /// The rows of the store.
    virtual sync::RowClient& rows() = 0;
    /// Returns when the store may have been written, or after `longest`. False: the daemon is stopping.
    virtual Task<bool> wait_for_write(std::chrono::milliseconds longest) = 0;
    virtual AdminOperations& admin() = 0;
    virtual survey::SurveyOperations& survey() = 0;
};

}  // namespace dirsync::api
