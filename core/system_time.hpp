#pragma once

#include "core/time.hpp"

namespace dirsync {

/// The clocks of this host. Code that decides anything takes the time as an argument.
Time system_time();      ///< whole seconds
Duration steady_time();  ///< of CLOCK_BOOTTIME: sleep counts

}  // namespace dirsync
