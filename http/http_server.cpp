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

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include "core/text.hpp"
#include "http/socket_group.hpp"
#include "http/target.hpp"

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

constexpr auto token = asio::as_tuple(asio::use_awaitable);
constexpr auto pause_of_door = std::chrono::milliseconds(100);
constexpr auto longest_farewell = std::chrono::seconds(2);
constexpr std::uint32_t largest_header = 16 << 10;

/// nullopt: its target is none.
std::optional<Request> request_of(http::request<http::string_body>&& message) {
    Request request;
    request.method = std::string(message.method_string());
    if (!read_target({message.target().data(), message.target().size()}, request)) return std::nullopt;
    for (const auto& field : message) request.headers[text::lower(field.name_string())] = field.value();
    request.body = std::move(message.body());
    return request;
}

constexpr const char* too_many =
    "too many connections: this request is not served; end some of them, or ask again later";

Response refusal(unsigned status, const std::string& title) {
    Response response;
    response.status = status;
    response.content_type = "application/problem+json";
    response.body = "{\"type\":\"about:blank\",\"title\":\"" + title +
                    "\",\"status\":" + std::to_string(status) + ",\"detail\":\"" + title +
                    "\",\"exit_code\":" + (status == 503 ? "75" : "64") + "}";
    return response;
}

/// What a request that could not be read is answered; nullopt: whoever sent it has gone.
std::optional<Response> answer_to(const boost::system::error_code& error, std::uint64_t largest_body) {
    if (error == http::error::body_limit)
        return refusal(413, "the body is larger than " + std::to_string(largest_body >> 20) + " MiB");
    if (error == http::error::header_limit) return refusal(431, "the header is larger than 16 KiB");
    const bool nonsense = error.category() == http::make_error_code(http::error::bad_method).category() &&
                          error != http::error::end_of_stream && error != http::error::partial_message;
    if (nonsense) return refusal(400, "this is not HTTP");
    return std::nullopt;
}

http::response<http::string_body> message_of(Response response, unsigned version, bool keep_alive,
                                             bool without_body) {
    http::response<http::string_body> answer;
    answer.version(version);
    answer.result(response.status);
    answer.set(http::field::content_type, response.content_type);
    for (const auto& [name, value] : response.headers) answer.set(name, value);
    answer.body() = std::move(response.body);
    answer.keep_alive(keep_alive);
    answer.prepare_payload();
    // The length stays: RFC 9110 9.3.2.
    if (without_body) answer.body().clear();
    return answer;
}

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
    bool taken = false;  ///< else there was no room
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
    // `self` keeps the server alive while a connection is.
    static Task<void> accept(std::shared_ptr<Impl> self) {
        while (!self->closed_) {
            auto [error, socket] = co_await self->acceptor_.async_accept(token);
            if (self->closed_) co_return;
            if (error) {
                // Out of descriptors, most likely: the next try would fail at once as well.
                self->door_.expires_after(pause_of_door);
                co_await self->door_.async_wait(token);
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
            unsigned version = 11;
            bool without_body = false;
            keep_alive = false;
            if (error) {
                response = answer_to(error, self->limits_.body);
                if (!response) break;
            } else if (!guest->taken) {
                response = refusal(503, too_many);
            } else {
                auto message = parser.release();
                keep_alive = message.keep_alive();
                version = message.version();
                without_body = message.method() == http::verb::head;
                self->enter(*guest, State::working);
                auto request = request_of(std::move(message));
                if (request) {
                    request->peer = guest->peer;
                    response = co_await self->handler_(std::move(*request));
                } else {
                    response = refusal(400, "the target is not a path as RFC 3986 spells it");
                }
            }
            const auto answer = message_of(std::move(*response), version, keep_alive, without_body);
            self->enter(*guest, State::leaving);
            guest->stream.expires_after(self->limits_.silence);
            const auto [write_error, written] = co_await http::async_write(guest->stream, answer, token);
            if (write_error) break;
            if (error) co_await swallow(guest);
            self->enter(*guest, State::idle);
        }
        self->table_.remove(guest->id);
        self->streams_.erase(guest->id);
        guest->stream.close();
    }

    /// The next request of the connection.
    static Task<boost::system::error_code> read(std::shared_ptr<Impl> self, std::shared_ptr<Guest> guest,
                                                Parser& parser, std::chrono::milliseconds patience) {
        auto& stream = guest->stream;
        parser.body_limit(self->limits_.body);
        parser.header_limit(largest_header);
        stream.expires_after(guest->taken ? patience : longest_farewell);
        const auto [in_header, header] =
            co_await http::async_read_header(stream, guest->buffer, parser, token);
        boost::system::error_code error = in_header;
        if (!error && !parser.is_done()) {
            self->enter(*guest, State::arriving);
            if (guest->taken) stream.expires_after(self->limits_.silence);
            const auto [in_body, body] = co_await http::async_read(stream, guest->buffer, parser, token);
            error = in_body;
        }
        if (!error) stream.expires_never();
        co_return error;
    }

    // A peer that is still sending when its connection is closed may never see what it was answered.
    static Task<void> swallow(std::shared_ptr<Guest> guest) {
        boost::system::error_code ended;
        guest->stream.socket().shutdown(asio::socket_base::shutdown_send, ended);
        std::array<char, 16384> rest;
        guest->stream.expires_after(longest_farewell);
        while (!ended) {
            const auto [error, size] = co_await guest->stream.async_read_some(asio::buffer(rest), token);
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
        if (!S_ISSOCK(status.st_mode)) return cannot_listen(path, "there is a file that is no socket");
        if (somebody_listens(executor, path)) {
            return Error(ErrorCode::store_in_use, "cannot listen on " + path + ": another process does");
        }
        ::unlink(path.c_str());
    }
    auto impl = std::make_shared<Impl>(executor, std::move(handler), limits);
    // Nobody may connect before the mode is what it shall be.
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
