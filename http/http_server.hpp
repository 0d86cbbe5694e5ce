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
    std::string path;                            ///< without the query, percent-decoded: for messages
    std::vector<std::string> segments;           ///< of the path, split before percent-decoding: for routing
    std::map<std::string, std::string> named;    ///< the segments that the route names
    std::map<std::string, std::string> query;    ///< percent-decoded
    std::map<std::string, std::string> headers;  ///< by lower-case name; the last one wins
    std::string body;
    std::optional<Peer> peer;  ///< nullopt: it came over TCP
};

/// The rest of a body, made while it is sent, so that a long answer is never in memory as a whole. Used on
/// the loop thread; destroyed when everything was sent or the peer has gone.
class BodyPieces {
public:
    virtual ~BodyPieces() = default;

    /// The next piece; an empty one ends the body. Called when the peer has taken the previous piece. An
    /// error breaks the transfer off, so that the peer sees that the answer is incomplete.
    virtual Task<Result<std::string>> next() = 0;
};

struct Response {
    unsigned status = 200;
    std::string content_type = "application/json";
    std::string body;
    std::map<std::string, std::string> headers;  ///< besides Content-Type, Content-Length and Connection
    std::unique_ptr<BodyPieces> more;            ///< the body after `body`; null: nothing follows
};

/// A small HTTP/1.1 server. Bodies up to `Limits::body` (else 413), headers up to 16 KiB (431). Connections
/// and handlers run on the loop thread; a handler may take as long as it likes. An answer with `more` is sent
/// in chunks; a request by HTTP/1.0 is refused then (505).
class HttpServer {
public:
    using Handler = std::function<Task<Response>(Request)>;
    struct Limits {
        /// For the header of the first request of a connection.
        std::chrono::milliseconds greeting{5'000};
        /// For everything else the peer has to do: send the rest of a request, send the next one, take an
        /// answer or a piece of it.
        std::chrono::milliseconds silence{30'000};
        std::uint64_t body = 1 << 20;
        /// Beyond these limits the connection that has been idle for the longest time is closed; if all are
        /// at work, the new one gets 503. Trusted on a unix socket are root and the user that this process
        /// runs as.
        ConnectionTable::Limits connections;
    };

    /// On a unix socket for `group`, a name or a number (mode 0660). If the group is empty, does not exist,
    /// or cannot be given the socket, the socket is for its owner alone (0600). A socket file that no process
    /// listens on is replaced. store_in_use: a process listens on it; unreachable: any other reason, in the
    /// message.
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

    /// Closes the listener and all connections, and removes the socket file.
    void close() noexcept;
    /// Why the named group may not use the socket, and what to do about it; empty: it may.
    const std::string& restriction() const noexcept;
    /// Port of a TCP listener; 0 for a unix socket.
    unsigned short port() const noexcept;

private:
    class Impl;
    explicit HttpServer(std::shared_ptr<Impl> impl);
    std::shared_ptr<Impl> impl_;
};

}  // namespace dirsync::http
