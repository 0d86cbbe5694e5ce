#pragma once

#include <string>

#include "config/config.hpp"

namespace dirsync::config {

/// Changes when a file that holds a secret of the configuration does: its name, inode, size and time of
/// change. Never looks into one.
std::string secrets_fingerprint(const Config& config);

/// Changes with the secrets and with all else that a bind depends on. Short, fit to be stored.
std::string credentials_fingerprint(const Config& config);

}  // namespace dirsync::config
