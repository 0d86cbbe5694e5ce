#include "engine/engine_impl.hpp"

// What a cycle may believe about the time (semantics 5.13).
namespace dirsync::sync {

HostTime Engine::Impl::host_time() const {
    return {parts_.now(), parts_.steady ? parts_.steady() : Duration(0)};
}

void Engine::Impl::judge_time(std::vector<ServerTime> servers, CycleReport& report) {
    const ClockEvidence evidence{host_time(), std::move(servers), facts_.time.certain, agreed_};
    clock_ = judged(evidence);
    if (clock_.certain && !evidence.servers.empty()) agreed_ = evidence.host;
    report.time_doubt = clock_.certain ? std::string() : warning_of(clock_);
    status_.time_doubt = report.time_doubt;
}

bool Engine::Impl::is_time_certain() const {
    return judged({host_time(), {}, facts_.time.certain, agreed_}).certain;
}

/// Without a cycle. A domain controller is asked only where nothing else bears this host's clock out; that it
/// cannot be reached is no failure, but refused credentials are not to be tried again and again.
Task<Result<bool>> Engine::Impl::find_out_the_time(CycleReport& report) {
    judge_time({}, report);
    if (clock_.certain) co_return true;
    auto connected = co_await parts_.source.connect(domains_);
    if (connected) {
        judge_time(times_of(*connected), report);
    } else if (connected.error().error_class() == ErrorClass::denied) {
        co_return connected.error();
    }
    co_return clock_.certain;
}

/// The clock of a pause that began while time was in doubt (semantics 4.5).
Task<Result<void>> Engine::Impl::start_pause_clock(CycleReport& report) {
    const auto since = facts_.paused_since;
    auto certain = co_await find_out_the_time(report);
    if (!certain) co_return certain.error();
    if (!*certain) co_return Result<void>();
    const Time now = clock_.now;
    auto job = [since, now](IdentityStore& store) -> Result<void> {
        const auto is_same = is_still_paused(store, since);
        if (!is_same) return is_same.error();
        if (!*is_same) return {};
        const RunRecord run = run_of_admin("pause", {{}, "its clock starts now that time is certain"}, now);
        return store.set_paused(now, false, run);
    };
    auto started = co_await parts_.store.transact(std::move(job));
    if (!started) co_return started.error();
    co_return co_await refresh_facts();
}

}  // namespace dirsync::sync
