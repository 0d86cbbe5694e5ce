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
#include "engine/row_client.hpp"
#include "survey/survey_operations.hpp"

namespace dirsync::api {

template <class T>
using Task = Task<T>;

/// Everything `status` tells, as values.
struct StatusReport {
    sync::EngineStatus engine;
    std::optional<Time> next_run;  ///< nullopt: none is due (paused, or the source needs no cycles)
    std::vector<sync::DirectorySource::ServerState> servers;
    sync::Progress progress;  ///< of the read under way; its phase is empty when there is none
    std::string config_path;
    Time config_loaded_at{};
    bool config_in_force = true;  ///< false: the file changed and was refused; the one before is in force
    std::vector<std::string> warnings;  ///< of the daemon: certificate checks turned off, ...
    Time started{};
    std::uint64_t cycles = 0;                            ///< since the start
    std::uint64_t failed_cycles = 0;                     ///< since the start
    std::map<std::string_view, std::uint64_t> failures;  ///< those by the class of their error, each class
    std::uint64_t objects_read = 0;                      ///< since the start
    std::optional<Time> last_success;
    /// What keeps it from being ready, as one word that tells strangers nothing; empty: it is ready.
    std::string_view not_ready;
    std::string not_ready_reason;  ///< for those who may know names and errors
};

/// What an admin can make the daemon do or ask it: one function a command, implemented by the application,
/// called by the control API on the loop thread.
class Operations : public SourceOperations {
public:
    virtual StatusReport status() = 0;
    /// Runs a cycle now, or joins the one that is due; comes back when it ended.
    virtual Task<sync::CycleReport> sync(bool full, sync::Asked by) = 0;
    /// What the next run would write. With the text of a configuration: under that one; its problems are the
    /// error (config_invalid), a line each.
    virtual Task<Result<sync::CycleReport>> plan(std::optional<std::string> configuration) = 0;
    /// Of the hold what names one of `only` (userName, displayName of a group, or the DN by which `held`
    /// shows what is not in the store); all of it when that is empty. not_found when nothing is held under
    /// that id, or of that name. A cycle that applies it is started, not waited for.
    virtual Task<Result<sync::Hold>> approve(std::string id, std::vector<std::string> only,
                                             sync::Asked by) = 0;
    /// Undoes a run between two cycles; a cycle that shows what is held for it is started, not waited for.
    virtual Task<Result<sync::RevertReport>> revert(std::string run_id, bool dry_run, sync::Asked by) = 0;
    virtual Task<Result<void>> pause(sync::Asked by) = 0;
    virtual Task<Result<void>> resume(sync::Asked by) = 0;
    /// Reads the configuration again; says which changed settings need a restart. config_invalid with a line
    /// for each problem, and nothing is changed.
    virtual Task<Result<std::vector<std::string>>> reload(sync::Asked by) = 0;
    virtual Task<Result<sync::Explanation>> explain(std::string name) = 0;
    /// What is in the store.
    virtual sync::RowClient& rows() = 0;
    /// Comes back when the store may have been written, at the latest after `longest`. False: the daemon
    /// ends.
    virtual Task<bool> wait_for_write(std::chrono::milliseconds longest) = 0;
    virtual AdminOperations& admin() = 0;
    virtual survey::SurveyOperations& survey() = 0;
};

}  // namespace dirsync::api
