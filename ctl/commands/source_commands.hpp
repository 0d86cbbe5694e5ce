#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "ctl/command.hpp"

namespace dirsync::ctl {

/// `source show`, `change`, `snapshots`, `snapshots export`, `snapshots import`, `restore`.
std::vector<Command> source_commands();

/// The only `id` of these objects that begins like this; where there is none, or there are several, the
/// beginning itself, so that the daemon says that nothing has that id.
std::string id_beginning_with(const boost::json::value& objects, const std::string& beginning);

/// What is wrong with the type that was named for a change to the source `label`; empty: nothing.
std::string wrong_type(std::string_view type, std::string_view label);

}  // namespace dirsync::ctl
