#pragma once

#include <optional>
#include <string>

#include "config/config.hpp"
#include "core/error.hpp"

namespace dirsync::config {

/// Why the first file of a password that cannot be used cannot: missing, empty, readable by others. nullopt:
/// each of them can.
std::optional<Error> unusable_password_file(const Config& config);

/// Changes with the secrets and with all else that a bind depends on. A file that holds a secret counts by
/// its name, inode, size and time of change, and is never looked into. Short, fit to be stored.
std::string credentials_fingerprint(const Config& config);

}  // namespace dirsync::config
