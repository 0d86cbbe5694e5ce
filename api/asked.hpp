#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "http/http_server.hpp"
#include "model/seams/identity_store.hpp"

namespace dirsync::api {

/// The name of a user of this host, from its user database; empty: the uid has no name. The database may be
/// on a server, so that the call may block for any time.
std::string look_up_user(std::uint32_t uid);
using UserLookUp = std::function<std::string(std::uint32_t uid)>;

/// The name of a user of this host; `uid N` when the uid has no name, or when the name is not found within a
/// second. At most one thread looks up at a time, even if it hangs.
std::string name_of_user(std::uint32_t uid, const UserLookUp& look_up = &look_up_user);

/// The user who sent a request, as the kernel knows the other end of the socket, and the reason given in the
/// parameter `reason` (semantics 5.12).
sync::Asked asked_by(const http::Request& request);

}  // namespace dirsync::api
