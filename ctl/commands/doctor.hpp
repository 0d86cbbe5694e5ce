#pragma once

#include <vector>

#include "api/messages/cycles.hpp"
#include "core/check.hpp"
#include "ctl/command.hpp"
#include "ctl/service.hpp"

namespace dirsync::ctl {

std::vector<Command> doctor_commands();

/// `doctor`: looks at everything that a sync needs and says what to do about what is not in order. Asks the
/// daemon, or does without one. Exit code: 0 (in order, or warnings only), else the first of 78, 77 and 75
/// that a failed check has.
int doctor(Options& options);

/// What the answer to `GET /v1/status` says of the daemon's state.
std::vector<Check> daemon_checks(const messages::Status& status);

/// Whether systemd starts the service. `runs`: a daemon answers.
Check service_check(const ServiceState& service, bool runs);

}  // namespace dirsync::ctl
