#pragma once

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <netinet/in.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace dirsync::http {

/// The client's end of a connection, as rude as a test wants it to be.
class Client {
public:
    explicit Client(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        connect(reinterpret_cast<const sockaddr*>(&address), sizeof address);
    }
    explicit Client(unsigned short port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connect(reinterpret_cast<const sockaddr*>(&address), sizeof address);
    }
    ~Client() { ::close(socket_); }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    bool connected() const { return connected_; }
    bool send(std::string_view text) {
        while (!text.empty()) {
            const auto sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            text.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    /// Everything until the server closes.
    std::string rest() {
        std::string text;
        while (read_some(text)) {
        }
        return text;
    }
    /// Until `end` was read.
    std::string until(std::string_view end) {
        std::string text;
        while (text.find(end) == std::string::npos && read_some(text)) {
        }
        return text;
    }

private:
    void connect(const sockaddr* address, socklen_t size) {
        connected_ = ::connect(socket_, address, size) == 0;
        timeval patience{10, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    }
    bool read_some(std::string& text) {
        char buffer[4096];
        const auto size = ::recv(socket_, buffer, sizeof buffer, 0);
        if (size <= 0) return false;
        text.append(buffer, static_cast<std::size_t>(size));
        return true;
    }
    int socket_;
    bool connected_ = false;
};

}  // namespace dirsync::http
