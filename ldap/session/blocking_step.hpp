#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace dirsync::ldap {

/// Runs a call that may block (name look-up, TLS handshake, Kerberos) away from the loop, and waits for it
/// no longer than a deadline. Each step has a thread of its own: a look-up that hangs for half a minute in a
/// library that cannot be interrupted must not hold up the next server. All members on the loop thread.
///
/// A step that is given up runs to its end unseen. Whatever the job touches must therefore belong to the
/// job: let it hold shared pointers, never references into its starter.
class BlockingStep {
public:
    enum class End { finished, deadline, stopped, not_started };

    explicit BlockingStep(boost::asio::any_io_executor executor);
    /// Gives the job up if it still runs.
    ~BlockingStep();
    BlockingStep(const BlockingStep&) = delete;
    BlockingStep& operator=(const BlockingStep&) = delete;

    /// Starts `job`, once. It must not throw. All signals are blocked in it, so that a write to a closed
    /// connection is an error and not SIGPIPE. When the system gives no thread, the wait says so.
    void start(std::function<void()> job);
    /// `finished` once the job is done, `not_started` without a thread, else `deadline`, else `stopped`. May
    /// be called again.
    boost::asio::awaitable<End> wait(std::chrono::steady_clock::time_point deadline);
    /// Ends a wait, the running one and later ones. The job is not told.
    void stop() noexcept;

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace dirsync::ldap
