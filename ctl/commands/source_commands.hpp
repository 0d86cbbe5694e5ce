#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/messages/sources.hpp"
#include "ctl/command.hpp"

namespace dirsync::ctl {

/// `source show`, `change`, `snapshots`, `snapshots export`, `snapshots import`, `restore`.
std::vector<Command> source_commands();

/// The id of the only snapshot whose id begins like this; the beginning itself where none does, so that the
/// daemon says that nothing has that id. refused: several do, with their ids.
Result<std::string> id_beginning_with(const std::vector<messages::Snapshot>& snapshots,
                                      const std::string& beginning);

/// What is wrong with the type that was named for a change to the source `label`; empty: nothing.
std::string wrong_type(std::string_view type, std::string_view label);

}  // namespace dirsync::ctl
