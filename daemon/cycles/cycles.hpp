#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "core/task.hpp"
#include "daemon/configuration.hpp"
#include "daemon/cycles/agenda.hpp"
#include "daemon/cycles/cycle_log.hpp"
#include "daemon/cycles/jobs.hpp"
#include "daemon/refusals.hpp"
#include "daemon/running_engine.hpp"
#include "daemon/store_watch.hpp"

namespace dirsync::daemon {

/// Runs cycles, when they are due and when somebody asks, one at a time; and what must not run beside one:
/// reverts and reloads. Can be made, stopped and destroyed while the process lives; destroy it once `run`
/// came back. Loop thread.
class Cycles {
public:
    using Clock = Agenda::Clock;
    using Point = Agenda::Point;

    /// All references outlive this object.
    struct Parts {
        boost::asio::any_io_executor executor;
        RunningEngine& engine;
        sync::StoreClient& store;
        Configuration& configuration;
        StoreWatch& store_watch;
        Log& log;
        std::shared_ptr<const ldap::BindBudget> binds;  ///< of the process
        std::function<void()> wrote;                    ///< the journal may have grown
        std::function<void()> status_changed;           ///< the service manager should hear of it
        std::function<void()>
            gives_up;  ///< the configuration cannot work, and has never worked since the start
        Clock::duration first_look_through;  ///< how long after the start the store is first looked through
    };
    /// Since the start.
    struct Tally {
        std::uint64_t cycles = 0;
        std::array<std::uint64_t, 7> failures{};  ///< by ErrorClass
        std::optional<Time> last_success;
        std::optional<ErrorCode> last_failure;  ///< of the last cycle that may write
    };
    explicit Cycles(Parts parts);

    /// Runs until `stop`, and ends what is under way then: a read is cut off with nothing written, a commit
    /// is finished. The engine has been started.
    Task<void> run();
    /// Everything that waits for a cycle, now or later, gets `why`.
    void stop(Error why);

    /// The functions below come back at once. Their answers may be waited for, or not.
    Answer<sync::CycleReport> ask_for_cycle(sync::CycleRequest request,
                                            std::optional<sync::SyncSettings> settings = std::nullopt);
    /// Joins a cycle that waits already, if there is one that serves as well (JobQueue::join_cycle).
    Answer<sync::CycleReport> join_cycle(bool full, std::string trigger, sync::Asked by);
    Answer<sync::RevertReport> ask_for_revert(std::string run_id, bool dry_run, sync::Asked by);
    /// The answer comes when it is in force, and when it is known whether a change of the source waits.
    Answer<void> ask_for_reload(config::Config config);

    /// The directory says that something changed.
    void notified();
    /// The store says so.
    void set_paused(bool paused);
    /// Looks whether the store can still be used.
    void look_at_store();
    /// Credentials were refused outside of a cycle; `by_directory`: it was asked, and counts that.
    Task<void> credentials_refused(Error reason, bool by_directory);
    /// Why credentials of `config` are not to be tried now (semantics 5.8); nullopt: they may be.
    std::optional<Error> why_not_to_bind(const config::Config& config) const;
    bool is_denied() const { return agenda_.is_denied(Clock::now()); }
    /// Refused credentials that the engine does not know of, because no cycle met them: before the start, or
    /// when a reload asked the source who it is. Until a cycle has ended.
    const std::optional<Error>& unreported_refusal() const noexcept { return unreported_refusal_; }

    const Tally& tally() const noexcept { return tally_; }
    std::optional<Point> next_cycle() const noexcept { return agenda_.next_cycle(); }

private:
    Task<void> perform(CycleJob job);
    Task<void> perform(RevertJob job);
    Task<void> perform(ReloadJob job);
    Task<void> take_a_step();
    Task<sync::CycleReport> run_cycle(sync::CycleRequest request);
    Task<sync::CycleReport> attempt(sync::CycleRequest request);
    void count(const sync::CycleReport& report, bool full, Point now);
    Task<void> ask_who_the_source_is();

    Agenda::Sight sight(Point now);
    std::optional<Point> pause_end(Point now) const;
    Task<void> end_long_pause(Point now);
    Task<void> follow_pause(Point now);
    Task<void> look_through_store(Point now);
    Task<void> prune_journal();

    std::string fingerprint() const;
    bool may_bind(Point now);
    void tell_of_refusal(const Error& reason);
    void note_refusal(const sync::CycleReport& report, std::string fingerprint, Point now);
    Task<void> recall_refusal();
    Task<void> remember_refusal(std::string fingerprint, bool refused);
    void wake() { timer_.cancel(); }

    Parts parts_;
    boost::asio::steady_timer timer_;
    JobQueue queue_;
    Agenda agenda_;
    Refusals refusals_;
    sync::CycleReport refused_report_;  ///< what is answered while `refusals_` say no
    std::optional<Error> unreported_refusal_;
    bool is_refusal_stored_ = false;
    CycleLog cycle_log_;
    Tally tally_;
    std::mt19937 random_;
    bool is_stopping_ = false;
};

}  // namespace dirsync::daemon
