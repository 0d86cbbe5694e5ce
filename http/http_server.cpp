#include "http/http_server.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstring>
#include <map>
#include <utility>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/chunk_encode.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include "http/beast_messages.hpp"
#include "http/socket_group.hpp"

namespace dirsync::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

using Protocol = asio::generic::stream_protocol;
using Stream = beast::basic_stream<Protocol>;
using Acceptor = asio::basic_socket_acceptor<Protocol>;
using Parser = http::request_parser<http::string_body>;
using Clock = std::chrono::steady_clock;
using State = ConnectionTable::State;

constexpr auto pause_of_door = std::chrono::milliseconds(100);
constexpr auto longest_farewell = std::chrono::seconds(2);
constexpr std::uint32_t largest_header = 16 << 10;

constexpr const char* too_many =
    "too many connections: this request is not served; end some of them, or ask again later";
constexpr const char* too_old = "the answer comes in chunks: ask by HTTP/1.1";

std::optional<Peer> peer_of(int socket) {
    sockaddr_storage own{};
    socklen_t size = sizeof own;
    if (::getsockname(socket, reinterpret_cast<sockaddr*>(&own), &size) != 0 || own.ss_family != AF_UNIX)
        return std::nullopt;
    ucred peer{};
    size = sizeof peer;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return std::nullopt;
    return Peer{peer.uid, peer.gid, peer.pid};
}

/// A connection and who is at its other end.
struct Guest {
    ConnectionTable::Id id = 0;
    bool taken = false;  ///< false: there was no room for it
    std::optional<Peer> peer;
    Stream stream;
    beast::flat_buffer buffer;
    explicit Guest(Protocol::socket socket)
        : peer(peer_of(socket.native_handle())), stream(std::move(socket)) {}
};

bool somebody_listens(asio::any_io_executor executor, const std::string& path) {
    asio::local::stream_protocol::socket probe(executor);
    boost::system::error_code error;
    probe.connect(asio::local::stream_protocol::endpoint(path), error);
    return !error;
}

Error cannot_listen(const std::string& where, const std::string& why) {
    return Error(ErrorCode::unreachable, "cannot listen on " + where + ": " + why);
}

}  // namespace

class HttpServer::Impl : public std::enable_shared_from_this<Impl> {
public:
    Impl(asio::any_io_executor executor, Handler handler, Limits limits)
        : executor_(executor),
          acceptor_(executor),
          door_(executor),
          handler_(std::move(handler)),
          limits_(limits),
          table_(limits.connections) {}

    Result<void> listen(const Protocol::endpoint& endpoint, const std::string& name) {
        boost::system::error_code error;
        acceptor_.open(endpoint.protocol(), error);
        if (!error && endpoint.protocol().family() != AF_UNIX) {
            acceptor_.set_option(asio::socket_base::reuse_address(true), error);
        }
        if (!error) acceptor_.bind(endpoint, error);
        if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
        if (error) return cannot_listen(name, error.message());
        return {};
    }

    void start() {
        auto self = shared_from_this();
        auto done = [self](std::exception_ptr error) {
            if (error) std::rethrow_exception(error);
        };
        asio::co_spawn(executor_, accept(self), std::move(done));
    }

    void close() noexcept {
        if (closed_) return;
        closed_ = true;
        boost::system::error_code ignored;
        acceptor_.close(ignored);
        door_.cancel();
        for (const auto& [id, stream] : streams_) stream->close();
        if (!path_.empty()) ::unlink(path_.c_str());
    }

    Acceptor& acceptor() noexcept { return acceptor_; }
    void set_path(std::string path, std::string restriction) {
        path_ = std::move(path);
        restriction_ = std::move(restriction);
    }
    const std::string& restriction() const noexcept { return restriction_; }

private:
    // `self` keeps the server alive as long as a connection.
    static Task<void> accept(std::shared_ptr<Impl> self) {
        while (!self->closed_) {
            auto [error, socket] = co_await self->acceptor_.async_accept(no_throw);
            if (self->closed_) co_return;
            if (error) {
                // Most likely out of descriptors: the next attempt would fail at once, too.
                self->door_.expires_after(pause_of_door);
                co_await self->door_.async_wait(no_throw);
                continue;
            }
            const auto guest = std::make_shared<Guest>(std::move(socket));
            self->admit(*guest);
            auto done = [self](std::exception_ptr failure) {
                if (failure) std::rethrow_exception(failure);
            };
            asio::co_spawn(self->executor_, serve(self, guest), std::move(done));
        }
    }

    void admit(Guest& guest) {
        std::optional<std::uint32_t> user;
        if (guest.peer) user = guest.peer->uid;
        const bool trusted = user && (*user == 0 || *user == ::geteuid());
        const auto admission = table_.admit(user, trusted, Clock::now());
        guest.id = admission.id;
        guest.taken = admission.taken;
        streams_.emplace(guest.id, &guest.stream);
        if (!admission.to_close) return;
        if (const auto found = streams_.find(*admission.to_close); found != streams_.end())
            found->second->close();
    }

    void enter(const Guest& guest, State state) {
        if (guest.taken) table_.enter(guest.id, state, Clock::now());
    }

    static Task<void> serve(std::shared_ptr<Impl> self, std::shared_ptr<Guest> guest) {
        bool keep_alive = true;
        auto patience = self->limits_.greeting;
        while (keep_alive && !self->closed_) {
            Parser parser;
            auto reading = read(self, guest, parser, patience);
            const auto error = co_await std::move(reading);
            patience = self->limits_.silence;
            std::optional<Response> response;
            Delivery how;
            if (error) {
                response = answer_to(error, self->limits_.body);
                if (!response) break;
            } else if (!guest->taken) {
                response = refusal(503, too_many);
            } else {
                auto message = parser.release();
                how.keep_alive = message.keep_alive();
                how.version = message.version();
                how.without_body = message.method() == http::verb::head;
                self->enter(*guest, State::working);
                auto request = request_of(std::move(message));
                if (request) {
                    request->peer = guest->peer;
                    response = co_await self->handler_(std::move(*request));
                } else {
                    response = refusal(400, "the target is not a path as RFC 3986 spells it");
                }
            }
            if (response->more && how.version < 11) response = refusal(505, too_old);
            auto sending = send(self, guest, std::move(*response), how);
            const bool is_whole = co_await std::move(sending);
            if (!is_whole) break;
            if (error) co_await swallow(guest);
            keep_alive = how.keep_alive;
            self->enter(*guest, State::idle);
        }
        self->table_.remove(guest->id);
        self->streams_.erase(guest->id);
        guest->stream.close();
    }

    /// Sends an answer. False: the peer did not take all of it, or making it failed half way.
    static Task<bool> send(std::shared_ptr<Impl> self, std::shared_ptr<Guest> guest, Response response,
                           Delivery how) {
        self->enter(*guest, State::leaving);
        guest->stream.expires_after(self->limits_.silence);
        if (!response.more) {
            const auto answer = message_of(std::move(response), how);
            const auto [error, written] = co_await http::async_write(guest->stream, answer, no_throw);
            co_return !error;
        }
        std::string piece = std::move(response.body);
        const auto more = std::move(response.more);
        http::response<http::empty_body> head = head_of(response, how);
        http::response_serializer<http::empty_body> serializer(head);
        const auto [in_head, size] = co_await http::async_write_header(guest->stream, serializer, no_throw);
        if (in_head || how.without_body) co_return !in_head;
        do {
            if (!piece.empty()) {
                const auto chunk = http::make_chunk(asio::buffer(piece));
                self->enter(*guest, State::leaving);
                guest->stream.expires_after(self->limits_.silence);
                const auto [error, written] = co_await asio::async_write(guest->stream, chunk, no_throw);
                if (error) co_return false;
            }
            guest->stream.expires_never();
            self->enter(*guest, State::working);
            auto next = co_await more->next();
            if (!next) co_return false;
            piece = std::move(*next);
        } while (!piece.empty());
        const auto last = http::make_chunk_last();
        guest->stream.expires_after(self->limits_.silence);
        const auto [error, written] = co_await asio::async_write(guest->stream, last, no_throw);
        co_return !error;
    }

    /// The next request of the connection.
    static Task<boost::system::error_code> read(std::shared_ptr<Impl> self, std::shared_ptr<Guest> guest,
                                                Parser& parser, std::chrono::milliseconds patience) {
        auto& stream = guest->stream;
        parser.body_limit(self->limits_.body);
        parser.header_limit(largest_header);
        stream.expires_after(guest->taken ? patience : longest_farewell);
        const auto [in_header, header] =
            co_await http::async_read_header(stream, guest->buffer, parser, no_throw);
        boost::system::error_code error = in_header;
        if (!error && !parser.is_done()) {
            self->enter(*guest, State::arriving);
            if (guest->taken) stream.expires_after(self->limits_.silence);
            const auto [in_body, body] = co_await http::async_read(stream, guest->buffer, parser, no_throw);
            error = in_body;
        }
        if (!error) stream.expires_never();
        co_return error;
    }

    // If the connection were closed while the peer is still sending, the peer might never see the answer.
    static Task<void> swallow(std::shared_ptr<Guest> guest) {
        boost::system::error_code ended;
        guest->stream.socket().shutdown(asio::socket_base::shutdown_send, ended);
        std::array<char, 16384> rest;
        guest->stream.expires_after(longest_farewell);
        while (!ended) {
            const auto [error, size] = co_await guest->stream.async_read_some(asio::buffer(rest), no_throw);
            ended = error;
        }
    }

    asio::any_io_executor executor_;
    Acceptor acceptor_;
    asio::steady_timer door_;
    Handler handler_;
    Limits limits_;
    ConnectionTable table_;
    std::map<ConnectionTable::Id, Stream*> streams_;
    std::string path_;
    std::string restriction_;
    bool closed_ = false;
};

HttpServer::HttpServer(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) { impl_->start(); }
HttpServer::~HttpServer() { close(); }
void HttpServer::close() noexcept { impl_->close(); }
const std::string& HttpServer::restriction() const noexcept { return impl_->restriction(); }

unsigned short HttpServer::port() const noexcept {
    boost::system::error_code error;
    const auto endpoint = impl_->acceptor().local_endpoint(error);
    if (error || endpoint.protocol().family() == AF_UNIX) return 0;
    sockaddr_storage storage{};
    std::memcpy(&storage, endpoint.data(), std::min(sizeof storage, endpoint.size()));
    if (storage.ss_family == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in&>(storage).sin_port);
    return ntohs(reinterpret_cast<const sockaddr_in6&>(storage).sin6_port);
}

Result<std::unique_ptr<HttpServer>> HttpServer::listen_unix(asio::any_io_executor executor, std::string path,
                                                            const std::string& group, Handler handler,
                                                            Limits limits) {
    if (path.size() >= sizeof(sockaddr_un::sun_path))
        return cannot_listen(path, "the path is longer than a socket may have");
    struct stat status {};
    if (::lstat(path.c_str(), &status) == 0) {
        if (!S_ISSOCK(status.st_mode)) return cannot_listen(path, "there is a file that is not a socket");
        if (somebody_listens(executor, path)) {
            return Error(ErrorCode::store_in_use, "cannot listen on " + path + ": another process does");
        }
        ::unlink(path.c_str());
    }
    auto impl = std::make_shared<Impl>(executor, std::move(handler), limits);
    // No process may connect before the socket has its final mode.
    const mode_t before = ::umask(0177);
    auto listening = impl->listen(asio::local::stream_protocol::endpoint(path), path);
    ::umask(before);
    if (!listening) return listening.error();
    auto restriction = open_to_group(path, group);
    impl->set_path(std::move(path), std::move(restriction));
    return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

Result<std::unique_ptr<HttpServer>> HttpServer::listen_tcp(asio::any_io_executor executor,
                                                           const std::string& address, Handler handler,
                                                           Limits limits) {
    const std::size_t colon = address.rfind(':');
    unsigned short port = 0;
    std::string host = address.substr(0, colon);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    const char* begin = address.data() + (colon == std::string::npos ? address.size() : colon + 1);
    const auto [end, failure] = std::from_chars(begin, address.data() + address.size(), port);
    boost::system::error_code error;
    const auto ip = asio::ip::make_address(host, error);
    if (error || failure != std::errc{} || end != address.data() + address.size()) {
        return cannot_listen(address, "it is not ADDRESS:PORT");
    }
    auto impl = std::make_shared<Impl>(executor, std::move(handler), limits);
    if (auto listening = impl->listen(asio::ip::tcp::endpoint(ip, port), address); !listening)
        return listening.error();
    return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

}  // namespace dirsync::http
