#include "engine/long_pause.hpp"

#include <algorithm>
#include <span>

#include "engine/plan_lines.hpp"
#include "sync/settings_fingerprint.hpp"

namespace dirsync::sync {
namespace {

constexpr std::size_t chunk_size = 2048;

/// Asked of the store, on its thread: somebody may resume, or pause anew, while anything is waited for.
Result<bool> is_still_paused(IdentityStore& store, std::optional<Time> since) {
    const auto facts = store.facts();
    if (!facts) return facts.error();
    return facts->paused_since == since;
}

}  // namespace

bool LongPause::has_ended() const {
    const StoredFacts& facts = parts_.memory.facts();
    return facts.paused_since && applied_ == facts.paused_since && traits_of(facts.source.kind).is_read;
}

std::optional<Time> LongPause::end() const {
    const StoredFacts& facts = parts_.memory.facts();
    const auto& limit = parts_.memory.settings().lifecycle.paused_disable_after;
    // A configuration that names another kind of source freezes the store before the pause ends
    // (semantics 1.4).
    const bool counts = traits_of(facts.source.kind).is_read && facts.source.kind == parts_.kind &&
                        !facts.source.change_pending;
    if (!facts.paused_since || !limit || !counts || applied_ == facts.paused_since) return std::nullopt;
    return *facts.paused_since + *limit;
}

Task<Result<void>> LongPause::advance(CycleReport& report) {
    const auto end = this->end();
    if (!end) co_return Result<void>();
    if (parts_.memory.facts().time.pause_in_doubt) co_return co_await start_clock(report);
    if (parts_.now() < *end) co_return Result<void>();
    auto certain = co_await find_out_the_time(report);
    if (!certain) co_return certain.error();
    // It may have been resumed while a domain controller was asked.
    if (!*certain || this->end() != end) co_return co_await parts_.memory.refresh();
    const auto since = parts_.memory.facts().paused_since;
    auto plan = co_await disabling_everybody();
    if (!plan) co_return plan.error();
    if (!plan->users.empty()) {
        auto written = co_await write(*plan, since, report);
        if (!written) co_return written.error();
        if (!*written) co_return co_await parts_.memory.refresh();
    }
    applied_ = since;
    co_return co_await parts_.memory.refresh();
}

Task<Result<Plan>> LongPause::disabling_everybody() {
    const StoredIndex& stored = parts_.memory.stored();
    std::vector<Node> enabled;
    for (const Node node : stored.all_users()) {
        if (stored.status(node) == Status::enabled) enabled.push_back(node);
    }
    Plan plan;
    auto read = [&](IdentityStore& store) -> Result<void> {
        for (std::size_t at = 0; at < enabled.size(); at += chunk_size) {
            const auto nodes = std::span(enabled).subspan(at, std::min(chunk_size, enabled.size() - at));
            auto users = store.users(nodes);
            if (!users) return users.error();
            for (auto& user : *users) {
                UserRow after = user.row;
                after.status = Status::disabled;
                plan.users.push_back({Action::update, user.node, user.id, std::move(user.row),
                                      std::move(after), Reason::paused_too_long});
            }
        }
        return {};
    };
    auto rows = co_await parts_.store.transact(std::move(read));
    if (!rows) co_return rows.error();
    plan.holds = parts_.memory.facts().holds;
    co_return plan;
}

/// False: the pause was over by then, and nothing was written.
Task<Result<bool>> LongPause::write(const Plan& plan, std::optional<Time> since, CycleReport& report) {
    count_changes(plan, report.run);
    report.changes = plan.users.size();
    report.run.kind = RunKind::admin;
    report.run.trigger = "pause";
    report.run.ended = parts_.now();
    Commit commit = parts_.memory.commit();
    commit.plan = &plan;
    commit.settings_fingerprint = paused_fingerprint(parts_.memory.facts().settings_fingerprint);
    commit.run = report.run;
    using Written = Result<std::optional<StoredFacts>>;
    auto job = [&](IdentityStore& store) -> Written {
        const auto is_same = is_still_paused(store, since);
        if (!is_same) return is_same.error();
        if (!*is_same) return std::nullopt;
        auto committed = store.commit(commit);
        return committed ? Written(std::move(*committed)) : Written(std::move(committed).error());
    };
    auto written = co_await parts_.store.transact(std::move(job));
    if (!written) co_return written.error();
    if (!*written) co_return false;
    parts_.memory.committed(plan, {}, std::move(**written));
    report.wrote = true;
    co_return true;
}

/// A domain controller is asked only where nothing else bears this host's clock out; that it cannot be
/// reached is no failure, but refused credentials are not to be tried again and again.
Task<Result<bool>> LongPause::find_out_the_time(CycleReport& report) {
    const auto remembered = parts_.memory.facts().time.certain;
    parts_.time.judge({}, remembered);
    if (!parts_.time.clock().certain) {
        auto connected = co_await parts_.source.connect(parts_.memory.domains().all());
        if (connected) {
            parts_.time.judge(times_of(*connected), parts_.memory.facts().time.certain);
        } else if (connected.error().error_class() == ErrorClass::denied) {
            report.time_doubt = parts_.time.doubt();
            co_return connected.error();
        }
    }
    report.time_doubt = parts_.time.doubt();
    co_return parts_.time.clock().certain;
}

/// The clock of a pause that began while time was in doubt (semantics 4.5).
Task<Result<void>> LongPause::start_clock(CycleReport& report) {
    const auto since = parts_.memory.facts().paused_since;
    auto certain = co_await find_out_the_time(report);
    if (!certain) co_return certain.error();
    if (!*certain) co_return Result<void>();
    const Time now = parts_.time.clock().now;
    auto job = [since, now](IdentityStore& store) -> Result<void> {
        const auto is_same = is_still_paused(store, since);
        if (!is_same) return is_same.error();
        if (!*is_same) return {};
        const RunRecord run = run_of_admin("pause", {{}, "its clock starts now that time is certain"}, now);
        return store.set_paused(now, false, run);
    };
    auto started = co_await parts_.store.transact(std::move(job));
    if (!started) co_return started.error();
    co_return co_await parts_.memory.refresh();
}

}  // namespace dirsync::sync
