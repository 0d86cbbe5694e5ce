#pragma once

#include <string>
#include <string_view>

#include "ctl/commands.hpp"

namespace dirsync::ctl {

struct Reverting {
    bool dry_run = false;  ///< say what would be undone, write nothing
    bool yes = false;      ///< do not ask
};

/// `revert RUN [--dry-run] [--yes]`. On a terminal it shows what would be undone and asks. Returns the exit
/// code: 2 when a dry run found something to undo.
int revert(const Options& options, const std::string& run, Reverting how);

/// `changes [--follow] [--since SEQ]`. With `follow` it goes on until a signal or the reader of its output
/// ends it, and over restarts of the daemon; with --json each change is one line.
int changes(const Options& options, bool follow, long long since);

/// What a revert did, or would do, and what it could not restore.
std::string revert_text(std::string_view json, bool dry_run);

}  // namespace dirsync::ctl
