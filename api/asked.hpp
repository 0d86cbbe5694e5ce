#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "http/http_server.hpp"
#include "model/ports.hpp"

namespace dirsync::api {

/// The name of a user of this host, by the host's own lists; empty: there is none. These may be a server's,
/// and wait for it as long as they like.
std::string look_up_user(std::uint32_t uid);
using UserLookUp = std::function<std::string(std::uint32_t uid)>;

/// The name of a user of this host; `uid N` when there is none, or when it is not known within a second. At
/// most one thread looks up at a time, whatever becomes of it.
std::string name_of_user(std::uint32_t uid, const UserLookUp& look_up = &look_up_user);

/// Who sent a request, by the kernel's word for the other end of the socket, and the reason in its parameter
/// `reason` (semantics 5.12).
sync::Asked asked_by(const http::Request& request);

}  // namespace dirsync::api
