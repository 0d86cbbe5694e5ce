#pragma once

#include <string>

#include "ldap/session/unique_fd.hpp"

namespace dirsync::lab {

/// A socket on loopback that takes whatever is sent (the kernel accepts connections) and never answers.
class SilentServer {
public:
    enum class Protocol { tcp, udp };
    explicit SilentServer(Protocol protocol);
    /// `127.0.0.1:port`
    const std::string& address() const noexcept { return address_; }

private:
    ldap::UniqueFd socket_;
    std::string address_;
};

}  // namespace dirsync::lab
