#pragma once

#include <string>

#include "config/config.hpp"

namespace dirsync::config {

/// The configuration as a file for people: what differs from the defaults, each key below a comment that says
/// what it means. `load` gives the same configuration again. Secrets are not in it, their files' names are.
std::string commented_dump(const Config& config);

}  // namespace dirsync::config
