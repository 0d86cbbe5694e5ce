#pragma once

#include <string>
#include <string_view>

#include "ctl/commands.hpp"

namespace dirsync::ctl {

/// `revert RUN [--dry-run]`. Returns the exit code: 2 when a dry run found something to undo.
int revert(const Options& options, const std::string& run, bool dry_run);

/// What a revert did, or would do, and what it could not restore.
std::string revert_text(std::string_view json, bool dry_run);

}  // namespace dirsync::ctl
