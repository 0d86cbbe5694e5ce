#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "core/error.hpp"
#include "core/task.hpp"
#include "http/connection_table.hpp"

namespace dirsync::http {

/// The process at the other end of a unix socket, as it was when it connected (SO_PEERCRED, unix(7)).
struct Peer {
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::int32_t pid = 0;
};

struct Request {
    std::string method;
    std::string path;                   ///< without the query, percent-decoded: to be shown
    std::vector<std::string> segments;  ///< of the path, split before each was percent-decoded: to be routed
    std::map<std::string, std::string> named;    ///< of the segments, those that a route has a name for
    std::map<std::string, std::string> query;    ///< percent-decoded
    std::map<std::string, std::string> headers;  ///< names in lower case; of a repeated one the last
    std::string body;
    std::optional<Peer> peer;  ///< nullopt: it came over TCP
};

struct Response {
    unsigned status = 200;
    std::string content_type = "application/json";
    std::string body;
    std::map<std::string, std::string> headers;  ///< besides Content-Type, Content-Length and Connection
};

/// A small HTTP/1.1 server. Bodies up to `Limits::body` (else 413), headers up to 16 KiB (431). Connections
/// and handlers run on the loop thread; a handler may take as long as it likes.
class HttpServer {
public:
    using Handler = std::function<Task<Response>(Request)>;
    struct Limits {
        /// For the header of the first request of a connection.
        std::chrono::milliseconds greeting{5'000};
        /// For all else that the peer owes: the rest of a request, the next one, taking an answer.
        std::chrono::milliseconds silence{30'000};
        std::uint64_t body = 1 << 20;
        /// Beyond these the connection that has been idle for the longest time is closed, and when all are at
        /// work the new one gets 503. On a unix socket the trusted are root and the user that we run as.
        ConnectionTable::Limits connections;
    };

    /// On a unix socket for `group`, a name or a number (mode 0660). Where the group does not exist, or the
    /// socket cannot be given to it, or none is named, the socket is for its owner alone (0600). A socket
    /// file that nobody listens on is replaced; store_in_use when somebody does, unreachable with the reason
    /// otherwise.
    static Result<std::unique_ptr<HttpServer>> listen_unix(boost::asio::any_io_executor executor,
                                                           std::string path, const std::string& group,
                                                           Handler handler, Limits limits);
    static Result<std::unique_ptr<HttpServer>> listen_unix(boost::asio::any_io_executor executor,
                                                           std::string path, const std::string& group,
                                                           Handler handler) {
        return listen_unix(std::move(executor), std::move(path), group, std::move(handler), Limits());
    }
    /// On `ADDRESS:PORT`, an address of this machine.
    static Result<std::unique_ptr<HttpServer>> listen_tcp(boost::asio::any_io_executor executor,
                                                          const std::string& address, Handler handler,
                                                          Limits limits);
    static Result<std::unique_ptr<HttpServer>> listen_tcp(boost::asio::any_io_executor executor,
                                                          const std::string& address, Handler handler) {
        return listen_tcp(std::move(executor), address, std::move(handler), Limits());
    }
    ~HttpServer();

    /// Takes no connection any more and ends those there are. Removes the socket's file.
    void close() noexcept;
    /// Why the group that was named may not use the socket, and what to do; empty: it may.
    const std::string& restriction() const noexcept;
    /// Port of a TCP listener; 0 else.
    unsigned short port() const noexcept;

private:
    class Impl;
    explicit HttpServer(std::shared_ptr<Impl> impl);
    std::shared_ptr<Impl> impl_;
};

}  // namespace dirsync::http
