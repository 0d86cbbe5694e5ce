#include "daemon/first_cycle.hpp"

#include <utility>

namespace dirsync::daemon {

sync::Task<sync::CycleReport> first_cycle(sync::Engine& engine, sync::CycleRequest request) {
    auto started = co_await engine.start();
    if (!started) {
        sync::CycleReport report;
        report.run.outcome = sync::Outcome::failed;
        report.error = started.error();
        co_return report;
    }
    co_return co_await engine.cycle(std::move(request));
}

}  // namespace dirsync::daemon
