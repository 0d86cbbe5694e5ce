#include "daemon/write_bell.hpp"

namespace dirsync::daemon {

void WriteBell::close() {
    is_closed_ = true;
    timer_.cancel();
}

Task<bool> WriteBell::wait(std::chrono::milliseconds longest) {
    if (is_closed_) co_return false;
    // All who wait share the timer: the earliest end wakes them all, and they look again.
    const auto now = std::chrono::steady_clock::now();
    const auto end = now + longest;
    if (timer_.expiry() <= now || timer_.expiry() > end) timer_.expires_at(end);
    co_await timer_.async_wait(no_throw);
    co_return !is_closed_;
}

}  // namespace dirsync::daemon
