#pragma once

#include <filesystem>
#include <string>

#include "ctl/commands.hpp"

namespace dirsync::ctl {

/// Setup from a file of answers (setup_draft.hpp), for hosts without a person. Every answer that is missing
/// or wrong is told as `file:line:col: path: message`, and nothing is written then. Names of the scope that
/// mean nothing, and checks that fail, stop it as well, unless `setup.go_on` is true. Exit codes as of
/// `setup`.
int setup_unattended(Options& options, const std::filesystem::path& file, const std::string& answers);

}  // namespace dirsync::ctl
