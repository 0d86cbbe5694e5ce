#include "proxy.hpp"

#include <array>
#include <chrono>
#include <cstdlib>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

namespace dirsync::lab {
namespace {

constexpr int tick_ms = 20;
constexpr std::chrono::milliseconds drip_pause{20};

sockaddr_in loopback(const char* address, std::uint16_t port) {
    sockaddr_in out{};
    out.sin_family = AF_INET;
    out.sin_port = htons(port);
    ::inet_pton(AF_INET, address, &out.sin_addr);
    return out;
}

bool send_all(int socket, const char* data, std::size_t size) {
    while (size > 0) {
        const auto sent = ::send(socket, data, size, MSG_NOSIGNAL);
        if (sent <= 0) return false;
        data += sent;
        size -= static_cast<std::size_t>(sent);
    }
    return true;
}

bool readable(int socket) {
    pollfd poll{socket, POLLIN, 0};
    return ::poll(&poll, 1, tick_ms) > 0;
}

}  // namespace

Proxy::Proxy(std::string server_address, std::uint16_t server_port)
    : server_address_(std::move(server_address)),
      server_port_(server_port),
      listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    auto address = loopback(server_address_.c_str(), 0);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_.get(), generic, size) != 0 || ::listen(listener_.get(), 8) != 0 ||
        ::getsockname(listener_.get(), generic, &size) != 0) {
        std::abort();
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
}

Proxy::~Proxy() {
    stop_ = true;
    thread_.join();
}

void Proxy::fail_after(Fault fault, std::uint64_t bytes) {
    fault_ = fault;
    limit_ = passed_ + bytes;
}

void Proxy::serve() {
    while (!stop_) {
        if (!readable(listener_.get())) continue;
        const ldap::UniqueFd client(::accept(listener_.get(), nullptr, nullptr));
        ++connections_;
        const ldap::UniqueFd server(::socket(AF_INET, SOCK_STREAM, 0));
        const auto address = loopback(server_address_.c_str(), server_port_);
        if (::connect(server.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
            pump(client.get(), server.get());
        }
    }
}

void Proxy::pump(int client, int server) {
    std::array<char, 4096> buffer;
    while (!stop_) {
        pollfd polls[2] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
        const bool failing = fault_ != Fault::none && passed_ >= limit_;
        const bool drips = failing && fault_ == Fault::drip;
        if (failing && !drips && fault_ != Fault::silence) {
            if (fault_ == Fault::cut_once) fault_ = Fault::none;
            return;
        }
        if (failing && !drips) polls[1].events = 0;
        if (::poll(polls, 2, tick_ms) <= 0) continue;
        for (int i = 0; i < 2; ++i) {
            if ((polls[i].revents & (POLLIN | POLLHUP)) == 0) continue;
            const bool slow = drips && i == 1;
            const auto got = ::recv(i == 0 ? client : server, buffer.data(), slow ? 1 : buffer.size(), 0);
            if (slow) std::this_thread::sleep_for(drip_pause);
            if (got <= 0) return;
            if (i == 1) passed_ += static_cast<std::uint64_t>(got);
            if (!send_all(i == 0 ? server : client, buffer.data(), static_cast<std::size_t>(got))) return;
        }
    }
}

}  // namespace dirsync::lab
