#pragma once

#include <string>
#include <string_view>
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

/// What `changes` shows. A number below 0 is not given.
struct Changes {
    bool follow = false;
    long long since = -1;  ///< those with a higher number
    long long limit = -1;  ///< at most so many, the first after `since`, or without it the last ones
};
/// `changes`. With `follow` it goes on until a signal or the reader of its output ends it, and over restarts
/// of the daemon; with --json each change is one line.
int changes(const Options& options, const Changes& which);

/// Waits until nobody reads from the other end of `file` any more. For a file on disk it does not return.
void wait_for_last_reader(int file);

/// What a revert did, or would do, and what it could not restore.
std::string revert_text(std::string_view json, bool dry_run, Width width = {});

}  // namespace dirsync::ctl
