#include "ldap/session/session_impl.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>

#include "ldap/session/result_error.hpp"

namespace dirsync::ldap {
namespace asio = boost::asio;
using asio::experimental::awaitable_operators::operator||;

namespace {

// About a millisecond of decoding, then others get their turn on the loop.
constexpr std::size_t messages_a_slice = 128;
// A server that sends so many empty pages or rounds in a row would never end.
constexpr int most_empty_answers = 1'000;
// A page holds at most as many entries as were asked for (RFC 2696); a server that sends some more may end.
constexpr std::uint64_t most_pages_in_one = 10;
// Of a search without pages, or one round of DirSync, of which a domain controller sends about a megabyte
// (MS-ADTS 3.1.1.3.4.1.3).
constexpr std::uint64_t most_unpaged = 1'000'000;

/// Counts what comes for a notification, whatever it is.
class CountingSink : public RawEntrySink {
public:
    void begin(std::string_view) override {}
    void attribute(std::string_view, std::span<const std::string_view>) override {}
    void end() override { ++count; }
    std::uint64_t count = 0;
};

/// The error that a failed DirSync request means. Which code a server has for a cookie
/// that it does not take, and for an account that may not ask, differs from server to server and is nowhere
/// promised; so every error that is not transient counts as one or the other.
Error dir_sync_error(Error error, bool with_cookie) {
    const auto code = error.code();
    if (code == ErrorCode::server_busy) return error;
    if (code == ErrorCode::insufficient_rights || !with_cookie)
        return Error(ErrorCode::insufficient_rights, error.message());
    return Error(ErrorCode::cursor_refused,
                 "the server does not take the DirSync cookie: " + error.message());
}

}  // namespace

Task<Result<PendingSearch>> Session::exchange(std::shared_ptr<Connection> connection,
                                              const SearchRequest& request, std::string cookie,
                                              RawEntrySink& sink) {
    busy_ = true;
    auto sent = connection->send(request, cookie);
    Result<void> result;
    if (sent) {
        auto receiving = receive(connection, request, *sent, sink);
        result = co_await std::move(receiving);
    } else {
        result = std::move(sent).error();
    }
    busy_ = false;
    if (result) co_return std::move(*sent);
    // After a final result the connection is sound, whatever the result was.
    const bool answered = sent && sent->answered;
    const auto code = result.error().code();
    if (aborted_ || (!answered && (code == ErrorCode::connection_lost || code == ErrorCode::timeout ||
                                   code == ErrorCode::protocol))) {
        close();
        aborted_ = true;
    } else if (answered && request.dir_sync_flags) {
        co_return dir_sync_error(std::move(result).error(), !cookie.empty());
    }
    co_return std::move(result).error();
}

Task<Result<void>> Session::search(SearchRequest request, RawEntrySink& sink) {
    const auto self = shared_from_this();
    if (!may_ask()) co_return Error(ErrorCode::connection_lost, "the connection is closed");
    const auto connection = connection_;
    waits_->pace = {{}, connection->received()};
    std::string cookie;
    bool more = true;
    int empty_pages = 0;
    while (more) {
        auto exchanging = exchange(connection, request, std::move(cookie), sink);
        auto page = co_await std::move(exchanging);
        if (!page) co_return std::move(page).error();
        cookie = std::move(page->cookie);
        more = page->more && !request.first_page_only;
        empty_pages = page->entries == 0 ? empty_pages + 1 : 0;
        if (empty_pages > most_empty_answers) {
            co_return Error(ErrorCode::read_incomplete, "the server sends an endless series of empty pages");
        }
    }
    co_return Result<void>();
}

Task<Result<std::string>> Session::dir_sync(SearchRequest request, std::string cookie, RawEntrySink& sink) {
    const auto self = shared_from_this();
    if (!may_ask()) co_return Error(ErrorCode::connection_lost, "the connection is closed");
    const auto connection = connection_;
    waits_->pace = {{}, connection->received()};
    bool more = true;
    int empty_rounds = 0;
    while (more) {
        auto exchanging = exchange(connection, request, std::move(cookie), sink);
        auto round = co_await std::move(exchanging);
        if (!round) co_return std::move(round).error();
        cookie = std::move(round->cookie);
        more = round->more;
        empty_rounds = round->entries == 0 ? empty_rounds + 1 : 0;
        if (empty_rounds > most_empty_answers) {
            co_return Error(ErrorCode::read_incomplete, "the server sends an endless series of empty rounds");
        }
    }
    co_return cookie;
}

Result<void> Session::subscribe(SearchRequest request) {
    if (!may_ask()) return Error(ErrorCode::connection_lost, "the connection is closed");
    auto sent = connection_->send(request, "");
    if (!sent) return std::move(sent).error();
    subscription_ = std::move(*sent);
    return {};
}

Result<bool> Session::take_notifications() {
    if (!may_ask() || !subscription_) return Error(ErrorCode::connection_lost, "the connection is closed");
    CountingSink sink;
    while (true) {
        auto drained = connection_->drain(*subscription_, sink, messages_a_slice);
        if (!drained) return std::move(drained).error();
        if (*drained == Connection::Drained::empty) return sink.count != 0;
        if (*drained == Connection::Drained::finished) {
            return Error(ErrorCode::protocol, "the server has ended the search that reports changes");
        }
        // A server that never pauses is told from one that has something to say once.
        if (sink.count > 0) return true;
    }
}

void Session::when_readable(std::function<void()> then) {
    if (armed_ || !may_ask()) return;
    armed_ = true;
    waits_->descriptor.async_wait(
        asio::posix::descriptor_base::wait_read,
        [self = shared_from_this(), then = std::move(then)](boost::system::error_code) {
            self->armed_ = false;
            then();
        });
}

Task<Result<void>> Session::receive(std::shared_ptr<Connection> connection, const SearchRequest& request,
                                    PendingSearch& search, RawEntrySink& sink) {
    const bool is_paged = request.page_size != 0;
    const auto most = is_paged ? std::uint64_t{request.page_size} * most_pages_in_one : most_unpaged;
    while (true) {
        if (aborted_) co_return ended_here();
        auto drained = connection->drain(search, sink, messages_a_slice);
        if (aborted_) co_return ended_here();
        if (!drained) co_return std::move(drained).error();
        if (search.entries > most) {
            co_return Error(ErrorCode::protocol,
                            (is_paged ? "the server sends more entries in a page than were asked for (" +
                                            std::to_string(request.page_size) + ")"
                                      : "the server sends more than " + std::to_string(most_unpaged) +
                                            " entries in one answer") +
                                ", and no end; " + unlike_a_dc);
        }
        switch (*drained) {
            case Connection::Drained::finished:
                co_return Result<void>();
            case Connection::Drained::more:
                co_await asio::post(executor_, no_throw);
                break;
            case Connection::Drained::empty: {
                auto readable = co_await wait_readable(*connection, waits_->pace);
                if (!readable) co_return readable;
                break;
            }
        }
    }
}

/// Only the time spent waiting counts: our own slowness does not make the server slow.
Task<Result<void>> Session::wait_readable(const Connection& connection, Pace& pace) {
    const auto& limits = settings_.deadlines;
    if (pace.waited >= limits.pace) {
        const auto got = connection.received() - pace.received;
        const auto seconds = std::chrono::duration<double>(pace.waited).count();
        if (static_cast<double>(got) < static_cast<double>(least_pace) * seconds) {
            co_return Error(ErrorCode::timeout,
                            "the server sends too slowly: " + std::to_string(got) + " bytes in " +
                                seconds_text(limits.pace) +
                                " of waiting; nothing of this read is written, and the server is asked after "
                                "the others for an hour; check its load and the network to it");
        }
        pace = {{}, connection.received()};
    }
    const auto since = Clock::now();
    waits_->timer.expires_after(std::min<Clock::duration>(limits.silence, limits.pace - pace.waited));
    auto ready = waits_->descriptor.async_wait(asio::posix::descriptor_base::wait_read, no_throw);
    auto alarm = waits_->timer.async_wait(no_throw);
    const auto first = co_await (std::move(ready) || std::move(alarm));
    if (aborted_) co_return ended_here();
    const auto waited = Clock::now() - since;
    pace.waited += waited;
    if (first.index() == 0) co_return Result<void>();       // libldap tells what is wrong, if anything is
    if (waited < limits.silence) co_return Result<void>();  // the pace is judged at the next wait
    co_return Error(ErrorCode::timeout,
                    "the server sent nothing for " + seconds_text(limits.silence) +
                        "; nothing of this read is written; check its load and the network to it");
}

}  // namespace dirsync::ldap
