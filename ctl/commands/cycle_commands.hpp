#pragma once

#include <vector>

#include "ctl/command.hpp"

namespace dirsync::ctl {

/// What the daemon does now and next: `status`, `sync`, `plan`, `pause`, `resume`, `reload`.
std::vector<Command> cycle_commands();

/// How a plan is shown: on a terminal the first lines of each kind of change, unless all are wanted.
Format plan_format(bool all);

/// `sync`: waits for a cycle and exits like `dirsyncd --once`. Shows on a terminal what is being read.
int sync(const Options& options, bool full);

}  // namespace dirsync::ctl
