#pragma once

#include <string>
#include <vector>

#include "ctl/command.hpp"

namespace dirsync::ctl {

std::vector<Command> setup_commands();

/// `setup`: a dialogue at the terminal, or with `answers` (a file) without one. Exit code: 0 when the
/// configuration is written; 3 when the dialogue was left, what was answered is kept; 78 for answers that are
/// missing or wrong, and with `answers` what the checks end with. 64: no terminal, 75: it cannot be written.
int setup(Options& options, const std::string& answers);

}  // namespace dirsync::ctl
