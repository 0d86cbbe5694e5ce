#pragma once

#include <string>
#include <vector>

#include "ctl/commands.hpp"

namespace dirsync::ctl {

/// `status`; with `check` the exit code says how things stand: 0 in step, 3 something is held, frozen or
/// paused, 75 failing, or no cycle has succeeded yet.
int status(const Options& options, bool check);
int code_of_status(std::string_view json);

/// `approve`: of the hold `id` those of `only`, or all. On a terminal it shows what is held and asks, unless
/// `yes`; in a script it applies.
int approve(const Options& options, const std::string& id, const std::vector<std::string>& only, bool yes);

}  // namespace dirsync::ctl
