#include "daemon/cycles/cycles.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "config/secrets.hpp"
#include "config/source.hpp"
#include "core/system_time.hpp"
#include "model/source_identity.hpp"

namespace dirsync::daemon {
namespace {

/// Whether the names alone say so. Only the directory itself can tell that a domain was made anew.
bool names_another_source(const sync::SourceRecord& recorded, const config::Config& config) {
    if (recorded.kind != config.source) return true;
    if (!traits_of(config.source).is_read) return false;
    return std::ranges::none_of(config.domains, [&recorded](const config::DomainConfig& domain) {
        return std::ranges::any_of(recorded.domains,
                                   [&domain](const auto& known) { return known.first == domain.name; });
    });
}

std::string label_of(const config::Config& config) {
    if (!traits_of(config.source).is_read) return std::string(text_of(config.source));
    std::vector<std::string> names;
    for (const auto& domain : config.domains) names.push_back(domain.name);
    return sync::active_directory_label(names);
}

}  // namespace

Cycles::Cycles(Parts parts)
    : parts_(std::move(parts)),
      timer_(parts_.executor),
      queue_(parts_.executor),
      agenda_(parts_.configuration.schedule(), Clock::now(), parts_.first_look_through),
      random_(std::random_device()()) {}

Task<void> Cycles::run() {
    if (is_stopping_) co_return;
    agenda_.set_paused(parts_.engine.status().paused, Clock::now());
    co_await recall_refusal();
    while (!is_stopping_) {
        if (auto job = queue_.next()) {
            auto performing = std::visit([this](auto& one) { return perform(std::move(one)); }, *job);
            co_await std::move(performing);
        } else {
            co_await take_a_step();
        }
    }
}

void Cycles::stop(Error why) {
    is_stopping_ = true;
    queue_.close(std::move(why));
    parts_.engine.end();
    wake();
}

Answer<sync::CycleReport> Cycles::ask_for_cycle(sync::CycleRequest request,
                                                std::optional<sync::SyncSettings> settings) {
    wake();
    return queue_.add_cycle(std::move(request), std::move(settings));
}

Answer<sync::CycleReport> Cycles::join_cycle(bool full, std::string trigger, sync::Asked by) {
    wake();
    return queue_.join_cycle(full, std::move(trigger), std::move(by));
}

Answer<sync::RevertReport> Cycles::ask_for_revert(std::string run_id, bool dry_run, sync::Asked by) {
    wake();
    return queue_.add_revert(std::move(run_id), dry_run, std::move(by));
}

Answer<void> Cycles::ask_for_reload(config::Config config) {
    wake();
    return queue_.add_reload(std::move(config));
}

void Cycles::notified() {
    agenda_.notified(Clock::now());
    wake();
}

void Cycles::set_paused(bool paused) {
    agenda_.set_paused(paused, Clock::now());
    wake();
}

Task<void> Cycles::take_a_step() {
    const auto now = Clock::now();
    const auto next = agenda_.next(now, sight(now));
    switch (next.step) {
        case Agenda::Step::cycle: {
            sync::CycleRequest request;
            request.full = next.due.full;
            request.trigger = next.due.trigger;
            co_await run_cycle(std::move(request));
            co_await prune_journal();
            break;
        }
        case Agenda::Step::end_pause:
            co_await end_long_pause(now);
            break;
        case Agenda::Step::follow_pause:
            co_await follow_pause(now);
            break;
        case Agenda::Step::look_through:
            co_await look_through_store(now);
            break;
        case Agenda::Step::wait:
            timer_.expires_at(next.until);
            co_await timer_.async_wait(no_throw);
            break;
    }
}

Task<void> Cycles::perform(CycleJob job) {
    if (!may_bind(Clock::now())) {
        auto report = refused_report_;
        report.run.trigger = job.request.trigger;
        job.answer.give(std::move(report));
        co_return;
    }
    if (job.settings) parts_.engine.engine()->use_settings(*job.settings);
    auto report = co_await run_cycle(std::move(job.request));
    if (job.settings) {
        // Not left to the next cycle, which may be far: `explain` answers by what is in force.
        parts_.engine.engine()->use_settings(parts_.configuration.in_force().sync);
        auto restored = co_await parts_.engine.start();
        if (!restored) parts_.log.event(LogEvent::store_failed, {{"reason", restored.error().message()}});
    }
    job.answer.give(std::move(report));
}

Task<void> Cycles::perform(RevertJob job) {
    auto started = co_await parts_.engine.ensure_started();
    if (!started) {
        job.answer.give(started.error());
        co_return;
    }
    const auto engine = parts_.engine.engine();
    auto report = co_await engine->revert(std::move(job.run_id), job.dry_run, std::move(job.by));
    job.answer.give(std::move(report));
}

Task<void> Cycles::perform(ReloadJob job) {
    const bool rebuild = parts_.configuration.take(std::move(job.config), system_time());
    const auto& config = parts_.configuration.in_force();
    parts_.log.set_level(config.log_level);
    if (rebuild) {
        parts_.engine.rebuild(config);
    } else {
        parts_.engine.engine()->use_settings(config.sync);
    }
    const auto started = co_await parts_.engine.start();
    if (started) {
        agenda_.set_paused(parts_.engine.status().paused, Clock::now());
    } else {
        parts_.log.event(LogEvent::store_failed, {{"reason", started.error().message()}});
    }
    // Whoever reloads wants an attempt, whatever was refused before.
    refusals_.clear();
    agenda_.use_settings(parts_.configuration.schedule(), Clock::now());
    parts_.log.event(LogEvent::config_reloaded, {{"config", config.file.string()}});
    parts_.log.lines(parts_.configuration.log_lines());
    if (rebuild && started) co_await ask_who_the_source_is();
    job.answer.give(Result<void>());
}

/// Finds out whether a change of the source waits, before the next cycle does: whoever reloads is told
/// (semantics 1.4). Not where the configuration consents: the next cycle makes the change.
Task<void> Cycles::ask_who_the_source_is() {
    const auto& config = parts_.configuration.in_force();
    const auto recorded = parts_.engine.status().source;
    if (!names_another_source(recorded, config)) co_return;
    if (const auto consent = consent_of(config)) {
        auto work = [](sync::IdentityStore& store) { return store.sources().used_consent(); };
        const auto used = co_await parts_.store.transact(std::move(work));
        const sync::SourcePair change{source_label(recorded), label_of(config)};
        if (used && why_no_consent(*consent, change, *used).empty()) co_return;
    }
    sync::CycleRequest request;
    request.dry_run = true;
    request.source_only = true;
    request.trigger = "reload";
    const auto report = co_await run_cycle(std::move(request));
    const bool denied = report.error && report.error->error_class() == ErrorClass::denied;
    if (is_stopping_ || !denied) co_return;
    // No cycle will follow that could say so.
    count(report, false, Clock::now());
    unreported_refusal_ = report.error;
    auto noted = co_await parts_.store.record_run(report.run);
    if (!noted) parts_.log.event(LogEvent::store_failed, {{"reason", noted.error().message()}});
}

Task<sync::CycleReport> Cycles::attempt(sync::CycleRequest request) {
    auto started = co_await parts_.engine.ensure_started();
    if (!started) co_return failed_cycle(started.error());
    const auto engine = parts_.engine.engine();
    co_return co_await engine->cycle(std::move(request));
}

Task<sync::CycleReport> Cycles::run_cycle(sync::CycleRequest request) {
    const bool dry_run = request.dry_run;
    const bool full = request.full;
    // Of the secret as it was before it was tried.
    const std::string credentials = fingerprint();
    const auto refused_before = parts_.binds->refused_attempts();
    const auto began = Clock::now();
    auto report = co_await attempt(std::move(request));
    parts_.wrote();
    // By the store, which may be a backup, and not by the report: somebody may have resumed since.
    agenda_.set_paused(parts_.engine.status().paused, Clock::now());
    // A cycle that was cut off by the end is no failure.
    if (is_stopping_ || (report.paused && !dry_run)) co_return report;
    const auto now = Clock::now();
    agenda_.cycle_ended(began, now);
    const bool denied = report.error && report.error->error_class() == ErrorClass::denied;
    if (denied) {
        note_refusal(report, credentials, now);
        if (dry_run) agenda_.credentials_refused(now);
    } else {
        refusals_.note(credentials, false, now);
    }
    if (!dry_run) count(report, full, now);
    const bool by_directory = denied && report.error->code() == ErrorCode::invalid_credentials &&
                              parts_.binds->refused_attempts() > refused_before;
    if (by_directory || !report.error) co_await remember_refusal(credentials, by_directory);
    co_return report;
}

void Cycles::count(const sync::CycleReport& report, bool full, Point now) {
    ++tally_.cycles;
    unreported_refusal_.reset();
    std::optional<ErrorClass> failure;
    tally_.last_failure.reset();
    if (report.error) {
        failure = report.error->error_class();
        tally_.last_failure = report.error->code();
        ++tally_.failures[static_cast<std::size_t>(*failure)];
    } else if (!report.change_pending) {
        tally_.last_success = system_time();
    }
    const double chance = std::uniform_real_distribution<double>(0, 1)(random_);
    agenda_.finished(now, full || report.run.kind == sync::RunKind::full, failure, chance);
    parts_.log.lines(cycle_log_.lines(report, parts_.engine.status(), tally_.cycles));
    parts_.status_changed();
    // What has never worked since the start will not work by being tried again (RestartPreventExitStatus=78).
    if (failure == ErrorClass::config && !tally_.last_success) parts_.gives_up();
}

}  // namespace dirsync::daemon
