#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "config/config.hpp"
#include "core/task.hpp"
#include "engine/engine.hpp"

namespace dirsync::daemon {

/// What comes of a job, for any number of those who wait for it. Copies share one answer, which outlives the
/// job and the queue. Loop thread.
template <class T>
class Answer {
public:
    explicit Answer(const boost::asio::any_io_executor& executor)
        : shared_(std::make_shared<Shared>(executor)) {}

    /// Once; whoever waits goes on later, not within this call.
    void give(Result<T> result) {
        shared_->result.emplace(std::move(result));
        shared_->given.cancel();
    }
    bool is_given() const noexcept { return shared_->result.has_value(); }
    /// Waits for it.
    Task<Result<T>> get() const { return waited_for(shared_); }

private:
    struct Shared {
        explicit Shared(const boost::asio::any_io_executor& executor)
            : given(executor, boost::asio::steady_timer::time_point::max()) {}
        std::optional<Result<T>> result;
        boost::asio::steady_timer given;
    };
    static Task<Result<T>> waited_for(std::shared_ptr<Shared> shared) {
        while (!shared->result) co_await shared->given.async_wait(no_throw);
        co_return *shared->result;
    }
    std::shared_ptr<Shared> shared_;
};

/// A cycle that somebody asked for.
struct CycleJob {
    sync::CycleRequest request;
    std::optional<sync::SyncSettings> settings;  ///< of this dry run alone
    Answer<sync::CycleReport> answer;
};

/// A run to be undone, which no cycle may run beside.
struct RevertJob {
    std::string run_id;
    bool dry_run = false;
    sync::Asked by;
    Answer<sync::RevertReport> answer;
};

/// A configuration to be put in force.
struct ReloadJob {
    config::Config config;
    Answer<void> answer;
};

using Job = std::variant<CycleJob, RevertJob, ReloadJob>;

/// The report of a cycle that could not take place.
sync::CycleReport failed_cycle(Error why);

/// What was asked for and has not begun, in order. Loop thread.
class JobQueue {
public:
    explicit JobQueue(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

    Answer<sync::CycleReport> add_cycle(sync::CycleRequest request,
                                        std::optional<sync::SyncSettings> settings = std::nullopt);
    /// Joins a cycle that waits already, if it is one that writes and will run under the newest
    /// configuration. Else adds one.
    Answer<sync::CycleReport> join_cycle(bool full, std::string trigger, sync::Asked by);
    Answer<sync::RevertReport> add_revert(std::string run_id, bool dry_run, sync::Asked by);
    Answer<void> add_reload(config::Config config);

    /// Takes out the first; nullopt: there is none.
    std::optional<Job> next();
    /// Nothing of this is done any more: `why` is the answer to everything in the queue, and to everything
    /// that is still added.
    void close(Error why);

private:
    template <class OneJob>
    auto put(OneJob job);

    boost::asio::any_io_executor executor_;
    std::deque<Job> jobs_;
    std::optional<Error> closed_;
};

}  // namespace dirsync::daemon
