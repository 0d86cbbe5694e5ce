#include "daemon/app.hpp"

// The journal's part of App: taking runs back.
namespace dirsync::daemon {

Task<void> App::do_revert(std::string run_id, bool dry_run,
                          std::optional<Result<sync::RevertReport>>& result) {
    if (auto started = co_await ensure_started(); !started) {
        result.emplace(started.error());
        co_return;
    }
    result.emplace(co_await engine_->revert(std::move(run_id), dry_run));
}

Task<Result<sync::RevertReport>> App::revert(std::string run_id, bool dry_run) {
    std::optional<Result<sync::RevertReport>> result;
    std::function<Task<void>()> work = [this, &result, run_id, dry_run] {
        return do_revert(run_id, dry_run, result);
    };
    co_await between_cycles(std::move(work));
    if (*result && (*result)->wrote) {
        log_.event(LogEvent::run_reverted,
                   {{"run", run_id},
                    {"changes", std::to_string((*result)->changes)},
                    {"not_restored", std::to_string((*result)->not_restored.size())}});
        // What is held for it shows in the next plan.
        if (!engine_->status().paused) asked_for(false, "revert");
    }
    co_return std::move(*result);
}

}  // namespace dirsync::daemon
