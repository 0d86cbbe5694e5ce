#include "daemon/cycles/jobs.hpp"

namespace dirsync::daemon {
namespace {

/// Makes the run one of both of them.
void add_to(sync::Asked& all, const sync::Asked& by) {
    const auto add = [](std::string& text, const std::string& more, const char* between) {
        if (more.empty() || text.find(more) != std::string::npos) return;
        text += (text.empty() ? "" : between) + more;
    };
    add(all.reason, by.reason, "; ");
    if (by.actor.kind == sync::Actor::Kind::engine || all.actor == by.actor) return;
    std::string actors = all.actor.kind == sync::Actor::Kind::engine ? "" : text_of(all.actor);
    add(actors, text_of(by.actor), ", ");
    all.actor = sync::host_user(std::move(actors));
}

}  // namespace

sync::CycleReport failed_cycle(Error why) {
    sync::CycleReport report;
    report.run.outcome = sync::Outcome::failed;
    report.run.error = why.message();
    report.error = std::move(why);
    return report;
}

template <class OneJob>
auto JobQueue::put(OneJob job) {
    auto answer = job.answer;
    if (closed_) {
        answer.give(*closed_);
    } else {
        jobs_.push_back(std::move(job));
    }
    return answer;
}

Answer<sync::CycleReport> JobQueue::add_cycle(sync::CycleRequest request,
                                              std::optional<sync::SyncSettings> settings) {
    return put(CycleJob{std::move(request), std::move(settings), Answer<sync::CycleReport>(executor_)});
}

Answer<sync::CycleReport> JobQueue::join_cycle(bool full, std::string trigger, sync::Asked by) {
    for (auto job = jobs_.rbegin(); job != jobs_.rend() && !std::holds_alternative<ReloadJob>(*job); ++job) {
        auto* waiting = std::get_if<CycleJob>(&*job);
        if (waiting == nullptr || waiting->request.dry_run) continue;
        waiting->request.full |= full;
        add_to(waiting->request.by, by);
        return waiting->answer;
    }
    sync::CycleRequest request;
    request.full = full;
    request.trigger = std::move(trigger);
    request.by = std::move(by);
    return add_cycle(std::move(request));
}

Answer<sync::RevertReport> JobQueue::add_revert(std::string run_id, bool dry_run, sync::Asked by) {
    return put(RevertJob{std::move(run_id), dry_run, std::move(by), Answer<sync::RevertReport>(executor_)});
}

Answer<void> JobQueue::add_reload(config::Config config) {
    return put(ReloadJob{std::move(config), Answer<void>(executor_)});
}

std::optional<Job> JobQueue::next() {
    if (jobs_.empty()) return std::nullopt;
    std::optional<Job> job(std::move(jobs_.front()));
    jobs_.pop_front();
    return job;
}

void JobQueue::close(Error why) {
    closed_ = std::move(why);
    for (auto& job : jobs_) std::visit([this](auto& one) { one.answer.give(*closed_); }, job);
    jobs_.clear();
}

}  // namespace dirsync::daemon
