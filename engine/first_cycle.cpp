#include "engine/first_cycle.hpp"

#include <utility>

namespace dirsync::sync {

Task<CycleReport> first_cycle(Engine& engine, CycleRequest request) {
    auto started = co_await engine.start();
    if (!started) {
        CycleReport report;
        report.run.outcome = Outcome::failed;
        report.error = started.error();
        co_return report;
    }
    co_return co_await engine.cycle(std::move(request));
}

}  // namespace dirsync::sync
