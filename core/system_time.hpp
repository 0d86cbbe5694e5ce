#pragma once

#include "core/time.hpp"

namespace dirsync {

/// The clocks of this host. What decides gets its time from whoever calls it.
Time system_time();      ///< whole seconds
Duration steady_time();  ///< of CLOCK_BOOTTIME: sleep counts

}  // namespace dirsync
