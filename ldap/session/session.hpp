#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "config/config.hpp"
#include "core/error.hpp"
#include "core/task.hpp"
#include "ldap/session/bind_budget.hpp"
#include "ldap/session/blocking_step.hpp"
#include "ldap/session/connection.hpp"
#include "ldap/session/server_uri.hpp"

namespace dirsync::ldap {

/// How long to wait for a peer.
struct Deadlines {
    std::chrono::milliseconds connect{10'000};   ///< name look-up and TCP, all addresses together
    std::chrono::milliseconds bind{15'000};      ///< TLS, Kerberos and bind together
    std::chrono::milliseconds silence{120'000};  ///< of a server that owes an answer
    std::chrono::milliseconds pace{120'000};     ///< of waiting, in which it must send what least_pace asks
};

/// Bytes a second that a server sends at least while we wait for it (semantics 5.19). A slow line is faster.
inline constexpr std::uint64_t least_pace = 1000;

struct SessionSettings {
    ServerUri server;
    config::TlsConfig tls;
    config::BindConfig bind;
    Deadlines deadlines;
    std::shared_ptr<BindBudget> binds{};  ///< the budget of all sessions of the process; null: no limit
};

/// One authenticated connection to one DC. Never blocks the loop: what can block runs in a BlockingStep.
/// Once an operation was cut off the session is of no use any more; make a new one. All members on the loop
/// thread, one operation at a time; the running one keeps the session alive.
class Session : public std::enable_shared_from_this<Session> {
public:
    static std::shared_ptr<Session> create(boost::asio::any_io_executor executor, SessionSettings settings);
    ~Session();

    /// Connects, secures and binds, once. The error says which step failed and why; unreachable, timeout,
    /// connection_lost, tls_failed, invalid_credentials, insufficient_rights, config_invalid, protocol. With
    /// no attempt left in the budget nothing of the secret is sent: invalid_credentials.
    Task<Result<void>> open();

    /// Runs one search to its end, page after page, and hands every entry to `sink` (which must outlive the
    /// search). After an error the entries that the sink got are not evidence (semantics 5.1).
    Task<Result<void>> search(SearchRequest request, RawEntrySink& sink);

    /// Asks for what changed since `cookie` (MS-ADTS 3.1.1.3.4.1.3), round after round, and hands it to
    /// `sink`. `request` says with which flags. The cookie to go on from next time, once all has come.
    /// cursor_refused: the server does not take this cookie; insufficient_rights: DirSync is refused to this
    /// account, or with these flags; the session lives on then. With any error what the sink got is no
    /// evidence.
    Task<Result<std::string>> dir_sync(SearchRequest request, std::string cookie, RawEntrySink& sink);

    /// Change notification: a search that stays open. From now on the session serves nothing else.
    Result<void> subscribe(SearchRequest request);
    /// True when something came since the last call. Never waits. An error ends the subscription.
    Result<bool> take_notifications();
    /// Calls `then` on the loop, once, when there may be something to take or the session has ended. Does
    /// nothing while an earlier call is still to come.
    void when_readable(std::function<void()> then);

    /// Ends whatever is running with connection_lost and closes the connection, without waiting.
    void abort() noexcept;
    /// Open, idle and not known to be broken. Asks the kernel whether the peer has gone, not the peer.
    bool usable() const noexcept;
    const ServerUri& server() const noexcept { return settings_.server; }
    /// The last step of `open`, finished or not: "connecting", "TLS handshake", "bind", ...
    const std::string& last_step() const noexcept { return last_step_; }
    /// The server or the KDC itself refused name or secret.
    bool was_refused() const noexcept { return refused_; }
    /// The server's certificate (DER) of an open session; nullopt without TLS.
    std::optional<std::string> server_certificate() const;

private:
    using Clock = std::chrono::steady_clock;
    struct Addresses;
    struct Waits;
    /// How much the server has sent since, and how long we waited for it.
    struct Pace {
        Clock::duration waited{};
        std::uint64_t received = 0;
    };

    Session(boost::asio::any_io_executor executor, SessionSettings settings);

    Task<Result<void>> open_steps();
    Task<Result<Addresses>> resolve(Clock::time_point deadline);
    Task<Result<UniqueFd>> dial(Addresses addresses, Clock::time_point deadline);
    Result<void> take_socket(UniqueFd socket);
    Task<Result<void>> secure(config::TlsConfig tls);
    Task<Result<void>> log_in();
    Task<Result<void>> draw_on_budget(const std::string& account);
    /// The blocking part, off the loop, until `deadlines.bind` has passed.
    Task<Result<void>> run(std::function<Result<void>()> work);
    Task<std::string> explain_tls_failure(Addresses addresses);
    bool may_ask() const noexcept { return open_ && !busy_ && !aborted_; }
    /// One request and all of its answer. Ends the session when it was cut off in the middle.
    Task<Result<PendingSearch>> exchange(std::shared_ptr<Connection> connection, const SearchRequest& request,
                                         std::string cookie, RawEntrySink& sink);
    Task<Result<void>> receive(std::shared_ptr<Connection> connection, const SearchRequest& request,
                               PendingSearch& search, RawEntrySink& sink);
    Task<Result<void>> wait_readable(const Connection& connection, Pace& pace);
    void interrupt() noexcept;
    void close() noexcept;

    boost::asio::any_io_executor executor_;
    SessionSettings settings_;
    std::unique_ptr<Waits> waits_;
    std::shared_ptr<BlockingStep> step_;
    std::shared_ptr<Connection> connection_;
    std::string last_step_ = "connecting";
    bool open_ = false;
    bool busy_ = false;
    bool aborted_ = false;
    bool refused_ = false;
    std::optional<PendingSearch> subscription_;
    bool armed_ = false;  // when_readable is to call
};

/// The error for a step that never ran: it says nothing about the server.
Error no_thread();

/// "2 s", "1.5 s": for messages about deadlines.
std::string seconds_text(std::chrono::milliseconds time);

}  // namespace dirsync::ldap
