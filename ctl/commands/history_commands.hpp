#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ctl/command.hpp"

namespace dirsync::ctl {

/// The runs and their changes: `runs`, `changes`, `revert`.
std::vector<Command> history_commands();

struct Reverting {
    bool dry_run = false;  ///< say what would be undone, write nothing
    bool yes = false;      ///< do not ask
};

/// `revert RUN [--dry-run] [--yes]`. On a terminal it shows what would be undone and asks. Returns the exit
/// code: 2 when a dry run found something to undo.
int revert(const Options& options, const std::string& run, Reverting how);

/// What `changes` shows.
struct Changes {
    bool follow = false;
    std::optional<std::string> since;  ///< those behind this line, by its number, or from this time on
    std::optional<std::string> until;  ///< those up to this line or time
    std::optional<std::string> user;   ///< those of this user and their memberships
    std::optional<std::string> run;    ///< those of this run, by its id or the beginning of it
    long long limit = -1;              ///< at most so many; below 0: it is not given
};
/// `changes`: all that `since`, `until` or `run` ask for, else the latest ones. With `follow` it goes on
/// until a signal or the reader of its output ends it, and over restarts of the daemon; with --json each
/// change is one line.
int changes(const Options& options, const Changes& which);
/// The path that it asks for first.
std::string changes_target(const Changes& which);

/// Returns when the last reader of the pipe `file` has closed it. For a file on disk it never returns.
void wait_for_last_reader(int file);

}  // namespace dirsync::ctl
