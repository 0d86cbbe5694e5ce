#pragma once

#include "core/error.hpp"

namespace dirsync {

/// How dirsyncd and dirsyncctl end (docs/contract.md): those of sysexits.h, and 2 and 3 for scripts.
inline constexpr int exit_changes = 2;  ///< a plan has something to do
inline constexpr int exit_waits = 3;    ///< something is held or paused, or waits for an answer of the admin
inline constexpr int exit_usage = 64;  ///< the command names something that does not exist, or makes no sense
inline constexpr int exit_internal = 70;     ///< a broken invariant
inline constexpr int exit_unavailable = 75;  ///< it may work later
inline constexpr int exit_denied = 77;       ///< credentials or rights
inline constexpr int exit_config = 78;       ///< the configuration has to be changed

/// For the error that ended a command; never 0.
int exit_code_of(const Error& error) noexcept;

}  // namespace dirsync
