#pragma once

#include <functional>
#include <memory>

#include "ctl/commands.hpp"

namespace CLI {
class App;
}

namespace dirsync::ctl {

/// The commands by which admins edit the built-in directory, permission sets and assignments: `user`,
/// `group`, `permission-set`, `assignment`. A command that is given on the command line puts itself into
/// `command`, to be run after it was parsed; that refers to what is returned, to `options` and to `command`.
[[nodiscard]] std::shared_ptr<void> add_admin_commands(CLI::App& cli, Options& options,
                                                       std::function<int()>& command);

}  // namespace dirsync::ctl
