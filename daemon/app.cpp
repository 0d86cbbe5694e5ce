#include "daemon/app.hpp"

#include <malloc.h>
#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <exception>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/control_api.hpp"
#include "daemon/http_server.hpp"

namespace dirsync::daemon {
namespace {

constexpr auto token = boost::asio::as_tuple(boost::asio::use_awaitable);
constexpr auto prune_every = Duration(24 * 3600);

/// A coroutine of ours that ends by an exception ends the process: systemd starts a clean one.
void rethrow(std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
}

bool same_domains(const config::Config& a, const config::Config& b) {
    config::Config only_a;
    only_a.source = a.source;
    only_a.domains = a.domains;
    config::Config only_b;
    only_b.source = b.source;
    only_b.domains = b.domains;
    return config::redacted_dump(only_a) == config::redacted_dump(only_b);
}

std::string lines_of(const std::vector<config::Problem>& problems) {
    std::string text;
    for (const auto& problem : problems) text += (text.empty() ? "" : "\n") + config::to_text(problem);
    return text;
}

}  // namespace

App::App(config::Config config, std::unique_ptr<sync::IdentityStore> store, Log& log)
    : log_(log),
      config_(std::move(config)),
      config_loaded_at_(system_time()),
      store_(std::move(store)),
      source_(make_source(loop_.get_executor(), config_)),
      engine_(make_engine()),
      scheduler_(schedule_of(config_), Scheduler::Clock::now()),
      timer_(loop_),
      api_(std::make_unique<ControlApi>(*this)),
      random_(std::random_device()()),
      started_(system_time()) {}

App::~App() = default;

std::unique_ptr<sync::Engine> App::make_engine() {
    const bool built_in = config_.source != config::SourceType::active_directory;
    return std::make_unique<sync::Engine>(sync::Engine::Parts{*source_, *store_, thread_, &system_time, built_in},
                                          config_.sync);
}

Scheduler::Settings App::schedule_of(const config::Config& config) {
    Scheduler::Settings settings;
    settings.poll = config.schedule.poll;
    settings.full = config.schedule.full;
    settings.jitter_percent = config.schedule.jitter_percent;
    return settings;
}

int App::run() {
    log_.event(LogEvent::daemon_started, {{"version", DIRSYNC_VERSION}, {"config", config_.file.string()}});
    log_configuration();
    boost::asio::co_spawn(loop_, main(), &rethrow);
    loop_.run();
    thread_.join();
    return exit_code_;
}

Task<void> App::main() {
    auto started = co_await engine_->start();
    if (!started) {
        log_.event(LogEvent::store_failed, {{"reason", started.error().message()}});
        stop(75);
        co_return;
    }
    // Loading frees as much as it keeps; the allocator would hold on to it.
    ::malloc_trim(0);
    scheduler_.set_paused(engine_->status().paused, Scheduler::Clock::now());
    auto open = co_await open_listeners();
    if (!open) {
        log_.event(LogEvent::control_failed, {{"reason", open.error().message()}});
        stop(75);
        co_return;
    }
    log_.event(LogEvent::daemon_ready, {{"store", config_.store.sqlite_path}});
    manager_.ready(status_line());
    boost::asio::co_spawn(loop_, signals(), &rethrow);
    boost::asio::co_spawn(loop_, watchdog(), &rethrow);
    co_await cycles();
}

Task<Result<void>> App::open_listeners() {
    HttpServer::Handler handler = [this](Request request) { return api_->handle(std::move(request)); };
    auto control = HttpServer::listen_unix(loop_.get_executor(), config_.control_socket, handler);
    if (!control) co_return control.error();
    control_ = std::move(*control);
    log_.event(LogEvent::control_listening, {{"address", config_.control_socket}});
    if (!config_.http_listen.empty()) {
        HttpServer::Handler metrics = [this](Request request) { return api_->handle_public(std::move(request)); };
        auto http = HttpServer::listen_tcp(loop_.get_executor(), config_.http_listen, metrics);
        if (!http) co_return http.error();
        http_ = std::move(*http);
        log_.event(LogEvent::control_listening, {{"address", config_.http_listen}});
    }
    co_return Result<void>();
}

Task<void> App::signals() {
    boost::asio::signal_set set(loop_, SIGINT, SIGTERM, SIGHUP);
    for (;;) {
        const auto [error, number] = co_await set.async_wait(token);
        if (error) co_return;
        if (number != SIGHUP) {
            log_.event(LogEvent::daemon_stopping, {{"signal", std::to_string(number)}});
            stop(0);
            co_return;
        }
        co_await reload();
    }
}

Task<void> App::watchdog() {
    const auto interval = manager_.watchdog_interval();
    if (!interval) co_return;
    boost::asio::steady_timer timer(loop_);
    while (!stopping_) {
        manager_.alive();
        timer.expires_after(*interval);
        co_await timer.async_wait(token);
    }
}

void App::stop(int code) {
    if (stopping_) return;
    stopping_ = true;
    exit_code_ = code;
    manager_.stopping();
    // A read that is under way is cut off; nothing of it was committed. A commit ends first: the store's thread is joined.
    source_->disconnect();
    if (control_) control_->close();
    if (http_) http_->close();
    loop_.stop();
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
            last_report_ = co_await run_cycle(std::move(request));
            co_await prune_journal();
            continue;
        }
        const auto next = scheduler_.next();
        auto until = next.value_or(now + std::chrono::hours(1));
        if (scheduler_.is_denied(now)) {
            if (secrets_fingerprint() != denied_secrets_) scheduler_.credentials_changed(now);
            until = std::min(until, now + config_.schedule.poll);
        }
        timer_.expires_at(std::max(until, now));
        co_await timer_.async_wait(token);
    }
}

Task<void> App::run_job(std::shared_ptr<Job> job) {
    if (job->new_configuration) {
        co_await take_over(std::move(*job->new_configuration));
        job->report = sync::CycleReport{};
    } else if (scheduler_.is_denied(Scheduler::Clock::now()) && last_report_ && last_report_->error) {
        // Not one attempt more than needed to learn that the password is wrong (semantics 5.8).
        sync::CycleReport report = *last_report_;
        report.run.trigger = job->request.trigger;
        job->report = std::move(report);
    } else {
        if (job->settings) engine_->use_settings(*job->settings);
        const bool dry_run = job->request.dry_run;
        job->report = co_await run_cycle(job->request);
        if (job->settings) engine_->use_settings(config_.sync);
        if (!dry_run) last_report_ = job->report;
    }
    job->done.cancel();
}

Task<sync::CycleReport> App::run_cycle(sync::CycleRequest request) {
    const bool dry_run = request.dry_run;
    const bool full = request.full;
    auto report = co_await engine_->cycle(std::move(request));
    if (dry_run) {
        if (report.error && report.error->error_class() == ErrorClass::denied) denied_secrets_ = secrets_fingerprint();
        co_return report;
    }
    ++cycles_;
    if (report.error) ++failed_cycles_;
    if (!report.error) last_success_ = system_time();
    std::optional<ErrorClass> failure;
    if (report.error) failure = report.error->error_class();
    if (failure == ErrorClass::denied) denied_secrets_ = secrets_fingerprint();
    const double chance = std::uniform_real_distribution<double>(0, 1)(random_);
    scheduler_.finished(Scheduler::Clock::now(), full || report.run.kind == sync::RunKind::full, failure, chance);
    log_report(report);
    manager_.status(status_line());
    co_return report;
}

Task<void> App::prune_journal() {
    const Time now = system_time();
    if (!config_.journal_keep || now - last_prune_ < prune_every) co_return;
    last_prune_ = now;
    const Time before = now - *config_.journal_keep;
    std::function<Result<void>()> job = [this, before] { return store_->prune_journal(before); };
    auto pruned = co_await thread_.run<Result<void>>(std::move(job));
    if (!pruned) log_.event(LogEvent::store_failed, {{"doing", "pruning the journal"}, {"reason", pruned.error().message()}});
}

Task<void> App::take_over(config::Config config) {
    for (const auto& [key, before, after] :
         {std::tuple("store.sqlite.path", config_.store.sqlite_path, config.store.sqlite_path),
          std::tuple("control.socket", config_.control_socket, config.control_socket),
          std::tuple("http.listen", config_.http_listen, config.http_listen)}) {
        if (before != after) log_.event(LogEvent::config_needs_restart, {{"setting", key}, {"value", after}});
    }
    const bool rebuild = !same_domains(config_, config);
    config_ = std::move(config);
    config_loaded_at_ = system_time();
    config_in_force_ = true;
    log_.set_level(config_.log_level);
    if (rebuild) {
        engine_.reset();
        source_->disconnect();
        source_ = make_source(loop_.get_executor(), config_);
        engine_ = make_engine();
        if (auto started = co_await engine_->start(); !started) {
            log_.event(LogEvent::store_failed, {{"reason", started.error().message()}});
        }
    } else {
        engine_->use_settings(config_.sync);
    }
    scheduler_.use_settings(schedule_of(config_), Scheduler::Clock::now());
    log_.event(LogEvent::config_reloaded, {{"config", config_.file.string()}});
    log_configuration();
}

std::string App::secrets_fingerprint() const {
    std::string text;
    for (const auto& domain : config_.domains) {
        for (const auto& path : {domain.bind.keytab_file, domain.bind.password_file, domain.bind.key_file}) {
            struct stat status {};
            if (path.empty() || ::stat(path.c_str(), &status) != 0) continue;
            text += path + ' ' + std::to_string(status.st_mtim.tv_sec) + '.' + std::to_string(status.st_mtim.tv_nsec) +
                    ' ' + std::to_string(status.st_size) + '\n';
        }
    }
    return text;
}

Task<void> App::wait_for(std::shared_ptr<Job> job) {
    jobs_.push_back(job);
    wake();
    while (!job->report) {
        job->done.expires_at(boost::asio::steady_timer::time_point::max());
        co_await job->done.async_wait(token);
    }
}

Task<sync::CycleReport> App::sync(bool full) {
    const auto job = std::make_shared<Job>(loop_.get_executor());
    job->request.full = full;
    job->request.trigger = "admin";
    co_await wait_for(job);
    co_return std::move(*job->report);
}

Task<Result<sync::CycleReport>> App::plan(std::optional<std::string> config_path) {
    const auto job = std::make_shared<Job>(loop_.get_executor());
    job->request.dry_run = true;
    job->request.trigger = "admin";
    if (config_path) {
        auto loaded = config::load(*config_path);
        if (!loaded.problems.empty()) co_return Error(ErrorCode::config_invalid, lines_of(loaded.problems));
        if (!same_domains(config_, loaded.config)) {
            co_return Error(ErrorCode::config_invalid,
                            *config_path + ": its domains are not those of the running daemon; use 'dirsyncd --once "
                                           "--dry-run -c' with a store of its own");
        }
        job->settings = loaded.config.sync;
    }
    co_await wait_for(job);
    co_return std::move(*job->report);
}

Task<Result<sync::Hold>> App::approve(std::string id) {
    std::function<Result<sync::Hold>()> work = [this, id] { return store_->approve(id, system_time()); };
    auto hold = co_await thread_.run<Result<sync::Hold>>(std::move(work));
    if (!hold) co_return hold.error();
    const auto job = std::make_shared<Job>(loop_.get_executor());
    job->request.trigger = "approval";
    jobs_.push_back(job);
    wake();
    co_return hold;
}

Task<Result<void>> App::pause() {
    const Time since = system_time();
    std::function<Result<void>()> work = [this, since] { return store_->set_paused(since); };
    auto set = co_await thread_.run<Result<void>>(std::move(work));
    if (!set) co_return set.error();
    auto refreshed = co_await engine_->refresh_facts();
    if (!refreshed) co_return refreshed.error();
    scheduler_.set_paused(true, Scheduler::Clock::now());
    log_.event(LogEvent::sync_paused);
    wake();
    co_return Result<void>();
}

Task<Result<void>> App::resume() {
    std::function<Result<void>()> work = [this] { return store_->set_paused(std::nullopt); };
    auto set = co_await thread_.run<Result<void>>(std::move(work));
    if (!set) co_return set.error();
    auto refreshed = co_await engine_->refresh_facts();
    if (!refreshed) co_return refreshed.error();
    scheduler_.set_paused(false, Scheduler::Clock::now());
    log_.event(LogEvent::sync_resumed);
    wake();
    co_return Result<void>();
}

Task<Result<void>> App::reload() {
    manager_.reloading();
    auto loaded = config::load(config_.file);
    if (!loaded.problems.empty()) {
        config_in_force_ = false;
        const std::string problems = lines_of(loaded.problems);
        log_.event(LogEvent::config_refused, {{"problems", problems}});
        manager_.ready("configuration refused; the one before is in force");
        co_return Error(ErrorCode::config_invalid, problems);
    }
    const auto job = std::make_shared<Job>(loop_.get_executor());
    job->new_configuration = std::move(loaded.config);
    co_await wait_for(job);
    manager_.ready(status_line());
    co_return Result<void>();
}

Task<Result<sync::Explanation>> App::explain(std::string name) { co_return co_await engine_->explain(std::move(name)); }

Task<Result<sync::Rows>> App::query(sync::ViewQuery query) {
    std::function<Result<sync::Rows>()> work = [this, &query] { return store_->query(query); };
    co_return co_await thread_.run<Result<sync::Rows>>(std::move(work));
}

}  // namespace dirsync::daemon
