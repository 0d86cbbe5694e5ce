#include "daemon/commands.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "api/names.hpp"
#include "core/system_time.hpp"
#include "core/text.hpp"

namespace dirsync::daemon {
namespace {

constexpr std::size_t most_meant = 20;

struct Called {
    ObjectGuid guid;
    std::string name;
};

const std::string& name_of_row(const sync::UserRow& row) { return row.user_name; }
const std::string& name_of_row(const sync::GroupRow& row) { return row.display_name; }

template <class Record>
void add(std::vector<Called>& found, const Record& record) {
    const ObjectGuid guid = guid_of(record.row);
    if (!guid.is_nil()) found.push_back({guid, name_of_row(record.row)});
}

/// The rows that have exactly this name, id or externalId: a user, a group, or both.
Result<std::vector<Called>> rows_called(sync::RowReader& rows, const std::string& name) {
    std::vector<Called> found;
    const auto user = rows.user(name);
    if (!user) return user.error();
    if (*user) add(found, **user);
    const auto group = rows.group(name);
    if (!group) return group.error();
    if (*group) add(found, **group);
    return found;
}

/// The rows that a part of a name may mean.
Result<std::vector<Called>> rows_meant(sync::RowReader& rows, const std::string& name) {
    std::vector<Called> found;
    const auto users = rows.users_meant(name, most_meant);
    if (!users) return users.error();
    for (const auto& user : *users) add(found, user);
    const auto groups = rows.groups_meant(name, most_meant);
    if (!groups) return groups.error();
    for (const auto& group : *groups) add(found, group);
    return found;
}

/// Finds what `approve --only` names, among rows and held objects. Asks the store for the objects of the hold
/// once, and only where a name is not that of a row.
class HeldNames {
public:
    HeldNames(sync::IdentityStore& store, const std::string& hold_id)
        : rows_(store.rows()), hold_id_(hold_id) {}

    /// not_found: nobody is called so. refused: several objects of the hold may be meant; the message names
    /// them.
    Result<std::vector<ObjectGuid>> objects_called(const std::vector<std::string>& names) {
        std::vector<ObjectGuid> guids;
        for (const auto& name : names) {
            const auto found = called(name);
            if (!found) return found.error();
            if (found->empty())
                return Error(ErrorCode::not_found,
                             "nobody in the store is called " + quoted_peer_text(name, 150));
            for (const Called& one : *found) guids.push_back(one.guid);
        }
        return guids;
    }

private:
    Result<std::vector<Called>> called(const std::string& name) {
        auto exact = rows_called(rows_, name);
        if (!exact || !exact->empty()) return exact;
        auto read = read_hold();
        if (!read) return read.error();
        // What has no row is held by its DN, and has no other id there than that of the directory.
        std::vector<Called> by_dn;
        for (const auto& line : *held_) {
            if (text::folded(line.name) != text::folded(name)) continue;
            if (const auto guid = parse<ObjectGuid>(line.object_id)) by_dn.push_back({*guid, line.name});
        }
        if (!by_dn.empty()) return by_dn;
        auto meant = rows_meant(rows_, name);
        if (!meant || meant->size() <= 1) return meant;
        std::vector<Called> held;
        std::ranges::copy_if(*meant, std::back_inserter(held),
                             [this](const Called& one) { return is_held(one.name); });
        if (held.size() == 1) return held;
        std::vector<std::string> names_found;
        for (const Called& one : held.empty() ? *meant : held) names_found.push_back(one.name);
        return api::fits_several(quoted_peer_text(name, 150), names_found);
    }
    Result<void> read_hold() {
        if (held_) return {};
        auto lines = rows_.held(hold_id_);
        if (!lines) return lines.error();
        held_ = std::move(*lines);
        return {};
    }
    bool is_held(const std::string& name) const {
        return std::ranges::any_of(*held_, [&name](const auto& line) { return line.name == name; });
    }

    sync::RowReader& rows_;
    const std::string& hold_id_;
    std::optional<std::vector<sync::HeldLine>> held_;
};

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

Task<Result<api::Approved>> Commands::approve(std::string id, std::vector<std::string> only, bool wait,
                                              sync::Asked by) {
    const sync::RunRecord run = sync::run_of_admin("approve", by, system_time());
    auto work = [&id, &only, &run](sync::IdentityStore& store) -> Result<sync::Hold> {
        const auto guids = HeldNames(store, id).objects_called(only);
        return guids ? store.approve(id, run, *guids) : Result<sync::Hold>(guids.error());
    };
    auto hold = co_await parts_.store.transact(std::move(work));
    if (!hold) co_return hold.error();
    api::Approved approved;
    approved.hold = std::move(*hold);
    const auto answer = parts_.cycles.join_cycle(false, "approval", std::move(by));
    if (!wait) co_return approved;
    auto report = co_await answer.get();
    approved.report = report ? std::move(*report) : failed_cycle(report.error());
    co_return approved;
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
    if (!parts_.engine.status().paused) co_return co_await set_paused(system_time(), std::move(by));
    // A second pause does not begin anew: `lifecycle.paused` counts from the first one.
    if (by.reason.empty()) co_return Result<void>();
    const auto engine = parts_.engine.engine();
    auto recorded = co_await parts_.store.record_run(sync::run_of_admin("pause", by, system_time()));
    if (!recorded) co_return recorded;
    co_return co_await engine->refresh_facts();
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
