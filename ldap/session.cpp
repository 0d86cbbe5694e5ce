#include "ldap/session.hpp"

#include <utility>

#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace dirsync::ldap {
namespace asio = boost::asio;
using asio::experimental::awaitable_operators::operator||;

namespace {

constexpr auto token = asio::as_tuple(asio::use_awaitable);
// About a millisecond of decoding, then others get their turn on the loop.
constexpr std::size_t messages_a_slice = 128;
// A server that sends so many empty pages in a row would never end.
constexpr int most_empty_pages = 10'000;

Error stopped() { return Error(ErrorCode::connection_lost, "the connection was ended on this side"); }

std::string seconds_text(std::chrono::milliseconds time) {
    const auto whole = time.count() / 1000;
    const auto tenths = time.count() % 1000 / 100;
    return std::to_string(whole) + (tenths == 0 ? "" : "." + std::to_string(tenths)) + " s";
}

}  // namespace

std::shared_ptr<Session> Session::create(asio::any_io_executor executor, SessionSettings settings) {
    return std::shared_ptr<Session>(new Session(std::move(executor), std::move(settings)));
}

Session::Session(asio::any_io_executor executor, SessionSettings settings)
    : executor_(std::move(executor)),
      settings_(std::move(settings)),
      timer_(executor_),
      descriptor_(executor_) {}

Session::~Session() { close(); }

void Session::interrupt() noexcept {
    if (descriptor_.is_open()) ::shutdown(descriptor_.native_handle(), SHUT_RDWR);
}

/// Drops the connection; a worker that still uses it keeps it until its call has come back.
void Session::close() noexcept {
    if (!open_ || busy_ || aborted_) interrupt();  // a healthy one is left with an unbind request
    open_ = false;
    connection_.reset();
    boost::system::error_code ignored;
    descriptor_.close(ignored);
}

void Session::abort() noexcept {
    aborted_ = true;
    interrupt();
    timer_.cancel();
    if (step_) step_->stop();
    if (!busy_) close();
}

Task<Result<void>> Session::set_up(config::TlsConfig tls, bool bind) {
    using Outcome = std::optional<Result<void>>;
    const auto outcome = std::make_shared<Outcome>();
    std::function<void()> job = [connection = connection_, outcome, tls, bind, how = settings_.bind] {
        auto result = connection->secure(tls, how);
        if (result && bind) result = connection->bind(how);
        outcome->emplace(std::move(result));
    };
    const auto step = std::make_shared<BlockingStep>(executor_);
    step_ = step;
    const auto limit = settings_.deadlines.bind;
    const auto deadline = Clock::now() + limit;
    step->start(std::move(job));
    const auto end = co_await step->wait(deadline);
    step_.reset();
    if (aborted_ || end == BlockingStep::End::stopped) co_return stopped();
    if (end == BlockingStep::End::finished) co_return std::move(**outcome);
    const std::string phase = connection_->phase();
    interrupt();
    co_return Error(ErrorCode::timeout, phase + ": no answer within " + seconds_text(limit));
}

Task<Result<void>> Session::search(SearchRequest request, RawEntrySink& sink) {
    const auto self = shared_from_this();
    if (!usable()) co_return Error(ErrorCode::connection_lost, "the connection is closed");
    const auto connection = connection_;
    busy_ = true;
    std::string cookie;
    int empty_pages = 0;
    do {
        auto sent = connection->send(request, cookie);
        Result<void> result;
        if (sent) {
            auto receiving = receive(connection, *sent, sink);
            result = co_await std::move(receiving);
        } else {
            result = std::move(sent).error();
        }
        if (!result) {
            const auto code = result.error().code();
            const bool cut_off = aborted_ || code == ErrorCode::connection_lost ||
                                 code == ErrorCode::timeout || code == ErrorCode::protocol;
            if (cut_off) {
                close();
                aborted_ = true;
            }
            busy_ = false;
            co_return result;
        }
        cookie = std::move(sent->cookie);
        empty_pages = sent->entries == 0 ? empty_pages + 1 : 0;
        if (empty_pages > most_empty_pages) {
            busy_ = false;
            co_return Error(ErrorCode::read_incomplete, "the server sends empty pages without end");
        }
    } while (!cookie.empty() && !request.first_page_only);
    busy_ = false;
    co_return Result<void>();
}

Task<Result<void>> Session::receive(std::shared_ptr<Connection> connection, PendingSearch& search,
                                    RawEntrySink& sink) {
    while (true) {
        if (aborted_) co_return stopped();
        auto drained = connection->drain(search, sink, messages_a_slice);
        if (aborted_) co_return stopped();
        if (!drained) co_return std::move(drained).error();
        switch (*drained) {
            case Connection::Drained::finished:
                co_return Result<void>();
            case Connection::Drained::more:
                co_await asio::post(executor_, token);
                break;
            case Connection::Drained::empty: {
                auto readable = co_await wait_readable();
                if (!readable) co_return readable;
                break;
            }
        }
    }
}

Task<Result<void>> Session::wait_readable() {
    timer_.expires_after(settings_.deadlines.silence);
    auto ready = descriptor_.async_wait(asio::posix::descriptor_base::wait_read, token);
    auto alarm = timer_.async_wait(token);
    const auto first = co_await (std::move(ready) || std::move(alarm));
    if (aborted_) co_return stopped();
    if (first.index() == 0) co_return Result<void>();  // libldap tells what is wrong, if anything is
    co_return Error(ErrorCode::timeout,
                    "the server sent nothing for " + seconds_text(settings_.deadlines.silence));
}

}  // namespace dirsync::ldap
