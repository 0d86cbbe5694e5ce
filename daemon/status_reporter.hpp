#pragma once

#include <functional>
#include <string>

#include "api/operations.hpp"
#include "daemon/cycles/cycles.hpp"
#include "daemon/notify.hpp"

namespace dirsync::daemon {

/// What the daemon says of itself: to `status`, to monitoring, and in a line to the service manager. Changes
/// nothing. Loop thread.
class StatusReporter {
public:
    /// All references outlive this object.
    struct Parts {
        const Configuration& configuration;
        const RunningEngine& engine;
        const Cycles& cycles;
        const sync::StoreClient& store;
        const StoreWatch& store_watch;
        const ServiceManager& manager;
        std::function<std::string()> socket_restriction;  ///< why the control socket's group cannot use it
        Time started;
    };
    explicit StatusReporter(Parts parts) : parts_(std::move(parts)) {}

    api::StatusReport report() const;
    std::string line() const;
    /// Tells the service manager.
    void tell() const { parts_.manager.status(line()); }

private:
    void add_failure(api::StatusReport& report) const;
    void add_warnings(api::StatusReport& report) const;
    std::string pause_warning() const;

    Parts parts_;
};

}  // namespace dirsync::daemon
