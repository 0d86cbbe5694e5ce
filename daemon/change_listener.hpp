#pragma once

#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "core/task.hpp"
#include "daemon/cycles/cycles.hpp"

namespace dirsync::daemon {

/// Wakes cycles when the directory says that something changed (semantics 6.2). Polling goes on beside it.
/// Loop thread.
class ChangeListener {
public:
    /// All references outlive this object.
    struct Parts {
        boost::asio::any_io_executor executor;
        RunningEngine& engine;
        Configuration& configuration;
        Cycles& cycles;
        Log& log;
        std::shared_ptr<const ldap::BindBudget> binds;
    };
    explicit ChangeListener(Parts parts) : parts_(std::move(parts)), timer_(parts_.executor) {}

    /// Runs until `stop`, and until the engine's source was ended.
    Task<void> run();
    void stop();

private:
    bool is_wanted() const;
    Task<void> wait(std::chrono::milliseconds length);
    Task<void> lost(Error reason, bool refused_by_directory);

    Parts parts_;
    boost::asio::steady_timer timer_;
    std::string logged_;  ///< why notifications were lost, as it was last logged
    bool is_stopping_ = false;
};

}  // namespace dirsync::daemon
