#pragma once

#include <string>

namespace dirsync::daemon {

/// `dirsyncd --survey SOCKET`: answers what lies below /v1/survey/ on that socket and nothing else, for a
/// `dirsyncctl` that finds no daemon. Has neither a store nor a configuration of its own. Ends at a signal,
/// and when standard input ends, as it does with the process at its other end. Then it removes the socket,
/// and the socket's folder if that is empty. Returns the exit code.
int run_survey(const std::string& socket);

}  // namespace dirsync::daemon
