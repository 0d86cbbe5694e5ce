#include "daemon/commands.hpp"

#include <utility>

#include "core/system_time.hpp"
#include "core/text.hpp"

namespace dirsync::daemon {
namespace {

/// Users and groups by their names in the store, or by what `held` shows of those that are not in it.
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

}  // namespace

Task<sync::CycleReport> Commands::sync(bool full, sync::Asked by) {
    const auto answer = parts_.cycles.join_cycle(full, "admin", std::move(by));
    auto report = co_await answer.get();
    if (!report) co_return failed_cycle(report.error());
    co_return std::move(*report);
}

Task<Result<sync::CycleReport>> Commands::plan(std::optional<std::string> configuration) {
    sync::CycleRequest request;
    request.dry_run = true;
    request.trigger = "admin";
    std::optional<sync::SyncSettings> settings;
    if (configuration) {
        const auto& running = parts_.configuration.in_force();
        auto loaded = config::load_text(*configuration, running.file.string());
        if (!loaded.problems.empty()) co_return Error(ErrorCode::config_invalid, lines_of(loaded.problems));
        if (!parts_.configuration.has_domains_of(loaded.config)) {
            co_return Error(
                ErrorCode::config_invalid,
                "the source, its domains or their servers and credentials are not those of the running "
                "daemon, which sends its secrets nowhere else; 'dirsyncd --once --dry-run -c FILE' with a "
                "store of its own plans that, with the rights of the user who runs it");
        }
        settings = std::move(loaded.config.sync);
    }
    const auto answer = parts_.cycles.ask_for_cycle(std::move(request), std::move(settings));
    co_return co_await answer.get();
}

Task<Result<sync::Hold>> Commands::approve(std::string id, std::vector<std::string> only, sync::Asked by) {
    const sync::RunRecord run = sync::run_of_admin("approve", by, system_time());
    auto work = [&id, &only, &run](sync::IdentityStore& store) -> Result<sync::Hold> {
        const auto guids = objects_called(store.rows(), id, only);
        return guids ? store.approve(id, run, *guids) : Result<sync::Hold>(guids.error());
    };
    auto hold = co_await parts_.store.transact(std::move(work));
    if (hold) parts_.cycles.join_cycle(false, "approval", std::move(by));
    co_return hold;
}

Task<Result<sync::RevertReport>> Commands::revert(std::string run_id, bool dry_run, sync::Asked by) {
    const auto answer = parts_.cycles.ask_for_revert(run_id, dry_run, by);
    auto report = co_await answer.get();
    if (!report || !report->wrote) co_return report;
    parts_.bell.ring();
    parts_.log.event(LogEvent::run_reverted, {{"run", run_id},
                                              {"changes", std::to_string(report->changes)},
                                              {"not_restored", std::to_string(report->not_restored.size())}});
    // What is held for it shows in the next plan.
    if (!parts_.engine.status().paused) parts_.cycles.join_cycle(false, "revert", std::move(by));
    co_return report;
}

Task<Result<void>> Commands::set_paused(std::optional<Time> since, sync::Asked by) {
    const auto engine = parts_.engine.engine();
    const sync::RunRecord run = sync::run_of_admin(since ? "pause" : "resume", by, system_time());
    const bool in_doubt = since && !engine->is_time_certain();
    auto set = co_await parts_.store.set_paused(since, in_doubt, run);
    if (!set) co_return set;
    auto refreshed = co_await engine->refresh_facts();
    if (!refreshed) co_return refreshed;
    parts_.cycles.set_paused(since.has_value());
    parts_.log.event(since ? LogEvent::sync_paused : LogEvent::sync_resumed);
    parts_.reporter.tell();
    co_return Result<void>();
}

Task<Result<void>> Commands::pause(sync::Asked by) {
    // A second pause does not begin anew: `lifecycle.paused` counts from the first one.
    if (parts_.engine.status().paused) co_return Result<void>();
    co_return co_await set_paused(system_time(), std::move(by));
}

Task<Result<void>> Commands::resume(sync::Asked by) {
    co_return co_await set_paused(std::nullopt, std::move(by));
}

/// A reload is a run of its own, which says who asked for it (semantics 5.12).
Task<void> Commands::record_reload(sync::Asked by, std::string problems) {
    sync::RunRecord run = sync::run_of_admin("reload", by, system_time());
    if (!problems.empty()) run.outcome = sync::Outcome::failed;
    run.error = std::move(problems);
    auto recorded = co_await parts_.store.record_run(std::move(run));
    if (!recorded)
        parts_.log.event(LogEvent::store_failed,
                         {{"doing", "recording a reload"}, {"reason", recorded.error().message()}});
}

Task<Result<std::vector<std::string>>> Commands::reload(sync::Asked by) {
    parts_.manager.reloading();
    auto loaded = config::load(parts_.configuration.in_force().file);
    if (!loaded.problems.empty()) {
        parts_.configuration.file_refused();
        const std::string problems = lines_of(loaded.problems);
        parts_.log.event(LogEvent::config_refused, {{"problems", problems}});
        parts_.manager.ready("configuration refused, the one before is in force; " + parts_.reporter.line());
        co_await record_reload(std::move(by), problems);
        co_return Error(ErrorCode::config_invalid, problems);
    }
    const auto answer = parts_.cycles.ask_for_reload(std::move(loaded.config));
    const auto taken = co_await answer.get();
    if (!taken) co_return taken.error();
    co_await record_reload(std::move(by), std::string());
    parts_.manager.ready(parts_.reporter.line());
    co_return parts_.configuration.needs_restart();
}

Task<void> Commands::count_anew() {
    if (!traits_of(parts_.configuration.in_force().source).is_edited) co_return;
    const auto engine = parts_.engine.engine();
    auto refreshed = co_await engine->refresh_facts();
    if (!refreshed) parts_.log.event(LogEvent::store_failed, {{"reason", refreshed.error().message()}});
    parts_.reporter.tell();
}

Task<Result<sync::Explanation>> Commands::explain(std::string name) {
    // The mirror knows nothing of users and groups that admins made.
    if (traits_of(parts_.configuration.in_force().source).is_edited)
        co_return co_await parts_.admin.explain(std::move(name));
    // A reload may put another engine in its place while this one answers.
    const auto engine = parts_.engine.engine();
    if (!parts_.engine.is_started())
        co_return Error(ErrorCode::store_unavailable, "the store is not loaded; try again");
    co_return co_await engine->explain(std::move(name));
}

}  // namespace dirsync::daemon
