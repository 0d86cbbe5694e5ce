#include "daemon/store_watch.hpp"

#include <chrono>

namespace dirsync::daemon {
namespace {

/// For one table. Requests to the store wait for so long at most.
constexpr auto longest_look = std::chrono::seconds(30);

}  // namespace

StoreWatch::Seen StoreWatch::look() {
    const auto present = store_.present();
    const std::string reason = present ? std::string() : present.error().message();
    if (reason == reason_) return Seen::as_before;
    reason_ = reason;
    if (!reason.empty()) {
        log_.event(LogEvent::store_lost, {{"reason", reason}});
        return Seen::lost;
    }
    log_.event(LogEvent::store_found);
    return Seen::found;
}

Task<bool> StoreWatch::look_through() {
    const auto done = co_await store_.check_part(longest_look);
    // Damage is reported as a lost store by the `look` that follows.
    if (!done && store_.present()) {
        log_.event(LogEvent::store_failed,
                   {{"doing", "looking through the store"}, {"reason", done.error().message()}});
    }
    co_return !done || *done;
}

}  // namespace dirsync::daemon
