#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

#include "ldap/session/unique_fd.hpp"

namespace dirsync::lab {

/// Stands between a client and a server on loopback, listening on the same address (so that certificates and
/// principals fit), and fails where it is told to: after so many bytes from the
/// server it cuts the connection (and those that follow, unless `cut_once`) falls silent, or lets a byte
/// through now and then. Connections are served one after the other.
class Proxy {
public:
    enum class Fault { none, cut, cut_once, silence, drip };

    Proxy(std::string server_address, std::uint16_t server_port);
    ~Proxy();
    Proxy(const Proxy&) = delete;
    Proxy& operator=(const Proxy&) = delete;

    /// From now on: `fault` once `bytes` more have come from the server.
    void fail_after(Fault fault, std::uint64_t bytes);
    std::uint16_t port() const noexcept { return port_; }
    int connections() const noexcept { return connections_; }
    std::uint64_t bytes_from_server() const noexcept { return passed_; }

private:
    void serve();
    void pump(int client, int server);

    std::string server_address_;
    std::uint16_t server_port_;
    ldap::UniqueFd listener_;
    std::uint16_t port_ = 0;
    std::atomic<int> connections_{0};
    std::atomic<std::uint64_t> passed_{0};
    std::atomic<std::uint64_t> limit_{UINT64_MAX};
    std::atomic<Fault> fault_{Fault::none};
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

}  // namespace dirsync::lab
