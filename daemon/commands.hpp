#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "api/operations.hpp"
#include "daemon/admin_edits.hpp"
#include "daemon/cycles/cycles.hpp"
#include "daemon/notify.hpp"
#include "daemon/status_reporter.hpp"
#include "daemon/write_bell.hpp"
#include "engine/store/row_client.hpp"
#include "survey/survey_operations.hpp"

namespace dirsync::daemon {

/// What an admin may ask of the daemon: each command in terms of the parts that do the work. Loop thread.
/// Keeps nothing of its own.
class Commands final : public api::Operations {
public:
    /// All references outlive this object.
    struct Parts {
        Log& log;
        const ServiceManager& manager;
        Configuration& configuration;
        sync::StoreClient& store;
        sync::RowClient& rows;
        RunningEngine& engine;
        Cycles& cycles;
        const StatusReporter& reporter;
        WriteBell& bell;
        AdminEdits& admin;
        survey::SurveyOperations& survey;
    };
    explicit Commands(Parts parts) : parts_(parts) {}

    api::StatusReport status() override { return parts_.reporter.report(); }
    /// Several requests that wait share one cycle.
    Task<sync::CycleReport> sync(bool full, sync::Asked by) override;
    Task<Result<sync::CycleReport>> plan(std::optional<std::string> configuration) override;
    Task<Result<api::Approved>> approve(std::string id, std::vector<std::string> only, bool wait,
                                        sync::Asked by) override;
    Task<Result<sync::RevertReport>> revert(std::string run_id, bool dry_run, sync::Asked by) override;
    Task<Result<void>> pause(sync::Asked by) override;
    Task<Result<void>> resume(sync::Asked by) override;
    Task<Result<std::vector<std::string>>> reload(sync::Asked by) override;
    Task<Result<sync::Explanation>> explain(std::string name) override;
    sync::RowClient& rows() override { return parts_.rows; }
    Task<bool> wait_for_write(std::chrono::milliseconds longest) override {
        return parts_.bell.wait(longest);
    }
    api::AdminOperations& admin() override { return parts_.admin; }
    survey::SurveyOperations& survey() override { return parts_.survey; }

    Task<Result<api::SourcePreview>> source_preview(bool names) override;
    Task<Result<sync::CycleReport>> change_source(api::SourceAnswer answer) override;
    Task<Result<std::vector<sync::Snapshot>>> snapshots() override;
    Task<Result<sync::SnapshotContents>> snapshot(std::string id) override;
    Task<Result<sync::Snapshot>> import_snapshot(sync::SnapshotContents contents, sync::Asked by) override;
    Task<Result<sync::RestoreReport>> restore_snapshot(std::string id, bool assignments_only,
                                                       sync::Asked by) override;

    /// Counts the rows anew after an admin's edit. Under a source that is read its cycles count them.
    Task<void> count_anew();

private:
    Task<Result<void>> set_paused(std::optional<Time> since, sync::Asked by);
    Task<void> record_reload(sync::Asked by, std::string problems);
    Task<Result<sync::CycleReport>> source_cycle(sync::CycleRequest request);

    Parts parts_;
};

}  // namespace dirsync::daemon
