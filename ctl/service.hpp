#pragma once

#include <string>
#include <vector>

namespace dirsync::ctl {

/// The state of the service in systemd.
struct ServiceState {
    bool has_systemd = false;  ///< systemd runs this host (sd_booted(3))
    std::string enabled;  ///< `systemctl is-enabled`: enabled, disabled, ...; empty: systemd has no such unit
    std::string active;   ///< `systemctl is-active`: active, failed, ...
};
ServiceState service_state();

/// Runs a program with the terminal as it is and waits for it; its exit code, 127 when it cannot be run.
int run_program(const std::vector<std::string>& command);

/// How a new configuration comes into force.
enum class StartBy {
    reload,     ///< the daemon runs by that file and reads it again
    systemctl,  ///< `systemctl enable --now dirsyncd`
    hand,       ///< by a command that is printed
};
StartBy start_by(bool runs_by_this_file, bool is_usual_file, const ServiceState& service) noexcept;

}  // namespace dirsync::ctl
