#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ctl/command.hpp"

namespace dirsync::ctl {

/// All commands, in the order in which help shows them. Commands of one group stand together.
const std::vector<Command>& command_table();
const std::vector<CommandGroup>& command_groups();
/// Options that stand before or after any command.
const std::vector<Parameter>& common_parameters();

/// nullptr: no command has that name.
const Command* command_named(std::string_view name);
/// The commands whose name begins with these words.
std::vector<const Command*> commands_below(std::string_view group);

/// Help on a command or a group, or with an empty name on all commands. Empty: no command or group has that
/// name.
std::string help_text(std::string_view name, Width width = {});
/// `status [--json] [--check]`, as the first line of help on a command has it.
std::string usage_of(const Command& command);
/// `there is no command 'statsu'; did you mean 'status'?`
std::string unknown_command(std::string_view name);

}  // namespace dirsync::ctl
