#pragma once

#include <string>
#include <vector>

#include "ctl/command.hpp"

namespace dirsync::ctl {

/// What waits for a person: `held`, `approve`.
std::vector<Command> hold_commands();

/// `status`; with `check` the exit code says how things stand: 0 in step, 3 something is held, frozen or
/// paused, 75 failing, or no cycle has succeeded yet.
int status(const Options& options, bool check);
int code_of_status(std::string_view json);

struct Approving {
    std::vector<std::string> only;  ///< names of what is held; empty: all of it
    bool yes = false;               ///< do not ask
    bool wait = false;              ///< until a cycle has applied it; then the exit code is that of `sync`
    std::string reason;             ///< kept with the run; may be empty
};
/// `approve`: releases the hold `id`. On a terminal it shows what is held and asks first; in a script it
/// applies at once.
int approve(const Options& options, const std::string& id, const Approving& how);

}  // namespace dirsync::ctl
