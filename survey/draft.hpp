#pragma once

#include <optional>

#include "config/config.hpp"
#include "core/error.hpp"

namespace dirsync::survey {

/// Why the daemon, which runs by `running`, does not look at `draft` with its own rights: a domain whose
/// name, servers, TLS or bind settings are not those of a domain in force would have it send its secrets
/// elsewhere, or read files for its client (semantics 11.2); another store would have it open that one.
/// nullopt: it may.
std::optional<Error> foreign_draft(const config::Config& running, const config::Config& draft);

}  // namespace dirsync::survey
