#pragma once

#include <vector>

#include "ctl/command.hpp"

namespace dirsync::ctl {

/// Looks into the store: `errors`, `explain`, `users`, `groups`.
std::vector<Command> store_commands();

}  // namespace dirsync::ctl
