#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "engine/engine.hpp"

namespace dirsync::daemon {

struct OnceOptions {
    bool full = false;
    bool dry_run = false;
    std::vector<std::string> approve;
};

/// `dirsyncd --once`: runs one cycle and tells a person of it: of its progress on standard error, if that is
/// a terminal, and of what it did (or would do) on standard output. Returns the exit code. SIGINT and SIGTERM
/// cut the cycle off with nothing committed: 75.
int run_once(const config::Config& config, std::unique_ptr<sync::IdentityStore> store,
             const OnceOptions& options);

}  // namespace dirsync::daemon
