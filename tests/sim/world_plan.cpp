#include <cstdio>

#include "tests/sim/expect.hpp"
#include "tests/sim/trace.hpp"
#include "tests/sim/world.hpp"
#include "tests/support/await.hpp"

// Plans, which write nothing, and reverts, which write what was there before.
namespace dirsync::sim {
namespace {

/// What a plan must leave as it is.
bool same(const sync::StoredFacts& a, const sync::StoredFacts& b) {
    return a.cursor.generation == b.cursor.generation && a.pins == b.pins && a.errors == b.errors &&
           a.holds.size() == b.holds.size() && a.approvals.size() == b.approvals.size() &&
           a.reverted == b.reverted && a.source == b.source &&
           a.settings_fingerprint == b.settings_fingerprint;
}

}  // namespace

Verdict World::plan(const sync::CycleRequest& request, sync::CycleReport& report) {
    const auto before = must(store_->facts(), "facts");
    const auto runs = view_rows(*store_, "v1_runs").size();
    report = run(request);
    if (is_source_settled() && choice_.source == sync::SourceKind::active_directory)
        witness_->note_time(in_time(report));
    const bool untouched = same(before, must(store_->facts(), "facts"));
    if (!untouched || view_rows(*store_, "v1_runs").size() != runs) return "5.4: a plan wrote something";
    if (faults_.crashed()) restart();
    return std::nullopt;
}

Verdict World::faulty_plan(const Step& step) {
    faults_.recover();
    directory_.cut_after = step.c % 20;
    faults_.strike(1 + step.a % 16, testing::all_faults[step.b % std::size(testing::all_faults)]);
    sync::CycleRequest request;
    request.dry_run = true;
    request.full = step.c % 5 == 0;
    sync::CycleReport report;
    auto verdict = plan(request, report);
    faults_.recover();
    return verdict;
}

/// One of the last runs is undone; what the directory asks for again waits from then on (semantics 5.10).
Verdict World::revert(const Step& step) {
    std::vector<std::string> runs;
    std::size_t of_other_sources = 0;
    for (auto& row : view_rows(*store_, "v1_runs")) {
        runs.push_back(row["run_id"]);
        if (row["kind"] == "source_change") of_other_sources = runs.size();
    }
    if (runs.empty()) return std::nullopt;
    const std::size_t back = step.a % std::min<std::size_t>(runs.size(), 5);
    const std::string id = runs[runs.size() - 1 - back];
    const bool is_of_another = runs.size() - back <= of_other_sources;
    if (!start()) return "5.10: the engine does not start";
    const auto report = testing::await_on(loop_, engine_->revert(id, false));
    if (is_traced()) std::printf("revert %s%s\n", id.c_str(), report ? "" : report.error().message().c_str());
    // It writes rows, and nothing of what was read since.
    generation_ = must(store_->facts(), "facts").cursor.generation;
    if (report) note_state();
    if (report && report->wrote && is_of_another) return "5.10: undoes a run of another source";
    auto verdict = witness_->judge_revert(report && report->wrote);
    if (is_traced()) {
        for (const auto& line : witness_->lines()) std::printf("    %s\n", line.text().c_str());
    }
    return verdict;
}

}  // namespace dirsync::sim
