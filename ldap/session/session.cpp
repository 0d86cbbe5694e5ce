#include "ldap/session/session_impl.hpp"

#include <cerrno>
#include <utility>

#include <sys/socket.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "ldap/session/result_error.hpp"

namespace dirsync::ldap {
namespace asio = boost::asio;

namespace {}  // namespace

Error no_thread() {
    return Error(
        ErrorCode::unreachable,
        "this host allows the process no further thread; until then nothing is read from the directory; "
        "free memory, or raise TasksMax= of the service");
}

std::string seconds_text(std::chrono::milliseconds time) {
    const auto whole = time.count() / 1000;
    const auto tenths = time.count() % 1000 / 100;
    return std::to_string(whole) + (tenths == 0 ? "" : "." + std::to_string(tenths)) + " s";
}

std::shared_ptr<Session> Session::create(asio::any_io_executor executor, SessionSettings settings) {
    return std::shared_ptr<Session>(new Session(std::move(executor), std::move(settings)));
}

Session::Session(asio::any_io_executor executor, SessionSettings settings)
    : executor_(std::move(executor)),
      settings_(std::move(settings)),
      waits_(std::make_unique<Waits>(executor_)) {}

Session::~Session() { close(); }

void Session::interrupt() noexcept {
    if (waits_->descriptor.is_open()) ::shutdown(waits_->descriptor.native_handle(), SHUT_RDWR);
}

/// Drops the connection; a worker that still uses it keeps it until its call has come back.
void Session::close() noexcept {
    if (!open_ || busy_ || aborted_) interrupt();  // a healthy one is left with an unbind request
    open_ = false;
    connection_.reset();
    boost::system::error_code ignored;
    waits_->descriptor.close(ignored);
}

void Session::abort() noexcept {
    aborted_ = true;
    interrupt();
    waits_->timer.cancel();
    if (step_) step_->stop();
    if (!busy_) close();
}

Task<Result<void>> Session::run(std::function<Result<void>()> work) {
    using Outcome = std::optional<Result<void>>;
    const auto outcome = std::make_shared<Outcome>();
    std::function<void()> job = [outcome, work = std::move(work)] { outcome->emplace(work()); };
    const auto step = std::make_shared<BlockingStep>(executor_);
    step_ = step;
    const auto limit = settings_.deadlines.bind;
    const auto deadline = Clock::now() + limit;
    step->start(std::move(job));
    const auto end = co_await step->wait(deadline);
    step_.reset();
    if (aborted_ || end == BlockingStep::End::stopped) co_return ended_here();
    if (end == BlockingStep::End::not_started) co_return no_thread();
    last_step_ = connection_->phase();
    if (end == BlockingStep::End::finished) co_return std::move(**outcome);
    interrupt();
    co_return Error(ErrorCode::timeout, last_step_ + ": no answer within " + seconds_text(limit));
}

Task<Result<void>> Session::secure(config::TlsConfig tls) {
    std::function<Result<void>()> work = [connection = connection_, tls = std::move(tls),
                                          how = settings_.bind] { return connection->secure(tls, how); };
    co_return co_await run(std::move(work));
}

Task<Result<void>> Session::log_in() {
    const std::string account = account_of(settings_.bind);
    if (settings_.binds) {
        auto drawn = co_await draw_on_budget(account);
        if (!drawn) co_return drawn;
    }
    const auto connection = connection_;
    std::function<Result<void>()> work = [connection, how = settings_.bind] { return connection->bind(how); };
    auto bound = co_await run(std::move(work));
    // A call that is still blocked may learn of a refusal later; what is known now counts.
    refused_ = !bound && bound.error().code() == ErrorCode::invalid_credentials && connection->was_refused();
    if (settings_.binds) {
        const auto failure = refused_ ? BindBudget::Outcome::refused : BindBudget::Outcome::unknown;
        settings_.binds->end(account, bound ? BindBudget::Outcome::accepted : failure, Clock::now());
    }
    co_return bound;
}

Task<Result<void>> Session::draw_on_budget(const std::string& account) {
    const auto deadline = Clock::now() + settings_.deadlines.bind;
    last_step_ = "bind";
    for (;;) {
        const auto now = Clock::now();
        const auto verdict = settings_.binds->begin(account, now);
        if (verdict == BindBudget::Verdict::go) co_return Result<void>();
        if (verdict == BindBudget::Verdict::stop) co_return settings_.binds->refusal(account, now);
        if (now >= deadline)
            co_return Error(ErrorCode::timeout,
                            "bind: earlier attempts with the same account are not over yet");
        waits_->timer.expires_at(deadline);
        std::function<void()> wake = [self = weak_from_this()] {
            if (const auto session = self.lock()) session->waits_->timer.cancel();
        };
        settings_.binds->when_one_ended(std::move(wake));
        boost::system::error_code error;
        co_await waits_->timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
        if (aborted_) co_return ended_here();
    }
}

std::optional<std::string> Session::server_certificate() const {
    return open_ ? connection_->server_certificate() : std::nullopt;
}

bool Session::usable() const noexcept {
    if (!open_ || busy_ || aborted_) return false;
    // Nothing is owed by the peer, so an end or a fault of the stream is all that can be read.
    char byte = 0;
    const auto got = ::recv(waits_->descriptor.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got > 0 || (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK));
}

}  // namespace dirsync::ldap
