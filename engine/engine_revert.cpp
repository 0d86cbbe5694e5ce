#include "engine/engine_impl.hpp"
#include "history/revert.hpp"
#include "model/admin_store.hpp"
#include "model/describe_admin.hpp"
#include "model/history_store.hpp"

namespace dirsync::sync {

Task<Result<RevertReport>> Engine::Impl::revert(std::string run_id, bool dry_run, Asked by) {
    RevertReport report;
    report.run = run_of_admin("revert", by, parts_.now());
    auto loaded = co_await reload();
    if (!loaded) co_return loaded.error();
    if (facts_.source.change_pending) {
        co_return Error(ErrorCode::held,
                        "the store is frozen: a change of the identity source waits for consent");
    }
    RevertInputs inputs{std::move(run_id), *mirror_, *stored_, facts_,
                        facts_.source.type == "active_directory"};
    std::function<Result<RevertPlan>()> job = [this, &inputs] { return revert_plan(inputs, parts_.store); };
    auto planned = co_await parts_.thread.run<Result<RevertPlan>>(std::move(job));
    if (!planned) co_return planned.error();
    Plan& plan = planned->plan;
    report.undone = planned->run;
    report.not_restored = std::move(planned->not_restored);
    if (dry_run) {
        auto lines = co_await lines_of(plan);
        if (!lines) co_return lines.error();
        report.lines = std::move(*lines);
        for (const auto& change : planned->admin.permission_sets) report.lines.push_back(described(change));
        for (const auto& change : planned->admin.assignments) report.lines.push_back(described(change));
        report.changes = report.lines.size();
        co_return report;
    }
    report.changes = plan.users.size() + plan.groups.size() + plan.memberships.size() +
                     planned->admin.permission_sets.size() + planned->admin.assignments.size();
    report.run.ended = parts_.now();
    if (report.changes == 0) co_return report;

    plan.holds = facts_.holds;
    count_changes(plan, report.run);
    const auto count_admin = [&report](const char* kind, const auto& changes) {
        std::uint64_t created = 0;
        for (const auto& change : changes) created += change.action == Action::create ? 1 : 0;
        if (changes.empty()) return;
        report.run.counts.emplace_back(std::string(kind) + "_created", created);
        report.run.counts.emplace_back(std::string(kind) + "_removed", changes.size() - created);
    };
    count_admin("permission_sets", planned->admin.permission_sets);
    count_admin("assignments", planned->admin.assignments);
    report.run.counts.emplace_back("not_restored", report.not_restored.size());
    std::function<Result<void>()> write = [&]() -> Result<void> {
        const bool rows = !plan.users.empty() || !plan.groups.empty() || !plan.memberships.empty();
        if (!planned->admin.empty()) {
            // Admins write rows in the built-in directory only, where no mirror has to follow.
            if (inputs.mirrored && rows) {
                return Error(ErrorCode::refused,
                             "that run wrote assignments together with synced users and groups");
            }
            AdminPlan admin;
            admin.rows = plan;
            admin.permission_sets = planned->admin.permission_sets;
            admin.assignments = planned->admin.assignments;
            admin.counts = report.run.counts;
            const AdminStore::Decide decide = [&](const AdminFacts& facts) -> Result<AdminPlan> {
                if (facts.state == state_) return admin;
                return Error(ErrorCode::cursor_moved,
                             "the store was changed by another program in between; try again");
            };
            return parts_.store.admin().edit({}, decide, report.run);
        }
        Commit commit = commit_of_memory();
        commit.cursor = facts_.cursor;
        ++commit.cursor->generation;
        commit.mirror = &planned->mirror;
        commit.plan = &plan;
        commit.reverted = std::move(planned->reverted);
        commit.run = report.run;
        if (auto written = parts_.store.commit(commit); !written) return written.error();
        return {};
    };
    auto committed = co_await parts_.thread.run<Result<void>>(std::move(write));
    if (!committed) co_return committed.error();
    report.wrote = true;
    status_.last_run = report.run;
    // Rows and their objects are as the store has them now, not as the last read left them.
    state_ = 0;
    auto reloaded = co_await reload();
    if (!reloaded) co_return reloaded.error();
    co_return report;
}

Task<Result<RevertReport>> Engine::revert(std::string run_id, bool dry_run, Asked by) {
    return impl_->revert(std::move(run_id), dry_run, std::move(by));
}

}  // namespace dirsync::sync
