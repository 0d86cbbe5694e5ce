#pragma once

#include <string>

#include "config/config.hpp"

namespace dirsync::config {

/// Changes with the secrets and with all else that a bind depends on. A file that holds a secret counts by
/// its name, inode, size and time of change, and is never looked into. Short, fit to be stored.
std::string credentials_fingerprint(const Config& config);

}  // namespace dirsync::config
