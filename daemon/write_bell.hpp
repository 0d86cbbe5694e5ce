#pragma once

#include <chrono>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "core/task.hpp"

namespace dirsync::daemon {

/// Wakes whoever waits for the journal to grow. Loop thread; outlives those who wait.
class WriteBell {
public:
    explicit WriteBell(const boost::asio::any_io_executor& executor) : timer_(executor) {}

    /// The journal may have grown: everybody looks again.
    void ring() { timer_.cancel(); }
    /// Nobody waits any more.
    void close();
    /// Comes back after the next `ring`, at the latest after `longest`. False: closed.
    Task<bool> wait(std::chrono::milliseconds longest);

private:
    boost::asio::steady_timer timer_;
    bool is_closed_ = false;
};

}  // namespace dirsync::daemon
