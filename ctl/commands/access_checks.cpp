#include "ctl/commands/access_checks.hpp"

#include <algorithm>
#include <filesystem>

#include <grp.h>
#include <sys/stat.h>

#include <fmt/format.h>

namespace dirsync::ctl {
namespace {

constexpr const char* service = "dirsyncd";
constexpr const char* reading_group = "dirsyncd-read";
constexpr const char* make_groups =
    "systemd-sysusers creates the groups that the service needs (without systemd: groupadd --system GROUP, "
    "and "
    "usermod -aG GROUP dirsyncd); then systemctl restart dirsyncd";

bool is_number(const std::string& text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

std::optional<AccessFacts::File> file_at(const std::string& path) {
    struct stat facts {};
    if (::stat(path.c_str(), &facts) != 0) return std::nullopt;
    return AccessFacts::File{path, facts.st_gid, facts.st_mode};
}

Check socket_check(const AccessFacts& facts) {
    const std::string group = fmt::format("the group '{}' (control.group)", facts.socket_group);
    const std::string subject = facts.socket ? facts.socket->path : facts.socket_group;
    if (!facts.socket_group_exists) {
        return warned(
            "access", subject,
            fmt::format("{} does not exist: only root and the service's user may use the control socket",
                        group),
            make_groups);
    }
    if (!facts.socket)
        return skipped("access", subject, "there is no control socket, or you may not look at it");
    if ((facts.socket->mode & (S_IROTH | S_IWOTH)) != 0)
        return warned("access", subject, "everybody on this host may use the control socket",
                      fmt::format("chmod o= {}", subject));
    if ((facts.socket->mode & S_IWGRP) == 0) {
        return warned(
            "access", subject,
            fmt::format("only root and the service's user may use the control socket, and not {}", group),
            make_groups);
    }
    return passed("access", subject,
                  fmt::format("root, the service's user and {} may use the control socket", group));
}

Check folder_check(const AccessFacts& facts) {
    const auto& folder = *facts.folder;
    if ((folder.mode & (S_IROTH | S_IWOTH | S_IXOTH)) != 0) {
        return warned("access", folder.path, "everybody on this host may look into the folder of the store",
                      fmt::format("chmod o= {}", folder.path));
    }
    constexpr mode_t for_readers = S_ISGID | S_IRGRP | S_IXGRP;
    if (facts.readers && (folder.group != *facts.readers || (folder.mode & for_readers) != for_readers)) {
        return warned("access", folder.path,
                      fmt::format("the members of {} cannot read the store", reading_group),
                      fmt::format("chgrp {0} {1} {1}/* && chmod 2750 {1}", reading_group, folder.path));
    }
    return passed("access", folder.path, "the folder of the store is not open to everybody");
}

}  // namespace

AccessFacts access_facts(const config::Config& config, const std::string& socket) {
    AccessFacts facts;
    facts.socket_group = config.control_group;
    facts.socket_group_exists =
        is_number(facts.socket_group) || ::getgrnam(facts.socket_group.c_str()) != nullptr;
    facts.socket = file_at(socket);
    facts.folder = file_at(std::filesystem::path(config.store.sqlite_path).parent_path().string());
    if (const auto* readers = ::getgrnam(reading_group)) facts.readers = readers->gr_gid;
    if (const auto* own = ::getgrnam(service)) {
        for (char** member = own->gr_mem; *member != nullptr; ++member) {
            if (std::string(*member) != service) facts.service_group.emplace_back(*member);
        }
    }
    return facts;
}

std::vector<Check> access_checks(const AccessFacts& facts) {
    std::vector<Check> checks;
    if (!facts.service_group.empty()) {
        checks.push_back(warned(
            "access", service,
            fmt::format("the service's own group has members. They may read its secrets where the mode of "
                        "a secret allows it: {}",
                        fmt::join(facts.service_group, ", ")),
            "gpasswd -d NAME dirsyncd; admins belong in dirsyncd-admin, readers of the store in "
            "dirsyncd-read"));
    }
    checks.push_back(socket_check(facts));
    if (facts.folder) checks.push_back(folder_check(facts));
    return checks;
}

}  // namespace dirsync::ctl
