#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace dirsync::daemon {

/// What a service manager is told (sd_notify(3)). Does nothing where $NOTIFY_SOCKET is not set.
class ServiceManager {
public:
    void ready(const std::string& status) const;
    void status(const std::string& status) const;
    /// Announces a reload, with the time that Type=notify-reload asks for; `ready` ends it.
    void reloading() const;
    void stopping() const;
    /// A sign of life. Send one at least every `watchdog_interval`.
    void alive() const;
    /// Half of the time that the manager waits for a sign of life; nullopt: it expects none.
    std::optional<std::chrono::microseconds> watchdog_interval() const;
};

}  // namespace dirsync::daemon
