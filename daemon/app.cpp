#include "daemon/app.hpp"

#include <malloc.h>

#include <algorithm>
#include <csignal>
#include <exception>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "api/control_api.hpp"
#include "config/secrets.hpp"
#include "config/source.hpp"
#include "core/system_time.hpp"
#include "daemon/liveness.hpp"
#include "daemon/watched_source.hpp"
#include "http/http_server.hpp"

namespace dirsync::daemon {
namespace {

constexpr auto token = boost::asio::as_tuple(boost::asio::use_awaitable);
constexpr auto prune_every = Duration(24 * 3600);
constexpr auto look_every = std::chrono::seconds(5);
/// Committing a first sync of a million users takes two minutes on a slow disk.
constexpr auto longest_stillness = std::chrono::minutes(30);

/// A file of half a million users; who may use the socket is trusted with that.
constexpr std::uint64_t largest_import = 64 << 20;

/// Of the control socket. A user who keeps all of theirs busy leaves room for another one, and both of them
/// for root and for the reload by systemd.
constexpr std::size_t most_connections = 80;
constexpr std::size_t kept_for_trusted = 16;
constexpr std::size_t most_of_one_user = 32;

/// A coroutine of ours that ends by an exception ends the process: systemd starts a clean one.
void rethrow(std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
}

}  // namespace

App::App(config::Config config, std::unique_ptr<sync::IdentityStore> store, Log& log, SourceMaker source,
         Scheduler::Clock::duration first_look_through)
    : log_(log),
      source_maker_(std::move(source)),
      config_(std::move(config)),
      started_with_(config_),
      config_loaded_at_(system_time()),
      store_(std::move(store)),
      source_(watched_source()),
      engine_(make_engine()),
      scheduler_(schedule_of(config_), Scheduler::Clock::now()),
      signals_(loop_, SIGINT, SIGTERM, SIGHUP),
      timer_(loop_),
      supervision_(loop_),
      notification_timer_(loop_),
      written_(loop_),
      admin_(admin_parts()),
      surveyor_(survey_parts()),
      api_(std::make_unique<api::ControlApi>(*this)),
      random_(std::random_device()()),
      started_(system_time()),
      next_look_through_(Scheduler::Clock::now() + first_look_through) {}

App::~App() = default;

std::shared_ptr<WatchedSource> App::watched_source() {
    return std::make_shared<WatchedSource>(source_maker_(loop_.get_executor(), config_, binds_),
                                           objects_read_);
}

std::shared_ptr<sync::Engine> App::make_engine() {
    sync::Engine::Parts parts{*source_, store_, &system_time};
    parts.steady = &steady_time;
    parts.source_kind = config_.source;
    parts.consent = consent_of(config_);
    parts.stopping = [this] { return stopping_; };
    return std::make_shared<sync::Engine>(std::move(parts), config_.sync);
}

Scheduler::Settings App::schedule_of(const config::Config& config) {
    Scheduler::Settings settings;
    settings.poll = config.schedule.poll;
    settings.full = config.schedule.full;
    settings.jitter_percent = config.schedule.jitter_percent;
    settings.periodic = traits_of(config.source).is_read;
    return settings;
}

int App::run() {
    log_.event(LogEvent::daemon_started, {{"version", DIRSYNC_VERSION}, {"config", config_.file.string()}});
    log_configuration();
    boost::asio::co_spawn(loop_, signals(), &rethrow);
    boost::asio::co_spawn(loop_, supervise(), &rethrow);
    boost::asio::co_spawn(loop_, notifications(), &rethrow);
    boost::asio::co_spawn(loop_, main(), &rethrow);
    loop_.run();
    store_.join();
    return exit_code_;
}

Task<void> App::main() {
    auto opened = co_await open();
    if (!opened) stop(75);
    co_await cycles();
    // Only now: what a cycle still held refers to the source, the engine and the store.
    loop_.stop();
}

Task<Result<void>> App::open() {
    auto started = co_await ensure_started();
    if (!started) {
        log_.event(LogEvent::store_failed, {{"reason", started.error().message()}});
        co_return started;
    }
    // Loading frees as much as it keeps; the allocator would hold on to it.
    ::malloc_trim(0);
    if (stopping_) co_return Result<void>();
    scheduler_.set_paused(engine_->status().paused, Scheduler::Clock::now());
    auto listening = co_await open_listeners();
    if (!listening) {
        log_.event(LogEvent::control_failed, {{"reason", listening.error().message()}});
        co_return listening;
    }
    log_.event(LogEvent::daemon_ready, {{"store", config_.store.sqlite_path}});
    manager_.ready(status_line());
    is_ready_ = true;
    co_return Result<void>();
}

/// Loads the state, also again: with the settings that the engine was told to use.
Task<Result<void>> App::start_engine() {
    auto started = co_await engine_->start();
    // No cycle runs by settings that were taken in half.
    is_engine_started_ = started.has_value();
    engine_error_ = started ? std::nullopt : std::optional(started.error());
    co_return started;
}

Task<Result<void>> App::ensure_started() {
    if (is_engine_started_) co_return Result<void>();
    co_return co_await start_engine();
}

Task<Result<void>> App::open_listeners() {
    http::HttpServer::Handler handler = [this](http::Request request) {
        return api_->handle(std::move(request));
    };
    http::HttpServer::Limits limits;
    limits.body = largest_import;
    limits.connections.all = most_connections;
    limits.connections.reserved = kept_for_trusted;
    limits.connections.per_user = most_of_one_user;
    auto control = http::HttpServer::listen_unix(loop_.get_executor(), config_.control_socket,
                                                 config_.control_group, handler, limits);
    if (!control) co_return control.error();
    control_ = std::move(*control);
    log_.event(LogEvent::control_listening, {{"address", config_.control_socket}});
    if (!control_->restriction().empty())
        log_.event(LogEvent::control_restricted, {{"reason", control_->restriction()}});
    if (!config_.http_listen.empty()) {
        http::HttpServer::Handler metrics = [this](http::Request request) {
            return api_->handle_public(std::move(request));
        };
        auto http = http::HttpServer::listen_tcp(loop_.get_executor(), config_.http_listen, metrics);
        if (!http) co_return http.error();
        http_ = std::move(*http);
        log_.event(LogEvent::control_listening, {{"address", config_.http_listen}});
    }
    co_return Result<void>();
}

Task<void> App::signals() {
    while (!stopping_) {
        const auto [error, number] = co_await signals_.async_wait(token);
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
            boost::asio::co_spawn(loop_, reload(std::move(by)), std::move(done));
        }
    }
}

Task<void> App::supervise() {
    const auto watchdog = manager_.watchdog_interval();
    const auto interval = std::min<std::chrono::microseconds>(watchdog.value_or(look_every), look_every);
    Liveness liveness(longest_stillness);
    bool was_alive = true;
    while (!stopping_) {
        const std::string phase = source_->progress().phase;
        Liveness::Sight sight;
        sight.working = engine_->status().cycle_running;
        sight.cycles = cycles_;
        sight.objects = objects_read_;
        sight.phase = phase;
        const bool working = sight.working;
        const bool alive = liveness.is_alive(Scheduler::Clock::now(), std::move(sight));
        if (alive && watchdog) manager_.alive();
        if (!alive && was_alive) log_.event(LogEvent::cycle_stuck, {{"phase", phase}});
        was_alive = alive;
        look_at_store();
        if (working && is_ready_ && !phase.empty())
            manager_.status(phase + ": " + std::to_string(source_->progress().objects));
        supervision_.expires_after(interval);
        co_await supervision_.async_wait(token);
    }
}

void App::stop(int code) {
    if (stopping_) return;
    stopping_ = true;
    exit_code_ = code;
    manager_.stopping();
    // Again the default: who cannot wait for a commit may signal a second time.
    boost::system::error_code ignored;
    signals_.clear(ignored);
    signals_.cancel(ignored);
    source_->end();
    if (control_) control_->close();
    if (http_) http_->close();
    note_write();
    supervision_.cancel();
    notification_timer_.cancel();
    wake();
}

void App::wake() { timer_.cancel(); }

Task<void> App::cycles() {
    while (!stopping_) {
        if (!jobs_.empty()) {
            const auto job = jobs_.front();
            jobs_.pop_front();
            co_await run_job(job);
            continue;
        }
        const auto now = Scheduler::Clock::now();
        if (const auto due = scheduler_.due(now)) {
            sync::CycleRequest request;
            request.full = due->full;
            request.trigger = due->trigger;
            co_await run_cycle(std::move(request));
            co_await prune_journal();
            continue;
        }
        if (co_await end_long_pause(now)) continue;
        if (co_await follow_pause(now)) continue;
        if (co_await look_through_store(now)) continue;
        auto until = scheduler_.next().value_or(now + std::chrono::hours(1));
        if (const auto look = next_pause_look(now)) until = std::min(until, *look);
        if (engine_->status().paused) until = std::min(until, next_word_);
        until = std::min(until, next_look_through_);
        if (scheduler_.is_denied(now)) {
            if (may_bind(now)) continue;
            until = std::min(until, now + config_.schedule.poll);
        }
        timer_.expires_at(until);
        co_await timer_.async_wait(token);
    }
}

Task<void> App::run_job(std::shared_ptr<Job> job) {
    if (job->new_configuration) {
        co_await take_over(std::move(*job->new_configuration));
        job->report = sync::CycleReport{};
    } else if (job->work) {
        co_await job->work();
        job->report = sync::CycleReport{};
    } else if (!may_bind(Scheduler::Clock::now()) && denied_report_) {
        sync::CycleReport report = *denied_report_;
        report.run.trigger = job->request.trigger;
        job->report = std::move(report);
    } else {
        if (job->settings) engine_->use_settings(*job->settings);
        job->report = co_await run_cycle(job->request);
        if (job->settings) {
            // Not left to the next cycle: it may be far, and `explain` answers by what is in force.
            engine_->use_settings(config_.sync);
            auto restored = co_await start_engine();
            if (!restored) log_.event(LogEvent::store_failed, {{"reason", restored.error().message()}});
        }
    }
    job->done.cancel();
}

Task<sync::CycleReport> App::run_cycle(sync::CycleRequest request) {
    const bool dry_run = request.dry_run;
    const bool full = request.full;
    const auto began = Scheduler::Clock::now();
    sync::CycleReport report;
    auto started = co_await ensure_started();
    if (started) {
        report = co_await engine_->cycle(std::move(request));
    } else {
        report.run.outcome = sync::Outcome::failed;
        report.run.error = started.error().message();
        report.error = started.error();
    }
    note_write();
    // The store's word, which may be that of a backup, and not the report's: somebody may have resumed since.
    scheduler_.set_paused(engine_->status().paused, Scheduler::Clock::now());
    // A cycle that was cut off by the end is no failure.
    if (stopping_ || (report.paused && !dry_run)) co_return report;
    if (!dry_run) last_failure_ = report.error ? std::optional(report.error->code()) : std::nullopt;
    std::optional<ErrorClass> failure;
    if (report.error) failure = report.error->error_class();
    const auto now = Scheduler::Clock::now();
    wake_pace_.ran(began, now);
    if (failure == ErrorClass::denied) {
        denied_secrets_ = secrets_fingerprint(config_);
        denied_report_ = report;
        if (dry_run) scheduler_.credentials_refused(now);
    }
    if (dry_run) co_return report;
    ++cycles_;
    if (failure) ++failures_[static_cast<std::size_t>(*failure)];
    if (!failure && !report.change_pending) last_success_ = system_time();
    const double chance = std::uniform_real_distribution<double>(0, 1)(random_);
    scheduler_.finished(now, full || report.run.kind == sync::RunKind::full, failure, chance);
    log_report(report);
    manager_.status(status_line());
    // What never worked since the start does not begin to by trying again (RestartPreventExitStatus=78).
    if (failure == ErrorClass::config && !last_success_) stop(78);
    co_return report;
}

/// Days that a wrong clock counts have not passed (semantics 5.13). The built-in directory has no other
/// clock.
bool App::may_count_days() const {
    if (!traits_of(config_.source).is_read) return true;
    return engine_->status().time_doubt.empty() && engine_->is_time_certain();
}

Task<void> App::prune_journal() {
    const auto now = Scheduler::Clock::now();
    if (!config_.journal_keep || (last_prune_ && now - *last_prune_ < prune_every)) co_return;
    if (!may_count_days()) co_return;
    last_prune_ = now;
    const Time before = system_time() - *config_.journal_keep;
    auto pruned = co_await store_.prune_journal(before);
    if (!pruned)
        log_.event(LogEvent::store_failed,
                   {{"doing", "pruning the journal"}, {"reason", pruned.error().message()}});
}

/// Not one attempt more than it takes to learn that a secret is refused, until it changes (semantics 5.8).
bool App::may_bind(Scheduler::Point now) {
    if (!scheduler_.is_denied(now)) return true;
    if (secrets_fingerprint(config_) == denied_secrets_) return false;
    scheduler_.credentials_changed(now);
    return true;
}

}  // namespace dirsync::daemon
