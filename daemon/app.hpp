#pragma once

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include "api/operations.hpp"
#include "config/config.hpp"
#include "core/task.hpp"
#include "daemon/app_admin.hpp"
#include "daemon/logging.hpp"
#include "daemon/notify.hpp"
#include "daemon/scheduler.hpp"
#include "daemon/wake_pace.hpp"
#include "engine/store/row_client.hpp"
#include "ldap/source.hpp"
#include "survey/surveyor.hpp"

namespace dirsync::api {
class ControlApi;
}
namespace dirsync::http {
class HttpServer;
}

namespace dirsync::daemon {

class WatchedSource;

/// The daemon: owns everything, runs cycles on schedule and on request, one at a time, and answers control
/// commands. One loop thread, one store thread.
class App : public api::Operations {
public:
    using SourceMaker = std::function<std::unique_ptr<sync::DirectorySource>(
        boost::asio::any_io_executor, const config::Config&, std::shared_ptr<ldap::BindBudget>)>;

    /// `first_look_through`: how long after the start the store is looked through for damage, the first time.
    App(config::Config config, std::unique_ptr<sync::IdentityStore> store, Log& log,
        SourceMaker source = &ldap::make_source,
        Scheduler::Clock::duration first_look_through = quiet_at_the_start);
    ~App() override;

    /// Runs until SIGTERM or SIGINT; returns the exit code. 75 when a listener cannot be opened or the store
    /// cannot be read. A read under way is cut off with nothing written; a commit under way ends first.
    int run();

    api::StatusReport status() override;
    /// Several requests that wait share one cycle.
    Task<sync::CycleReport> sync(bool full, sync::Asked by) override;
    Task<Result<sync::CycleReport>> plan(std::optional<std::string> configuration) override;
    Task<Result<sync::Hold>> approve(std::string id, std::vector<std::string> only, sync::Asked by) override;
    Task<Result<sync::RevertReport>> revert(std::string run_id, bool dry_run, sync::Asked by) override;
    Task<Result<void>> pause(sync::Asked by) override;
    Task<Result<void>> resume(sync::Asked by) override;
    Task<Result<std::vector<std::string>>> reload(sync::Asked by) override;
    Task<Result<sync::Explanation>> explain(std::string name) override;
    sync::RowClient& rows() override { return rows_; }
    Task<bool> wait_for_write(std::chrono::milliseconds longest) override;
    api::AdminOperations& admin() override { return admin_; }
    survey::SurveyOperations& survey() override { return surveyor_; }

    Task<Result<api::SourcePreview>> source_preview(bool names) override;
    Task<Result<sync::CycleReport>> change_source(api::SourceAnswer answer) override;
    Task<Result<std::vector<sync::Snapshot>>> snapshots() override;
    Task<Result<sync::SnapshotContents>> snapshot(std::string id) override;
    Task<Result<sync::Snapshot>> import_snapshot(sync::SnapshotContents contents, sync::Asked by) override;
    Task<Result<sync::RestoreReport>> restore_snapshot(std::string id, bool assignments_only,
                                                       sync::Asked by) override;

private:
    /// There is enough to do then.
    static constexpr auto quiet_at_the_start = std::chrono::hours(1);
    /// A cycle that somebody asked for, or work that must not run beside a cycle.
    struct Job {
        sync::CycleRequest request;
        std::optional<sync::SyncSettings> settings;       ///< for this dry run only
        std::optional<config::Config> new_configuration;  ///< no cycle: take this over
        std::function<Task<void>()> work;                 ///< no cycle: do this
        std::optional<sync::CycleReport> report;
        boost::asio::steady_timer done;  ///< cancelled when there is a report
        explicit Job(const boost::asio::any_io_executor& executor)
            : done(executor, boost::asio::steady_timer::time_point::max()) {}
    };

    Task<void> main();
    Task<Result<void>> open();
    Task<void> cycles();
    Task<void> signals();
    Task<void> supervise();
    Task<void> notifications();
    bool wants_notifications() const;
    Task<void> run_job(std::shared_ptr<Job> job);
    Task<sync::CycleReport> run_cycle(sync::CycleRequest request);
    Task<Result<void>> start_engine();
    Task<Result<void>> ensure_started();
    Task<void> wait_for(std::shared_ptr<Job> job);
    /// Runs `work` between cycles and waits for its end.
    Task<void> between_cycles(std::function<Task<void>()> work);
    Task<void> do_revert(std::string run_id, bool dry_run, sync::Asked by,
                         std::optional<Result<sync::RevertReport>>& result);
    Task<sync::CycleReport> source_cycle(sync::CycleRequest request);
    std::shared_ptr<Job> asked_for(bool full, std::string trigger, sync::Asked by);
    Task<Result<void>> set_paused(std::optional<Time> since, sync::Asked by);
    /// Says once that the store is lost (semantics 5.18), and once that it is back.
    void look_at_store();
    Task<bool> look_through_store(Scheduler::Point now);
    Task<bool> follow_pause(Scheduler::Point now);
    Task<void> record_reload(sync::Asked by, std::string problems);
    Task<Result<void>> open_listeners();
    Task<void> take_over(config::Config config);
    Task<void> prune_journal();
    bool may_count_days() const;
    /// Disables everybody when a pause lasts too long (semantics 4.5); false: nothing was due.
    Task<bool> end_long_pause(Scheduler::Point now);
    std::optional<Scheduler::Point> next_pause_look(Scheduler::Point now) const;
    std::string pause_warning() const;
    void note_write();
    AppAdmin::Parts admin_parts();
    survey::Surveyor::Parts survey_parts();
    Task<void> count_anew();
    void wake();
    void stop(int code);
    void log_report(const sync::CycleReport& report);
    void log_time(const sync::CycleReport& report, const std::string& cycle);
    void log_pending(const std::string& cycle);
    void log_changed(const sync::CycleReport& report, const std::string& cycle);
    void log_written(const sync::CycleReport& report, const std::string& cycle);
    void log_configuration();
    std::vector<std::string> weaknesses() const;
    std::vector<std::string> needs_restart() const;
    bool may_bind(Scheduler::Point now);
    std::string status_line() const;
    static Scheduler::Settings schedule_of(const config::Config& config);
    std::shared_ptr<WatchedSource> watched_source();
    std::shared_ptr<sync::Engine> make_engine();

    Log& log_;
    SourceMaker source_maker_;
    std::shared_ptr<ldap::BindBudget> binds_ = std::make_shared<ldap::BindBudget>();
    ServiceManager manager_;
    config::Config config_;
    const config::Config started_with_;
    Time config_loaded_at_;
    bool config_in_force_ = true;
    std::uint64_t objects_read_ = 0;
    boost::asio::io_context loop_{1};
    sync::StoreClient store_;
    sync::RowClient rows_{store_};
    std::shared_ptr<WatchedSource> source_;
    std::shared_ptr<sync::Engine>
        engine_;  ///< shared with questions that are being answered when it is replaced
    Scheduler scheduler_;
    boost::asio::signal_set signals_;
    boost::asio::steady_timer timer_;
    boost::asio::steady_timer supervision_;
    boost::asio::steady_timer notification_timer_;
    WakePace wake_pace_;
    boost::asio::steady_timer written_;  ///< cancelled when the journal may have grown
    std::deque<std::shared_ptr<Job>> jobs_;
    AppAdmin admin_;
    survey::Surveyor surveyor_;
    std::unique_ptr<api::ControlApi> api_;
    std::unique_ptr<http::HttpServer> control_;
    std::unique_ptr<http::HttpServer> http_;
    std::mt19937 random_;
    std::string denied_secrets_;                      ///< fingerprint of the secrets that were refused
    std::optional<sync::CycleReport> denied_report_;  ///< what was answered then
    std::vector<std::string> logged_warnings_;
    std::vector<std::string> logged_holds_;
    std::string logged_error_;
    std::string logged_whole_;
    std::string logged_notifications_;
    std::string logged_pending_;
    bool is_time_doubt_logged_ = false;
    std::string logged_store_;  ///< why the store cannot be used; empty: it can
    std::uint64_t logged_entity_errors_ = 0;
    Time started_;
    std::optional<Time> last_success_;
    std::optional<ErrorCode> last_failure_;        ///< of the last cycle that may write
    std::optional<Error> engine_error_;            ///< why the state could not be loaded
    Scheduler::Point next_word_{};                 ///< when the store is asked whether the pause goes on
    std::optional<Scheduler::Point> pause_retry_;  ///< not before, after ending a long pause failed
    std::optional<Scheduler::Point> last_prune_;
    Scheduler::Point next_look_through_;  ///< when the store is looked at for damage, in a quiet moment
    std::uint64_t cycles_ = 0;
    std::array<std::uint64_t, 7> failures_{};  ///< by ErrorClass
    int exit_code_ = 0;
    bool is_engine_started_ = false;
    bool is_ready_ = false;
    bool stopping_ = false;
};

}  // namespace dirsync::daemon
