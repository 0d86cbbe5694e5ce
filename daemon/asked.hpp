#pragma once

#include <cstdint>
#include <string>

#include "daemon/http_server.hpp"
#include "sync/ports.hpp"

namespace dirsync::daemon {

/// The name of a user of this host; `uid N` when there is none.
std::string name_of_user(std::uint32_t uid);

/// Who sent a request, by the kernel's word for the other end of the socket, and the reason in its parameter
/// `reason` (semantics 5.12).
sync::Asked asked_by(const Request& request);

}  // namespace dirsync::daemon
