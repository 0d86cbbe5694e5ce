#include "daemon/notify.hpp"

#include <time.h>

#include <systemd/sd-daemon.h>

namespace dirsync::daemon {

void ServiceManager::ready(const std::string& status) const {
    sd_notify(0, ("READY=1\nSTATUS=" + status).c_str());
}

void ServiceManager::status(const std::string& status) const { sd_notify(0, ("STATUS=" + status).c_str()); }

void ServiceManager::reloading() const {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld",
               static_cast<long long>(now.tv_sec) * 1000000 + now.tv_nsec / 1000);
}

void ServiceManager::stopping() const { sd_notify(0, "STOPPING=1"); }
void ServiceManager::alive() const { sd_notify(0, "WATCHDOG=1"); }

std::optional<std::chrono::microseconds> ServiceManager::watchdog_interval() const {
    std::uint64_t microseconds = 0;
    if (sd_watchdog_enabled(0, &microseconds) <= 0) return std::nullopt;
    return std::chrono::microseconds(microseconds / 2);
}

}  // namespace dirsync::daemon
