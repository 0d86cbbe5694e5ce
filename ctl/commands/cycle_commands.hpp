#pragma once

#include <vector>

#include "ctl/command.hpp"

namespace dirsync::ctl {

/// What the daemon does now and next: `status`, `sync`, `plan`, `pause`, `resume`, `reload`.
std::vector<Command> cycle_commands();

/// How a plan is shown: on a terminal the first lines of each kind of change, unless all are wanted.
Format plan_format(bool all);

/// A POST that a cycle answers when it has ended. Shows on a terminal what is being read meanwhile.
Result<Answer> call_with_progress(const std::string& socket, const std::string& target,
                                  const std::string& body);

/// `sync`: waits for a cycle and exits like `dirsyncd --once`.
int sync(const Options& options, bool full);

}  // namespace dirsync::ctl
