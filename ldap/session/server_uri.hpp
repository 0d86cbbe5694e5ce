#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dirsync::ldap {

inline constexpr std::uint16_t ldap_port = 389;
inline constexpr std::uint16_t ldaps_port = 636;

/// Where a DC listens. `host` is what the certificate and the Kerberos principal are checked against:
/// a name or an address, IPv6 without brackets.
struct ServerUri {
    bool ldaps = false;
    std::string host;
    std::uint16_t port = ldap_port;
    bool operator==(const ServerUri&) const = default;
};

/// `ldap://host[:port]` or `ldaps://host[:port]`, scheme in any case, nothing after the port but one slash.
std::optional<ServerUri> parse_server_uri(std::string_view text);

/// The form `parse_server_uri` takes; the scheme's own port is left out.
std::string to_text(const ServerUri& server);

}  // namespace dirsync::ldap
