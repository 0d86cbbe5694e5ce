#pragma once

#include <functional>
#include <memory>

#include "ctl/commands.hpp"

namespace CLI {
class App;
}

namespace dirsync::ctl {

/// Adds `change`, `snapshots` and `restore` to `source`; what they refer to lives as long as the result.
/// `command` becomes the one that was typed.
std::shared_ptr<void> add_source_commands(CLI::App& source, Options& options, std::function<int()>& command);

}  // namespace dirsync::ctl
