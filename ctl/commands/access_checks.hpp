#pragma once

#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "config/config.hpp"
#include "core/check.hpp"

namespace dirsync::ctl {

/// Who may do what on this host (semantics 11.1), as it is found.
struct AccessFacts {
    struct File {
        std::string path;
        gid_t group = 0;
        mode_t mode = 0;
    };
    std::string socket_group;  ///< as configured
    bool socket_group_exists = false;
    std::optional<File> socket;              ///< nullopt: there is none, or it cannot be looked at
    std::optional<File> folder;              ///< of the store; nullopt likewise
    std::optional<gid_t> readers;            ///< the group dirsyncd-read; nullopt: there is none
    std::vector<std::string> service_group;  ///< who is in the group dirsyncd besides the service
};

AccessFacts access_facts(const config::Config& config, const std::string& socket);

/// What each of the three groups may do, and whether everybody on the host may do it as well.
std::vector<Check> access_checks(const AccessFacts& facts);

}  // namespace dirsync::ctl
