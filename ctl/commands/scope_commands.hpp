#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ctl/command.hpp"
#include "ctl/scope_file.hpp"

namespace dirsync::ctl {

/// `scope list`, `scope add`, `scope remove`. The files of the configuration are read and written here and
/// not by the daemon: a user who may write them may edit the scope.
std::vector<Command> scope_commands();

/// The entries that `scope add` and `scope remove` name. config_invalid: none, or a filter without its
/// domain.
Result<std::vector<ScopeEntry>> entries_of(const Arguments& arguments);

/// The reason that the reload of an edit gives: what was done, as far as it is text and short.
std::string reason_of(std::string_view done);

}  // namespace dirsync::ctl
