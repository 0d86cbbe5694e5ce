#include <algorithm>

#include "engine/engine_impl.hpp"
#include "sync/settings_fingerprint.hpp"

// A pause that lasts too long (semantics 4.5). The directory is not read, and not asked for: a directory that
// fails is no pause.
namespace dirsync::sync {
namespace {

constexpr std::size_t chunk_size = 2048;

}  // namespace

std::optional<Time> Engine::Impl::pause_end() const {
    const auto& limit = settings_.lifecycle.paused_disable_after;
    // A configuration that names another kind of source freezes the store before the pause ends
    // (semantics 1.4).
    const bool counts = traits_of(facts_.source.kind).is_read && facts_.source.kind == parts_.source_kind &&
                        !facts_.source.change_pending;
    if (!facts_.paused_since || !limit || !counts || pause_applied_ == facts_.paused_since)
        return std::nullopt;
    return *facts_.paused_since + *limit;
}

/// Asked of the store, on its thread: somebody may resume, or pause anew, while anything is waited for.
Result<bool> Engine::Impl::is_still_paused(IdentityStore& store, std::optional<Time> since) {
    const auto facts = store.facts();
    if (!facts) return facts.error();
    return facts->paused_since == since;
}

Task<Result<void>> Engine::Impl::end_long_pause(CycleReport& report) {
    const auto end = pause_end();
    if (!end) co_return Result<void>();
    if (facts_.time.pause_in_doubt) co_return co_await start_pause_clock(report);
    if (parts_.now() < *end) co_return Result<void>();
    auto certain = co_await find_out_the_time(report);
    if (!certain) co_return certain.error();
    // It may have been resumed while a domain controller was asked.
    if (!*certain || pause_end() != end) co_return co_await refresh_facts();
    const auto since = facts_.paused_since;
    std::vector<Node> enabled;
    for (const Node node : stored_->all_users()) {
        if (stored_->status(node) == Status::enabled) enabled.push_back(node);
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
    if (!plan.users.empty()) {
        plan.holds = facts_.holds;
        count_changes(plan, report.run);
        report.changes = plan.users.size();
        report.run.kind = RunKind::admin;
        report.run.trigger = "pause";
        report.run.ended = parts_.now();
        Commit commit = commit_of_memory();
        commit.plan = &plan;
        commit.settings_fingerprint = paused_fingerprint(facts_.settings_fingerprint);
        commit.run = report.run;
        using Written = Result<std::optional<StoredFacts>>;
        auto write = [&](IdentityStore& store) -> Written {
            const auto is_same = is_still_paused(store, since);
            if (!is_same) return is_same.error();
            if (!*is_same) return std::nullopt;
            auto committed = store.commit(commit);
            return committed ? Written(std::move(*committed)) : Written(std::move(committed).error());
        };
        auto written = co_await parts_.store.transact(std::move(write));
        if (!written) co_return written.error();
        if (!*written) co_return co_await refresh_facts();
        stored_->apply(plan);
        state_ = (*written)->state;
        report.wrote = true;
        status_.last_run = report.run;
    }
    pause_applied_ = since;
    co_return co_await refresh_facts();
}

}  // namespace dirsync::sync
