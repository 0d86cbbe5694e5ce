#include <algorithm>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "config/source.hpp"
#include "core/system_time.hpp"
#include "core/text.hpp"
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

/// Users and groups by their names in the store, or by what `held` shows in place of one.
Result<std::vector<ObjectGuid>> objects_called(sync::RowReader& rows, const std::string& hold_id,
                                               const std::vector<std::string>& names) {
    std::vector<ObjectGuid> guids;
    std::optional<std::vector<sync::HeldLine>> held;  // read when a name asks for it, and once
    for (const auto& name : names) {
        const auto known = guids.size();
        const auto add = [&guids](const ObjectGuid& guid) {
            if (!guid.is_nil()) guids.push_back(guid);
        };
        const auto user = rows.user(name);
        if (!user) return user.error();
        if (*user) add(guid_of((*user)->row));
        const auto group = rows.group(name);
        if (!group) return group.error();
        if (*group) add(guid_of((*group)->row));
        if (guids.size() == known) {
            // What has no row is held by its DN, and has no other id there than that of the directory.
            if (!held) {
                auto lines = rows.held(hold_id);
                if (!lines) return lines.error();
                held = std::move(*lines);
            }
            for (const auto& line : *held) {
                if (text::folded(line.name) != text::folded(name)) continue;
                if (const auto guid = parse<ObjectGuid>(line.object_id)) add(*guid);
            }
        }
        if (guids.size() == known)
            return Error(ErrorCode::not_found,
                         "nobody in the store is called " + quoted_peer_text(name, 150));
    }
    return guids;
}

/// The run is both of theirs.
void add_to(sync::Asked& all, const sync::Asked& by) {
    const auto add = [](std::string& text, const std::string& more, const char* between) {
        if (more.empty() || text.find(more) != std::string::npos) return;
        text += (text.empty() ? "" : between) + more;
    };
    add(all.reason, by.reason, "; ");
    if (by.actor.kind == sync::Actor::Kind::engine || all.actor == by.actor) return;
    std::string actors = all.actor.kind == sync::Actor::Kind::engine ? "" : text_of(all.actor);
    add(actors, text_of(by.actor), ", ");
    all.actor = sync::host_user(std::move(actors));
}

}  // namespace

Task<void> App::wait_for(std::shared_ptr<Job> job) {
    constexpr auto token = boost::asio::as_tuple(boost::asio::use_awaitable);
    while (!job->report) co_await job->done.async_wait(token);
}

/// A cycle that waits already, if it will run under the newest configuration; else another one.
std::shared_ptr<App::Job> App::asked_for(bool full, std::string trigger, sync::Asked by) {
    for (auto waiting = jobs_.rbegin(); waiting != jobs_.rend() && !(*waiting)->new_configuration;
         ++waiting) {
        if ((*waiting)->request.dry_run || (*waiting)->work) continue;
        (*waiting)->request.full |= full;
        add_to((*waiting)->request.by, by);
        return *waiting;
    }
    const auto job = std::make_shared<Job>(loop_.get_executor());
    job->request.full = full;
    job->request.trigger = std::move(trigger);
    job->request.by = std::move(by);
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

Task<sync::CycleReport> App::sync(bool full, sync::Asked by) {
    const auto job = asked_for(full, "admin", std::move(by));
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

Task<Result<sync::Hold>> App::approve(std::string id, std::vector<std::string> only, sync::Asked by) {
    const sync::RunRecord run = sync::run_of_admin("approve", by, system_time());
    auto work = [&id, &only, &run](sync::IdentityStore& store) -> Result<sync::Hold> {
        const auto guids = objects_called(store.rows(), id, only);
        return guids ? store.approve(id, run, *guids) : Result<sync::Hold>(guids.error());
    };
    auto hold = co_await store_.transact(std::move(work));
    if (hold) asked_for(false, "approval", std::move(by));
    co_return hold;
}

Task<Result<void>> App::set_paused(std::optional<Time> since, sync::Asked by) {
    const auto engine = engine_;
    const sync::RunRecord run = sync::run_of_admin(since ? "pause" : "resume", by, system_time());
    const bool in_doubt = since && !engine->is_time_certain();
    auto set = co_await store_.set_paused(since, in_doubt, run);
    if (!set) co_return set;
    auto refreshed = co_await engine->refresh_facts();
    if (!refreshed) co_return refreshed;
    scheduler_.set_paused(since.has_value(), Scheduler::Clock::now());
    log_.event(since ? LogEvent::sync_paused : LogEvent::sync_resumed);
    manager_.status(status_line());
    wake();
    co_return Result<void>();
}

Task<Result<void>> App::pause(sync::Asked by) {
    // A second pause does not begin anew: its length is what `lifecycle.paused` counts.
    if (engine_->status().paused) co_return Result<void>();
    co_return co_await set_paused(system_time(), std::move(by));
}

Task<Result<void>> App::resume(sync::Asked by) { co_return co_await set_paused(std::nullopt, std::move(by)); }

/// What was read again, and by whose wish, is a run of its own (semantics 5.12).
Task<void> App::record_reload(sync::Asked by, std::string problems) {
    sync::RunRecord run = sync::run_of_admin("reload", by, system_time());
    if (!problems.empty()) run.outcome = sync::Outcome::failed;
    run.error = std::move(problems);
    auto recorded = co_await store_.record_run(std::move(run));
    if (!recorded)
        log_.event(LogEvent::store_failed,
                   {{"doing", "recording a reload"}, {"reason", recorded.error().message()}});
}

Task<Result<std::vector<std::string>>> App::reload(sync::Asked by) {
    manager_.reloading();
    auto loaded = config::load(config_.file);
    if (!loaded.problems.empty()) {
        config_in_force_ = false;
        const std::string problems = lines_of(loaded.problems);
        log_.event(LogEvent::config_refused, {{"problems", problems}});
        manager_.ready("configuration refused, the one before is in force; " + status_line());
        auto recording = record_reload(std::move(by), problems);
        co_await std::move(recording);
        co_return Error(ErrorCode::config_invalid, problems);
    }
    const auto job = std::make_shared<Job>(loop_.get_executor());
    job->new_configuration = std::move(loaded.config);
    jobs_.push_back(job);
    wake();
    co_await wait_for(job);
    auto recording = record_reload(std::move(by), {});
    co_await std::move(recording);
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
    if (auto started = co_await start_engine(); started) {
        scheduler_.set_paused(engine_->status().paused, Scheduler::Clock::now());
    } else {
        log_.event(LogEvent::store_failed, {{"reason", started.error().message()}});
    }
    scheduler_.use_settings(schedule_of(config_), Scheduler::Clock::now());
    log_.event(LogEvent::config_reloaded, {{"config", config_.file.string()}});
    log_configuration();
}

AppAdmin::Parts App::admin_parts() {
    AppAdmin::Parts parts{store_, {}, {}, &system_time};
    parts.configured = [this] { return config_.source; };
    parts.wrote = [this] { return count_anew(); };
    return parts;
}

/// Counts are all that the engine keeps of a directory that no cycle reads; under another source they are
/// what its cycles say.
Task<void> App::count_anew() {
    if (!traits_of(config_.source).is_edited) co_return;
    const auto engine = engine_;
    auto refreshed = co_await engine->refresh_facts();
    if (!refreshed) log_.event(LogEvent::store_failed, {{"reason", refreshed.error().message()}});
    manager_.status(status_line());
}

Task<Result<sync::Explanation>> App::explain(std::string name) {
    // No mirror knows what admins made here.
    if (traits_of(config_.source).is_edited) co_return co_await admin_.explain(std::move(name));
    // A reload may put another engine in its place while this one answers.
    const auto engine = engine_;
    if (!is_engine_started_)
        co_return Error(ErrorCode::store_unavailable, "the store is not loaded; try again");
    co_return co_await engine->explain(std::move(name));
}

}  // namespace dirsync::daemon
