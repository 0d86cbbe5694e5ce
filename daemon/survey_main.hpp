#pragma once

#include <string>

namespace dirsync::daemon {

/// `dirsyncd --survey SOCKET`: answers what lies below /v1/survey/ on that socket and nothing else, for a
/// `dirsyncctl` that finds no daemon. Keeps no store and has no configuration of its own. Ends when standard
/// input does, as it does with the process that holds its other end, or at a signal. The socket
/// goes then, and its folder when nothing else is in it. Returns the exit code.
int run_survey(const std::string& socket);

}  // namespace dirsync::daemon
