#pragma once

#include <vector>

#include "ctl/command.hpp"

namespace dirsync::ctl {

/// The commands by which admins edit the built-in directory, permission sets and assignments: `user`,
/// `group`, `permission-set`, `assignment`.
std::vector<Command> admin_commands();

}  // namespace dirsync::ctl
