#include "engine/engine_impl.hpp"
#include "engine/plan_lines.hpp"
#include "history/revert.hpp"
#include "model/describe_admin.hpp"
#include "model/seams/admin_store.hpp"
#include "model/seams/history_store.hpp"

namespace dirsync::sync {
namespace {

template <class Changes>
void count_created(const Changes& changes, const std::string& kind, RunRecord& run) {
    if (changes.empty()) return;
    std::uint64_t created = 0;
    for (const auto& change : changes) created += change.action == Action::create ? 1 : 0;
    run.counts.emplace_back(kind + "_created", created);
    run.counts.emplace_back(kind + "_removed", changes.size() - created);
}

/// Undoes what an admin edited. `state`: what the plan was made from.
Result<void> write_admin(IdentityStore& store, const RevertPlan& planned, const RunRecord& run,
                         StateStamp state) {
    AdminPlan admin;
    admin.rows = planned.plan;
    admin.permission_sets = planned.admin.permission_sets;
    admin.assignments = planned.admin.assignments;
    admin.counts = run.counts;
    const AdminStore::Decide decide = [&](const AdminFacts& facts) -> Result<AdminPlan> {
        if (facts.state == state) return admin;
        return Error(ErrorCode::cursor_moved,
                     "the store was changed by another program in between; try again");
    };
    return store.admin().edit({}, decide, run);
}

}  // namespace

Task<Result<RevertReport>> Engine::Impl::revert(std::string run_id, bool dry_run, Asked by) {
    RevertReport report;
    report.run = run_of_admin("revert", by, parts_.now());
    auto loaded = co_await reload();
    if (!loaded) co_return loaded.error();
    if (memory_.facts().source.change_pending) {
        co_return Error(ErrorCode::held,
                        "the store is frozen: a change of the identity source waits for consent");
    }
    RevertInputs inputs{std::move(run_id), memory_.mirror(), memory_.stored(), memory_.facts(),
                        traits_of(memory_.facts().source.kind).is_read};
    auto job = [&inputs](IdentityStore& store) { return revert_plan(inputs, store); };
    auto planned = co_await parts_.store.transact(std::move(job));
    if (!planned) co_return planned.error();
    Plan& plan = planned->plan;
    report.undone = planned->run;
    report.not_restored = std::move(planned->not_restored);
    if (dry_run) {
        auto lines = co_await lines_of(plan, parts_.store);
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

    plan.holds = memory_.facts().holds;
    count_changes(plan, report.run);
    count_created(planned->admin.permission_sets, "permission_sets", report.run);
    count_created(planned->admin.assignments, "assignments", report.run);
    report.run.counts.emplace_back("not_restored", report.not_restored.size());
    auto write = [&](IdentityStore& store) -> Result<void> {
        const bool rows = !plan.users.empty() || !plan.groups.empty() || !plan.memberships.empty();
        if (!planned->admin.empty()) {
            // Admins write rows in the built-in directory only, where no mirror has to follow.
            if (inputs.mirrored && rows) {
                return Error(ErrorCode::refused,
                             "that run wrote assignments together with synced users and groups");
            }
            return write_admin(store, *planned, report.run, memory_.state());
        }
        Commit commit = memory_.commit();
        commit.cursor = memory_.facts().cursor;
        ++commit.cursor->generation;
        commit.mirror = &planned->mirror;
        commit.plan = &plan;
        commit.reverted = std::move(planned->reverted);
        commit.run = report.run;
        if (auto written = store.commit(commit); !written) return written.error();
        return {};
    };
    auto committed = co_await parts_.store.transact(std::move(write));
    if (!committed) co_return committed.error();
    report.wrote = true;
    status_.last_run = report.run;
    // Rows and their objects are as the store has them now, not as the last read left them.
    memory_.disown_state();
    auto reloaded = co_await reload();
    if (!reloaded) co_return reloaded.error();
    co_return report;
}

}  // namespace dirsync::sync
