#include <algorithm>

#include "sync/engine_impl.hpp"

// A pause that lasts too long (semantics 4.5). The directory is not read, and not asked for: a directory that
// fails is no pause.
namespace dirsync::sync {
namespace {

constexpr std::size_t chunk_size = 2048;
/// No settings have it: what a long pause did to the store is computed by none of them, so the first cycle
/// after it decides everybody anew.
constexpr std::string_view paused_fingerprint = "paused for too long";

}  // namespace

std::optional<Time> Engine::Impl::pause_end() const {
    const auto& limit = settings_.lifecycle.paused_disable_after;
    const bool counts = facts_.source.type == "active_directory" && !facts_.source.change_pending;
    if (!facts_.paused_since || !limit || !counts || pause_applied_ == facts_.paused_since)
        return std::nullopt;
    return *facts_.paused_since + *limit;
}

Task<Result<void>> Engine::Impl::end_long_pause(CycleReport& report) {
    const auto end = pause_end();
    if (!end || parts_.now() < *end) co_return Result<void>();
    std::vector<Node> enabled;
    for (const Node node : stored_->all_users()) {
        if (stored_->status(node) == Status::enabled) enabled.push_back(node);
    }
    Plan plan;
    std::function<Result<void>()> read = [&]() -> Result<void> {
        for (std::size_t at = 0; at < enabled.size(); at += chunk_size) {
            const auto nodes = std::span(enabled).subspan(at, std::min(chunk_size, enabled.size() - at));
            auto users = parts_.store.users(nodes);
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
    auto rows = co_await parts_.thread.run<Result<void>>(std::move(read));
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
        commit.settings_fingerprint = paused_fingerprint;
        commit.run = report.run;
        std::function<Result<StateStamp>()> write = [&]() { return parts_.store.commit(commit); };
        auto written = co_await parts_.thread.run<Result<StateStamp>>(std::move(write));
        if (!written) co_return written.error();
        stored_->apply(plan);
        state_ = *written;
        report.wrote = true;
        status_.last_run = report.run;
    }
    pause_applied_ = facts_.paused_since;
    co_return co_await refresh_facts();
}

}  // namespace dirsync::sync
