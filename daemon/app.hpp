#pragma once

#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "config/config.hpp"
#include "daemon/logging.hpp"
#include "daemon/notify.hpp"
#include "daemon/operations.hpp"
#include "daemon/scheduler.hpp"
#include "sync/store_thread.hpp"

namespace dirsync::daemon {

class HttpServer;
class ControlApi;

/// The directory that a configuration names; for the built-in one a source that refuses every call.
std::unique_ptr<sync::DirectorySource> make_source(boost::asio::any_io_executor executor, const config::Config& config);

/// The system's clock, in whole seconds.
Time system_time();

/// The daemon: owns everything, runs cycles on schedule and on request, one at a time, and answers control
/// commands. One loop thread, one store thread.
class App : public Operations {
public:
    App(config::Config config, std::unique_ptr<sync::IdentityStore> store, Log& log);
    ~App() override;

    /// Runs until SIGTERM or SIGINT; returns the exit code. 75 when a listener cannot be opened or the store
    /// cannot be read.
    int run();

    StatusReport status() override;
    Task<sync::CycleReport> sync(bool full) override;
    Task<Result<sync::CycleReport>> plan(std::optional<std::string> config_path) override;
    Task<Result<sync::Hold>> approve(std::string id) override;
    Task<Result<void>> pause() override;
    Task<Result<void>> resume() override;
    Task<Result<void>> reload() override;
    Task<Result<sync::Explanation>> explain(std::string name) override;
    Task<Result<sync::Rows>> query(sync::ViewQuery query) override;

private:
    /// A cycle that somebody asked for, or work that must not run beside a cycle.
    struct Job {
        sync::CycleRequest request;
        std::optional<sync::SyncSettings> settings;      ///< for this cycle only
        std::optional<config::Config> new_configuration; ///< no cycle: take this over
        std::optional<sync::CycleReport> report;
        boost::asio::steady_timer done;
        explicit Job(const boost::asio::any_io_executor& executor) : done(executor) {}
    };

    Task<void> main();
    Task<void> cycles();
    Task<void> signals();
    Task<void> watchdog();
    Task<void> run_job(std::shared_ptr<Job> job);
    Task<sync::CycleReport> run_cycle(sync::CycleRequest request);
    Task<void> wait_for(std::shared_ptr<Job> job);
    Task<Result<void>> open_listeners();
    Task<void> take_over(config::Config config);
    Task<void> prune_journal();
    void wake();
    void stop(int code);
    void log_report(const sync::CycleReport& report);
    void log_configuration();
    std::string secrets_fingerprint() const;
    std::string status_line() const;
    static Scheduler::Settings schedule_of(const config::Config& config);
    std::unique_ptr<sync::Engine> make_engine();

    Log& log_;
    ServiceManager manager_;
    config::Config config_;
    Time config_loaded_at_;
    bool config_in_force_ = true;
    boost::asio::io_context loop_{1};
    std::unique_ptr<sync::IdentityStore> store_;
    std::unique_ptr<sync::DirectorySource> source_;
    sync::StoreThread thread_;
    std::unique_ptr<sync::Engine> engine_;
    Scheduler scheduler_;
    boost::asio::steady_timer timer_;
    std::deque<std::shared_ptr<Job>> jobs_;
    std::unique_ptr<ControlApi> api_;
    std::unique_ptr<HttpServer> control_;
    std::unique_ptr<HttpServer> http_;
    std::mt19937 random_;
    std::optional<sync::CycleReport> last_report_;
    std::string denied_secrets_;
    std::vector<std::string> logged_warnings_;
    std::vector<std::string> logged_holds_;
    std::string logged_error_;
    Time started_;
    std::optional<Time> last_success_;
    Time last_prune_{};
    std::uint64_t cycles_ = 0;
    std::uint64_t failed_cycles_ = 0;
    int exit_code_ = 0;
    bool stopping_ = false;
};

}  // namespace dirsync::daemon
