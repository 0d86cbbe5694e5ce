#pragma once

#include <chrono>
#include <memory>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include "core/task.hpp"
#include "daemon/admin_edits.hpp"
#include "daemon/change_listener.hpp"
#include "daemon/commands.hpp"
#include "daemon/configuration.hpp"
#include "daemon/cycles/cycles.hpp"
#include "daemon/logging.hpp"
#include "daemon/notify.hpp"
#include "daemon/running_engine.hpp"
#include "daemon/status_reporter.hpp"
#include "daemon/stop_deadline.hpp"
#include "daemon/store_watch.hpp"
#include "daemon/write_bell.hpp"
#include "engine/store/row_client.hpp"
#include "survey/surveyor.hpp"

namespace dirsync::api {
class ControlApi;
}
namespace dirsync::http {
class HttpServer;
}

namespace dirsync::daemon {

/// The daemon as a process: makes its parts, connects them, opens the listeners and ends with a signal. Owns
/// every part. One loop thread, on which all of them live, and one store thread.
class App {
public:
    using SourceMaker = RunningEngine::SourceMaker;

    /// `first_look_through`: how long after the start the store is looked through for damage, the first time.
    App(config::Config config, std::unique_ptr<sync::IdentityStore> store, Log& log,
        SourceMaker source = &ldap::make_source,
        Cycles::Clock::duration first_look_through = quiet_at_the_start,
        StopDeadline::Patience stop_patience = patience_of_a_stop);
    ~App();

    /// Runs until SIGTERM or SIGINT; returns the exit code. 75 when a listener cannot be opened or the store
    /// cannot be read. A read under way is cut off with nothing written; what the store does ends first,
    /// unless it takes longer than `stop_patience`: then the process ends with 75, and a commit is whole or
    /// absent.
    int run();

private:
    /// There is enough to do then.
    static constexpr auto quiet_at_the_start = std::chrono::hours(1);
    /// Shorter than TimeoutStopSec of the service, which would end it by a signal.
    static constexpr auto patience_of_a_stop = std::chrono::seconds(45);

    Task<void> main();
    Task<Result<void>> open();
    Task<Result<void>> open_listeners();
    Task<void> signals();
    Task<void> supervise();
    void stop(int code);
    void end_without_the_store();
    void close_listeners();

    Cycles::Parts cycle_parts(Cycles::Clock::duration first_look_through);
    StatusReporter::Parts reporter_parts();
    AdminEdits::Parts admin_parts();
    survey::Surveyor::Parts survey_parts();

    // In the order in which they depend on each other.
    Log& log_;
    ServiceManager manager_;
    std::shared_ptr<ldap::BindBudget> binds_ = std::make_shared<ldap::BindBudget>();
    Configuration configuration_;
    boost::asio::io_context loop_{1};
    StopDeadline deadline_;  ///< outlives the store, for which it does not wait
    sync::StoreClient store_;
    sync::RowClient rows_{store_};
    WriteBell bell_;
    StoreWatch store_watch_;
    RunningEngine engine_;
    Cycles cycles_;
    ChangeListener listener_;
    StatusReporter reporter_;
    AdminEdits admin_;
    Refusals survey_refusals_;  ///< what surveys found refused; cycles do not go by it
    survey::Surveyor surveyor_;
    Commands commands_;
    std::unique_ptr<api::ControlApi> api_;
    std::unique_ptr<http::HttpServer> control_;
    std::unique_ptr<http::HttpServer> http_;

    boost::asio::signal_set signals_;
    boost::asio::steady_timer supervision_;
    int exit_code_ = 0;
    bool is_ready_ = false;
    bool is_stopping_ = false;
};

}  // namespace dirsync::daemon
