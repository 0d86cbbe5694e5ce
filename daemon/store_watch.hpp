#pragma once

#include <string>

#include "core/task.hpp"
#include "daemon/logging.hpp"
#include "engine/store/store_client.hpp"

namespace dirsync::daemon {

/// Watches the store as a file that others can reach, too (semantics 5.18), and logs what it sees. Loop
/// thread; store and log outlive it.
class StoreWatch {
public:
    enum class Seen { as_before, lost, found };

    StoreWatch(sync::StoreClient& store, Log& log) : store_(store), log_(log) {}

    /// Whether the file can still be used. Logs it once when it is lost, and once when it is back.
    Seen look();
    /// Looks for damage in a part of the store. True: that was the last part, or it failed.
    Task<bool> look_through();
    /// Why the store cannot be used, by the last look; empty: it can.
    const std::string& reason() const noexcept { return reason_; }

private:
    sync::StoreClient& store_;
    Log& log_;
    std::string reason_;
};

}  // namespace dirsync::daemon
