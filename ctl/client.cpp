#include "ctl/client.hpp"

#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/verb.hpp>
#include <boost/beast/http/write.hpp>

namespace dirsync::ctl {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;

constexpr std::uint64_t largest_answer = 4ULL << 30;
constexpr timeval patience_to_connect{5, 0};

Error not_reachable(const std::string& socket, const boost::system::error_code& error) {
    const std::string what = fmt::format("dirsyncd does not answer on {}: {}", socket, error.message());
    if (error == asio::error::access_denied) {
        return Error(ErrorCode::unreachable,
                     what +
                         ". Root may use it, and the members of its group: dirsyncd-admin, unless "
                         "control.group names another one.");
    }
    return Error(ErrorCode::unreachable,
                 what +
                     ". Is it running? 'systemctl start dirsyncd' starts it, 'systemctl status dirsyncd' "
                     "says why not.");
}

}  // namespace

Result<Answer> call(const std::string& socket, std::string_view method, const std::string& target,
                    const std::string& body) {
    if (socket.size() >= sizeof(sockaddr_un::sun_path)) {
        return Error(ErrorCode::unreachable, "the path of the socket is too long: " + socket);
    }
    asio::io_context context;
    asio::local::stream_protocol::socket connection(context);
    boost::system::error_code error;
    connection.open(asio::local::stream_protocol(), error);
    // A daemon that hangs with a full queue of connections would keep us waiting without end; unix(7).
    ::setsockopt(connection.native_handle(), SOL_SOCKET, SO_SNDTIMEO, &patience_to_connect,
                 sizeof patience_to_connect);
    // Not Asio's connect: it takes that timeout for a connection under way, and then for a success.
    const asio::local::stream_protocol::endpoint endpoint(socket);
    if (!error && ::connect(connection.native_handle(), endpoint.data(),
                            static_cast<socklen_t>(endpoint.size())) != 0) {
        error.assign(errno == EAGAIN ? ETIMEDOUT : errno, boost::system::system_category());
    }
    if (error) return not_reachable(socket, error);

    http::request<http::string_body> request(http::string_to_verb(method), target, 11);
    request.set(http::field::host, "localhost");
    request.body() = body;
    request.keep_alive(false);
    request.prepare_payload();
    // A daemon that refuses us may have closed its end before it read all: what it said still counts.
    http::write(connection, request, error);
    if (error == asio::error::broken_pipe) error = {};
    boost::beast::flat_buffer buffer;
    http::response_parser<http::string_body> parser;
    parser.body_limit(largest_answer);
    if (!error) http::read(connection, buffer, parser, error);
    if (error) {
        return Error(
            ErrorCode::connection_lost,
            fmt::format(
                "the connection to dirsyncd on {} broke off: {}. If the daemon stopped, its log says why.",
                socket, error.message()));
    }
    Answer answer;
    answer.status = parser.get().result_int();
    answer.body = std::move(parser.get().body());
    return answer;
}

std::string percent_encoded(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           c == '-' || c == '.' || c == '_' || c == '~' || c == '@';
        if (plain) {
            out += c;
        } else {
            out += '%';
            out += digits[static_cast<unsigned char>(c) >> 4];
            out += digits[static_cast<unsigned char>(c) & 15];
        }
    }
    return out;
}

}  // namespace dirsync::ctl
