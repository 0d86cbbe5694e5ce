#include "daemon/app.hpp"

#include <malloc.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <future>
#include <thread>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "api/control_api.hpp"
#include "core/exit_code.hpp"
#include "core/system_time.hpp"
#include "daemon/liveness.hpp"
#include "daemon/watched_source.hpp"
#include "http/http_server.hpp"

namespace dirsync::daemon {
namespace {

constexpr auto look_every = std::chrono::seconds(5);
/// Committing a first sync of a million users takes two minutes on a slow disk.
constexpr auto longest_stillness = std::chrono::minutes(30);

/// A file of half a million users. Whoever may use the socket is trusted with that.
constexpr std::uint64_t largest_import = 64 << 20;

/// Connections of the control socket. When one user keeps all of theirs busy there is room for another user,
/// and when both do there is room for root and for the reload by systemd.
constexpr std::size_t most_connections = 80;
constexpr std::size_t kept_for_trusted = 16;
constexpr std::size_t most_of_one_user = 32;

/// A coroutine of ours that ends by an exception ends the process: systemd starts a clean one.
void rethrow(std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
}

}  // namespace

App::App(config::Config config, std::unique_ptr<sync::IdentityStore> store, Log& log, SourceMaker source,
         Cycles::Clock::duration first_look_through, StopDeadline::Patience stop_patience)
    : log_(log),
      configuration_(std::move(config), system_time()),
      deadline_(stop_patience, [this] { end_without_the_store(); }),
      store_(std::move(store)),
      bell_(loop_.get_executor()),
      store_watch_(store_, log_),
      engine_({loop_.get_executor(), store_, std::move(source), binds_}, configuration_.in_force()),
      cycles_(cycle_parts(first_look_through)),
      listener_({loop_.get_executor(), engine_, configuration_, cycles_, log_, binds_}),
      reporter_(reporter_parts()),
      admin_(admin_parts()),
      surveyor_(survey_parts()),
      commands_({log_, manager_, configuration_, store_, rows_, engine_, cycles_, reporter_, bell_, admin_,
                 surveyor_}),
      api_(std::make_unique<api::ControlApi>(commands_)),
      signals_(loop_, SIGINT, SIGTERM, SIGHUP),
      supervision_(loop_) {}

App::~App() = default;

int App::run() {
    log_.event(LogEvent::daemon_started,
               {{"version", DIRSYNC_VERSION}, {"config", configuration_.in_force().file.string()}});
    log_.lines(configuration_.log_lines());
    boost::asio::co_spawn(loop_, signals(), &rethrow);
    boost::asio::co_spawn(loop_, supervise(), &rethrow);
    boost::asio::co_spawn(loop_, listener_.run(), &rethrow);
    boost::asio::co_spawn(loop_, main(), &rethrow);
    loop_.run();
    store_.join();
    deadline_.disarm();
    return exit_code_;
}

Task<void> App::main() {
    auto opened = co_await open();
    if (!opened) stop(75);
    co_await cycles_.run();
    // Requests that waited for the cycle that just ended are answered first.
    co_await boost::asio::post(loop_, boost::asio::use_awaitable);
    close_listeners();
    // Only now: what a cycle still held refers to the source, the engine and the store.
    loop_.stop();
}

Task<Result<void>> App::open() {
    auto started = co_await engine_.ensure_started();
    if (!started) {
        log_.event(LogEvent::store_failed, {{"reason", started.error().message()}});
        co_return started;
    }
    // Loading frees as much as it keeps; the allocator would hold on to it.
    ::malloc_trim(0);
    if (is_stopping_) co_return Result<void>();
    auto listening = co_await open_listeners();
    if (!listening) {
        log_.event(LogEvent::control_failed, {{"reason", listening.error().message()}});
        co_return listening;
    }
    log_.event(LogEvent::daemon_ready, {{"store", configuration_.in_force().store.sqlite_path}});
    manager_.ready(reporter_.line());
    is_ready_ = true;
    co_return Result<void>();
}

Task<Result<void>> App::open_listeners() {
    const auto& config = configuration_.in_force();
    http::HttpServer::Handler handler = [this](http::Request request) {
        return api_->handle(std::move(request));
    };
    http::HttpServer::Limits limits;
    limits.body = largest_import;
    limits.connections.all = most_connections;
    limits.connections.reserved = kept_for_trusted;
    limits.connections.per_user = most_of_one_user;
    auto control = http::HttpServer::listen_unix(loop_.get_executor(), config.control_socket,
                                                 config.control_group, handler, limits);
    if (!control) co_return control.error();
    control_ = std::move(*control);
    log_.event(LogEvent::control_listening, {{"address", config.control_socket}});
    if (!control_->restriction().empty())
        log_.event(LogEvent::control_restricted, {{"reason", control_->restriction()}});
    if (!config.http_listen.empty()) {
        http::HttpServer::Handler metrics = [this](http::Request request) {
            return api_->handle_public(std::move(request));
        };
        auto http = http::HttpServer::listen_tcp(loop_.get_executor(), config.http_listen, metrics);
        if (!http) co_return http.error();
        http_ = std::move(*http);
        log_.event(LogEvent::control_listening, {{"address", config.http_listen}});
    }
    co_return Result<void>();
}

Task<void> App::signals() {
    while (!is_stopping_) {
        const auto [error, number] = co_await signals_.async_wait(no_throw);
        if (error) co_return;
        if (number != SIGHUP) {
            log_.event(LogEvent::daemon_stopping, {{"signal", std::to_string(number)}});
            stop(0);
        } else if (is_ready_) {
            // Not awaited: a reload waits for the cycle under way, and a signal to stop must not.
            auto done = [](std::exception_ptr failure, const Result<std::vector<std::string>>&) {
                rethrow(failure);
            };
            sync::Asked by{sync::host_user("systemd"), "SIGHUP"};
            boost::asio::co_spawn(loop_, commands_.reload(std::move(by)), std::move(done));
        }
    }
}

Task<void> App::supervise() {
    const auto watchdog = manager_.watchdog_interval();
    const auto interval = std::min<std::chrono::microseconds>(watchdog.value_or(look_every), look_every);
    Liveness liveness(longest_stillness);
    bool was_alive = true;
    while (!is_stopping_) {
        const auto& progress = engine_.source()->progress();
        Liveness::Sight sight;
        sight.working = engine_.status().cycle_running;
        sight.cycles = cycles_.tally().cycles;
        sight.objects = engine_.objects_read();
        sight.phase = progress.phase;
        const bool working = sight.working;
        const bool alive = liveness.is_alive(Cycles::Clock::now(), std::move(sight));
        if (alive && watchdog) manager_.alive();
        if (!alive && was_alive) log_.event(LogEvent::cycle_stuck, {{"phase", progress.phase}});
        was_alive = alive;
        cycles_.look_at_store();
        if (working && is_ready_ && !progress.phase.empty())
            manager_.status(progress.phase + ": " + std::to_string(progress.objects));
        supervision_.expires_after(interval);
        co_await supervision_.async_wait(no_throw);
    }
}

void App::stop(int code) {
    if (is_stopping_) return;
    is_stopping_ = true;
    exit_code_ = code;
    manager_.stopping();
    deadline_.arm();
    // Restores the default action: a second signal ends the process without waiting for a commit.
    boost::system::error_code ignored;
    signals_.clear(ignored);
    signals_.cancel(ignored);
    listener_.stop();
    cycles_.stop(Error(ErrorCode::connection_lost, "dirsyncd is stopping, and this was not done"));
    bell_.close();
    supervision_.cancel();
    // Not at once: the requests that have just failed are still to be answered.
    boost::asio::post(loop_, [this] { close_listeners(); });
}

/// What hangs the store may hang the log as well.
void App::end_without_the_store() {
    std::promise<void> logged;
    auto is_logged = logged.get_future();
    std::thread([this, &logged] {
        log_.event(LogEvent::store_failed,
                   {{"reason",
                     "the store did not end its work in time after the signal to stop: dirsyncd stops "
                     "without the store; look at its disk"}});
        logged.set_value();
    }).detach();
    is_logged.wait_for(std::chrono::seconds(1));
    std::_Exit(exit_code_ != 0 ? exit_code_ : exit_unavailable);
}

void App::close_listeners() {
    if (control_) control_->close();
    if (http_) http_->close();
}

Cycles::Parts App::cycle_parts(Cycles::Clock::duration first_look_through) {
    return {.executor = loop_.get_executor(),
            .engine = engine_,
            .store = store_,
            .configuration = configuration_,
            .store_watch = store_watch_,
            .log = log_,
            .binds = binds_,
            .wrote = [this] { bell_.ring(); },
            .status_changed = [this] { reporter_.tell(); },
            .gives_up = [this] { stop(78); },
            .first_look_through = first_look_through};
}

StatusReporter::Parts App::reporter_parts() {
    return {.configuration = configuration_,
            .engine = engine_,
            .cycles = cycles_,
            .store = store_,
            .store_watch = store_watch_,
            .manager = manager_,
            .socket_restriction = [this] { return control_ ? control_->restriction() : std::string(); },
            .started = system_time()};
}

AdminEdits::Parts App::admin_parts() {
    return {.store = store_,
            .configured = [this] { return configuration_.in_force().source; },
            .wrote = [this] { return commands_.count_anew(); },
            .now = &system_time};
}

}  // namespace dirsync::daemon
