#include "core/system_time.hpp"

#include <chrono>
#include <ctime>

namespace dirsync {

Duration steady_time() {
    // Sleep counts, unlike for std::chrono::steady_clock.
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    return Duration(now.tv_sec);
}

Time system_time() { return std::chrono::floor<Duration>(std::chrono::system_clock::now()); }

}  // namespace dirsync
