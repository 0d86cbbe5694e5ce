#include "ldap/session/session_impl.hpp"

#include <algorithm>
#include <utility>

#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/experimental/awaitable_operators.hpp>

#include "core/task.hpp"
#include "ldap/session/certificate.hpp"

namespace dirsync::ldap {
namespace asio = boost::asio;
// NOLINTNEXTLINE(misc-unused-using-decls): clang-tidy 14 overlooks its use below.
using asio::experimental::awaitable_operators::operator||;

namespace {

using tcp = asio::ip::tcp;

/// All addresses of a host, or getaddrinfo's code.
struct Resolved {
    std::vector<tcp::endpoint> addresses;
    int why = 0;
};

Resolved resolve_now(const std::string& host, std::uint16_t port, int flags) {
    Resolved out;
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags | AI_NUMERICSERV;
    addrinfo* list = nullptr;
    out.why = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
    if (out.why != 0) return out;
    for (const auto* info = list; info != nullptr; info = info->ai_next) {
        tcp::endpoint endpoint;
        if (info->ai_addrlen > endpoint.capacity()) continue;
        std::copy_n(reinterpret_cast<const char*>(info->ai_addr), info->ai_addrlen,
                    reinterpret_cast<char*>(endpoint.data()));
        endpoint.resize(info->ai_addrlen);
        out.addresses.push_back(endpoint);
    }
    ::freeaddrinfo(list);
    return out;
}

void set(int socket, int level, int option, int value) {
    ::setsockopt(socket, level, option, &value, sizeof value);
}

/// A dead peer is noticed within seconds: 10 + 3 x 2 s of silence, 5 s of unacknowledged data.
void tune(int socket) {
    set(socket, IPPROTO_TCP, TCP_NODELAY, 1);
    set(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
    set(socket, IPPROTO_TCP, TCP_KEEPIDLE, 10);
    set(socket, IPPROTO_TCP, TCP_KEEPINTVL, 2);
    set(socket, IPPROTO_TCP, TCP_KEEPCNT, 3);
    set(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, 5000);
}

void make_blocking(int socket) {
    const int flags = ::fcntl(socket, F_GETFL);
    ::fcntl(socket, F_SETFL, flags & ~O_NONBLOCK);
}

}  // namespace

Task<Result<void>> Session::open() {
    const auto self = shared_from_this();
    if (aborted_) co_return Error(ErrorCode::connection_lost, "the connection was ended on this side");
    busy_ = true;
    auto result = co_await open_steps();
    busy_ = false;
    if (!result) {
        close();
        co_return result;
    }
    connection_->make_non_blocking();
    open_ = true;
    co_return Result<void>();
}

Task<Result<void>> Session::open_steps() {
    const auto deadline = Clock::now() + settings_.deadlines.connect;
    auto addresses = co_await resolve(deadline);
    if (!addresses) co_return std::move(addresses).error();
    auto copy = *addresses;
    auto dialing = dial(std::move(copy), deadline);
    auto socket = co_await std::move(dialing);
    if (!socket) co_return std::move(socket).error();
    auto taken = take_socket(std::move(*socket));
    if (!taken) co_return taken;

    auto tls = settings_.tls;
    auto securing = secure(std::move(tls));
    auto result = co_await std::move(securing);
    if (result) co_return co_await log_in();
    if (result.error().code() != ErrorCode::tls_failed || !settings_.tls.verify || aborted_) co_return result;
    auto explaining = explain_tls_failure(std::move(*addresses));
    const auto why = co_await std::move(explaining);
    if (why.empty()) co_return result;
    auto message = "the server's certificate is not accepted: " + why;
    // A server that refuses our certificate before the handshake is over looks the same.
    if (settings_.bind.method == config::BindMethod::external)
        message += "; or else the server does not trust the certificate that it was shown";
    co_return Error(ErrorCode::tls_failed, std::move(message));
}

/// libldap on GnuTLS says only that something was wrong with a certificate. A second connection that
/// accepts any, and on which nothing is ever sent, shows the certificate itself.
Task<std::string> Session::explain_tls_failure(Addresses addresses) {
    const auto deadline = Clock::now() + settings_.deadlines.connect;
    close();
    auto dialing = dial(std::move(addresses), deadline);
    auto socket = co_await std::move(dialing);
    if (!socket || !take_socket(std::move(*socket))) co_return std::string();
    auto any = settings_.tls;
    any.verify = false;
    auto securing = secure(std::move(any));
    const auto shown = co_await std::move(securing);
    if (!shown) co_return std::string();
    const auto certificate = connection_->server_certificate();
    if (!certificate) co_return std::string();
    const auto now = std::chrono::floor<Duration>(std::chrono::system_clock::now());
    const auto trust = settings_.tls.ca_file.empty() ? std::string("the system's trust store")
                                                     : "the CA file " + settings_.tls.ca_file;
    co_return why_refused(*certificate, settings_.server.host, now, trust);
}

Task<Result<Session::Addresses>> Session::resolve(Clock::time_point deadline) {
    const auto& server = settings_.server;
    auto literal = resolve_now(server.host, server.port, AI_NUMERICHOST);
    if (literal.why == 0) {
        Addresses addresses{std::move(literal.addresses)};
        co_return addresses;
    }

    const auto found = std::make_shared<Resolved>();
    std::function<void()> job = [found, host = server.host, port = server.port] {
        *found = resolve_now(host, port, 0);
    };
    const auto step = std::make_shared<BlockingStep>(executor_);
    step_ = step;
    step->start(std::move(job));
    const auto end = co_await step->wait(deadline);
    step_.reset();
    if (aborted_ || end == BlockingStep::End::stopped) {
        co_return Error(ErrorCode::connection_lost, "the connection was ended on this side");
    }
    if (end == BlockingStep::End::not_started) co_return no_thread();
    if (end == BlockingStep::End::deadline) {
        co_return Error(ErrorCode::timeout, "looking up the host name took too long");
    }
    if (found->why != 0 || found->addresses.empty()) {
        co_return Error(ErrorCode::unreachable,
                        std::string("the host name cannot be resolved: ") + ::gai_strerror(found->why));
    }
    Addresses addresses{std::move(found->addresses)};
    co_return addresses;
}

Task<Result<UniqueFd>> Session::dial(Addresses addresses, Clock::time_point deadline) {
    std::string failures;
    bool silent = true;
    const auto& endpoints = addresses.endpoints;
    for (std::size_t i = 0; i < endpoints.size(); ++i) {
        const auto now = Clock::now();
        // A silent address leaves its share of the time to the others.
        const auto share = (deadline - now) / static_cast<int>(endpoints.size() - i);
        tcp::socket socket(executor_);
        waits_->timer.expires_at(now + share);
        auto connecting = socket.async_connect(endpoints[i], no_throw);
        auto alarm = waits_->timer.async_wait(no_throw);
        const auto first = co_await (std::move(connecting) || std::move(alarm));
        if (aborted_) co_return Error(ErrorCode::connection_lost, "the connection was ended on this side");
        boost::system::error_code error = asio::error::timed_out;
        if (first.index() == 0) {
            error = std::get<0>(std::get<0>(first));
            silent = false;
        }
        if (!error) {
            boost::system::error_code released;
            UniqueFd fd(socket.release(released));
            tune(fd.get());
            make_blocking(fd.get());
            co_return fd;
        }
        failures +=
            (failures.empty() ? "" : ", ") + endpoints[i].address().to_string() + ": " + error.message();
    }
    co_return Error(silent ? ErrorCode::timeout : ErrorCode::unreachable,
                    "no connection to port " + std::to_string(settings_.server.port) + " (" + failures + ")");
}

Result<void> Session::take_socket(UniqueFd socket) {
    auto duplicate = socket.duplicate();
    if (!duplicate) return Error(ErrorCode::unreachable, "the process has no file descriptor left");
    auto connection = Connection::over(std::move(socket), settings_.server);
    if (!connection) return std::move(connection).error();
    connection_ = std::make_shared<Connection>(std::move(*connection));
    boost::system::error_code error;
    waits_->descriptor.assign(duplicate.get(), error);
    if (error) return Error(ErrorCode::unreachable, "the socket cannot be watched: " + error.message());
    duplicate.release();
    return {};
}

}  // namespace dirsync::ldap
