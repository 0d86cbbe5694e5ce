#pragma once

#include "sync/engine.hpp"

namespace dirsync::daemon {

/// Starts the engine and runs one cycle. An engine that does not start is a failed report.
sync::Task<sync::CycleReport> first_cycle(sync::Engine& engine, sync::CycleRequest request);

}  // namespace dirsync::daemon
