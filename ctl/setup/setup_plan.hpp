#pragma once

#include <string>
#include <string_view>

#include "config/config.hpp"
#include "ctl/setup/setup_dialogue.hpp"

namespace dirsync::ctl {

/// A plan for somebody who reads it at a terminal: its warnings, how many things of each kind would be
/// written, and the first lines of it. Ends without a line break.
std::string short_plan(std::string_view plan_json);

/// What a change of the identity source would remove, and that it waits for the word ACCEPT; empty: the
/// source stays, or nothing that would go is known.
std::string source_change_of(const config::Config& config, const Surroundings& around);

/// How a configuration that was written comes into force by hand.
std::string how_to_start(const config::Config& config, const Surroundings& around);

}  // namespace dirsync::ctl
