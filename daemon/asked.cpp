#include "daemon/asked.hpp"

#include <pwd.h>
#include <unistd.h>

#include <vector>

namespace dirsync::daemon {

std::string name_of_user(std::uint32_t uid) {
    const long wanted = ::sysconf(_SC_GETPW_R_SIZE_MAX);
    std::vector<char> buffer(wanted > 0 ? static_cast<std::size_t>(wanted) : 16384);
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr)
        return "uid " + std::to_string(uid);
    return found->pw_name;
}

sync::Asked asked_by(const Request& request) {
    sync::Asked by;
    if (request.peer) by.actor = name_of_user(request.peer->uid);
    if (const auto reason = request.query.find("reason"); reason != request.query.end())
        by.reason = reason->second;
    return by;
}

}  // namespace dirsync::daemon
