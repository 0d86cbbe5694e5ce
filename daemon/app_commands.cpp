#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/app.hpp"
#include "daemon/watched_source.hpp"

// What an admin may ask of the daemon: the part of App that implements Operations.
namespace dirsync::daemon {
namespace {

bool same_domains(const config::Config& a, const config::Config& b) {
    config::Config only_a;
    only_a.source = a.source;
    only_a.domains = a.domains;
    config::Config only_b;
    only_b.source = b.source;
    only_b.domains = b.domains;
    return config::redacted_dump(only_a) == config::redacted_dump(only_b);
}

bool same_consent(const config::Config& a, const config::Config& b) {
    const auto parts = [](const config::Config& config) {
        const auto consent = config.consent.value_or(config::ConsentConfig{});
        return std::tuple(config.consent.has_value(), consent.from, consent.to, consent.accept);
    };
    return parts(a) == parts(b);
}

std::string lines_of(const std::vector<config::Problem>& problems) {
    std::string text;
    for (const auto& problem : problems) text += (text.empty() ? "" : "\n") + config::to_text(problem);
    return text;
}

}  // namespace

Task<void> App::wait_for(std::shared_ptr<Job> job) {
    constexpr auto token = boost::asio::as_tuple(boost::asio::use_awaitable);
    while (!job->report) co_await job->done.async_wait(token);
}

/// A cycle that waits already, if it will run under the newest configuration; else another one.
std::shared_ptr<App::Job> App::asked_for(bool full, std::string trigger) {
    for (auto waiting = jobs_.rbegin(); waiting != jobs_.rend() && !(*waiting)->new_configuration;
         ++waiting) {
        if ((*waiting)->request.dry_run || (*waiting)->work) continue;
        (*waiting)->request.full |= full;
        return *waiting;
    }
    const auto job = std::make_shared<Job>(loop_.get_executor());
    job->request.full = full;
    job->request.trigger = std::move(trigger);
    jobs_.push_back(job);
    wake();
    return job;
}

Task<void> App::between_cycles(std::function<Task<void>()> work) {
    const auto job = std::make_shared<Job>(loop_.get_executor());
    job->work = std::move(work);
    jobs_.push_back(job);
    wake();
    co_await wait_for(job);
}

Task<sync::CycleReport> App::sync(bool full) {
    const auto job = asked_for(full, "admin");
    co_await wait_for(job);
    co_return *job->report;
}

Task<Result<sync::CycleReport>> App::plan(std::optional<std::string> configuration) {
    const auto job = std::make_shared<Job>(loop_.get_executor());
    job->request.dry_run = true;
    job->request.trigger = "admin";
    if (configuration) {
        auto loaded = config::load_text(*configuration, config_.file.string());
        if (!loaded.problems.empty()) co_return Error(ErrorCode::config_invalid, lines_of(loaded.problems));
        if (!same_domains(config_, loaded.config)) {
            co_return Error(
                ErrorCode::config_invalid,
                "the source, its domains or their servers and credentials are not those of the running "
                "daemon, which sends its secrets nowhere else; 'dirsyncd --once --dry-run -c FILE' with a "
                "store "
                "of its own plans that, with the rights of the user who runs it");
        }
        job->settings = std::move(loaded.config.sync);
    }
    jobs_.push_back(job);
    wake();
    co_await wait_for(job);
    co_return std::move(*job->report);
}

Task<Result<sync::Hold>> App::approve(std::string id) {
    std::function<Result<sync::Hold>()> work = [this, id] { return store_->approve(id, system_time()); };
    auto hold = co_await thread_.run<Result<sync::Hold>>(std::move(work));
    if (hold) asked_for(false, "approval");
    co_return hold;
}

Task<Result<void>> App::set_paused(std::optional<Time> since) {
    const auto engine = engine_;
    std::function<Result<void>()> work = [this, since] { return store_->set_paused(since); };
    auto set = co_await thread_.run<Result<void>>(std::move(work));
    if (!set) co_return set;
    auto refreshed = co_await engine->refresh_facts();
    if (!refreshed) co_return refreshed;
    scheduler_.set_paused(since.has_value(), Scheduler::Clock::now());
    log_.event(since ? LogEvent::sync_paused : LogEvent::sync_resumed);
    manager_.status(status_line());
    wake();
    co_return Result<void>();
}

Task<Result<void>> App::pause() {
    // A second pause does not begin anew: its length is what `lifecycle.paused` counts.
    if (engine_->status().paused) co_return Result<void>();
    co_return co_await set_paused(system_time());
}

Task<Result<void>> App::resume() { co_return co_await set_paused(std::nullopt); }

Task<Result<std::vector<std::string>>> App::reload() {
    manager_.reloading();
    auto loaded = config::load(config_.file);
    if (!loaded.problems.empty()) {
        config_in_force_ = false;
        const std::string problems = lines_of(loaded.problems);
        log_.event(LogEvent::config_refused, {{"problems", problems}});
        manager_.ready("configuration refused, the one before is in force; " + status_line());
        co_return Error(ErrorCode::config_invalid, problems);
    }
    const auto job = std::make_shared<Job>(loop_.get_executor());
    job->new_configuration = std::move(loaded.config);
    jobs_.push_back(job);
    wake();
    co_await wait_for(job);
    manager_.ready(status_line());
    co_return needs_restart();
}

Task<void> App::take_over(config::Config config) {
    const bool rebuild = !same_domains(config_, config) || !same_consent(config_, config);
    config_ = std::move(config);
    config_loaded_at_ = system_time();
    config_in_force_ = true;
    log_.set_level(config_.log_level);
    if (rebuild) {
        source_->end();
        auto source = watched_source();
        source_.swap(source);
        engine_ = make_engine();
        is_engine_started_ = false;
    } else {
        engine_->use_settings(config_.sync);
    }
    if (auto started = co_await start_engine(); !started) {
        log_.event(LogEvent::store_failed, {{"reason", started.error().message()}});
    }
    scheduler_.use_settings(schedule_of(config_), Scheduler::Clock::now());
    log_.event(LogEvent::config_reloaded, {{"config", config_.file.string()}});
    log_configuration();
}

AppAdmin::Parts App::admin_parts() {
    AppAdmin::Parts parts{*store_, thread_, {}, {}, &system_time};
    parts.configured = [this] { return std::string(name_of(config_.source)); };
    parts.wrote = [this] { return count_anew(); };
    return parts;
}

/// Counts are all that the engine keeps of a directory that no cycle reads; under another source they are
/// what its cycles say.
Task<void> App::count_anew() {
    if (config_.source != config::SourceType::directory) co_return;
    const auto engine = engine_;
    auto refreshed = co_await engine->refresh_facts();
    if (!refreshed) log_.event(LogEvent::store_failed, {{"reason", refreshed.error().message()}});
    manager_.status(status_line());
}

Task<Result<sync::Explanation>> App::explain(std::string name) {
    // No mirror knows what admins made here.
    if (config_.source == config::SourceType::directory) co_return co_await admin_.explain(std::move(name));
    // A reload may put another engine in its place while this one answers.
    const auto engine = engine_;
    if (!is_engine_started_)
        co_return Error(ErrorCode::store_unavailable, "the store is not loaded; try again");
    co_return co_await engine->explain(std::move(name));
}

Task<Result<sync::Rows>> App::query(sync::ViewQuery query) {
    std::function<Result<sync::Rows>()> work = [this, &query] { return store_->query(query); };
    co_return co_await thread_.run<Result<sync::Rows>>(std::move(work));
}

}  // namespace dirsync::daemon
