#pragma once

#include "core/task.hpp"
#include "engine/engine.hpp"

namespace dirsync::sync {

/// Starts the engine and runs one cycle. An engine that does not start is a failed report.
Task<CycleReport> first_cycle(Engine& engine, CycleRequest request);

}  // namespace dirsync::sync
