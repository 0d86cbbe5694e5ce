#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "core/error.hpp"
#include "ldap/session/blocking_step.hpp"
#include "ldap/session/server_uri.hpp"

namespace dirsync::ldap {

/// One SRV record (RFC 2782).
struct SrvRecord {
    std::uint16_t priority = 0;
    std::uint16_t weight = 0;
    std::uint16_t port = 0;
    std::string target;  ///< host name without the trailing dot
    bool operator==(const SrvRecord&) const = default;
};

/// A number from 0 up to and including the argument.
using RandomBelow = std::function<std::uint32_t(std::uint32_t)>;

/// The order in which RFC 2782 wants records tried: by rising priority; within one priority drawn by
/// weight, records of weight 0 almost always last. A lone record with the target "." means that the
/// service is not offered: nothing is left then. The same target and port is tried once.
std::vector<SrvRecord> in_order_of_preference(std::vector<SrvRecord> records, const RandomBelow& random);

/// The records as servers. Over LDAPS (`ldaps`) the port is 636, because SRV records name the plain one.
std::vector<ServerUri> servers_of(const std::vector<SrvRecord>& records, bool ldaps);

/// SRV records of a DNS answer. Records of other types are skipped; a message that cannot be parsed has none.
std::vector<SrvRecord> srv_records_of(const std::vector<unsigned char>& dns_answer);

/// Asks DNS for the domain controllers of `domain`: `_ldap._tcp.dc._msdcs.DOMAIN`, and where that name does
/// not exist `_ldap._tcp.DOMAIN`. In no particular order. unreachable: no such records, or no name server
/// that answers; timeout: not within the deadline. `step` serves to stop it.
boost::asio::awaitable<Result<std::vector<SrvRecord>>> find_domain_controllers(
    std::string domain, std::chrono::steady_clock::time_point deadline, std::shared_ptr<BlockingStep> step);

}  // namespace dirsync::ldap
