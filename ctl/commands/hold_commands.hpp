#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/messages/cycles.hpp"
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

/// What is said after `approve --wait`; `json`: the report of the cycle that applied it.
std::string approved_text(std::string_view json, Width width = {});

/// The hold that was named by its id, or by four or more letters that only its id begins with. not_found,
/// refused: none or several do; the message says so.
Result<const messages::Hold*> hold_beginning_with(const std::vector<messages::Hold>& holds,
                                                  const std::string& beginning);

}  // namespace dirsync::ctl
