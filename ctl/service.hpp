#pragma once

#include <string>
#include <vector>

namespace dirsync::ctl {

/// What systemd knows of the service.
struct ServiceState {
    bool has_systemd = false;  ///< systemd runs this host (sd_booted(3))
    std::string enabled;       ///< `systemctl is-enabled`: enabled, disabled, ...; empty: there is no unit
    std::string active;        ///< `systemctl is-active`: active, failed, ...
};
ServiceState service_state();

/// Runs a program with the terminal as it is and waits for it; its exit code, 127 when it cannot be run.
int run_program(const std::vector<std::string>& command);

/// How a configuration that was just written comes into force.
enum class StartBy {
    reload,     ///< the daemon that runs by that very file reads it again
    systemctl,  ///< `systemctl enable --now dirsyncd`
    hand,       ///< by a command that is printed
};
StartBy start_by(bool runs_by_this_file, bool is_usual_file, const ServiceState& service) noexcept;

}  // namespace dirsync::ctl
