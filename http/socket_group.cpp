#include "http/socket_group.hpp"

#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>

namespace dirsync::http {
namespace {

std::optional<gid_t> number_of(const std::string& group) {
    gid_t number = 0;
    const char* end = group.data() + group.size();
    const auto [rest, failure] = std::from_chars(group.data(), end, number);
    // chown(2) takes the highest id as "do not change".
    if (failure != std::errc{} || rest != end || number == static_cast<gid_t>(-1)) return std::nullopt;
    return number;
}

}  // namespace

std::string open_to_group(const std::string& path, const std::string& group) {
    if (group.empty()) return {};
    const std::string owner_only = "only root and the user of the service may use " + path + ": ";
    auto number = number_of(group);
    if (!number) {
        const auto* known = ::getgrnam(group.c_str());
        if (known == nullptr) {
            return owner_only + "the group '" + group +
                   "' (control.group) does not exist; systemd-sysusers makes it, or: groupadd --system " +
                   group + "; then restart dirsyncd";
        }
        number = known->gr_gid;
    }
    // First the group, then the mode, so that no other group ever gets the right.
    if (::fchownat(AT_FDCWD, path.c_str(), static_cast<uid_t>(-1), *number, AT_SYMLINK_NOFOLLOW) != 0 ||
        ::chmod(path.c_str(), 0660) != 0) {
        const int why = errno;
        return owner_only + "it cannot be given to the group '" + group +
               "' (control.group): " + std::strerror(why) +
               "; the service's user has to be a member of that group";
    }
    return {};
}

}  // namespace dirsync::http
