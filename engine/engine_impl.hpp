#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/task.hpp"
#include "engine/damaged_objects.hpp"
#include "engine/directory_reader.hpp"
#include "engine/due_moments.hpp"
#include "engine/engine.hpp"
#include "engine/explainer.hpp"
#include "engine/long_pause.hpp"
#include "engine/memory.hpp"
#include "engine/read_notes.hpp"
#include "engine/skipped_warnings.hpp"
#include "engine/source_settling.hpp"
#include "engine/store/store_client.hpp"
#include "engine/timekeeper.hpp"
#include "sync/planner/planner.hpp"

// The inside of the engine, for engine*.cpp only.
namespace dirsync::sync {

/// Performs cycles by what its parts do: each of them knows only what it is given here.
class Engine::Impl {
public:
    Impl(Parts parts, SyncSettings settings);

    Task<Result<void>> start();
    Task<CycleReport> cycle(CycleRequest request);
    Task<Result<Explanation>> explain(std::string name) {
        return explainer_.explain(std::move(name),
                                  unknown_attributes_.value_or(std::vector<UnknownAttribute>()));
    }
    Task<Result<RevertReport>> revert(std::string run_id, bool dry_run, Asked by);
    void use_settings(SyncSettings settings) { next_settings_ = std::move(settings); }
    Task<Result<void>> refresh_facts();
    const EngineStatus& status() const noexcept { return status_; }
    bool is_time_certain() const { return time_.is_certain(memory_.facts().time.certain); }

private:
    using Read = DirectoryReader::Read;
    /// Objects to be planned again in every cycle, whatever the directory tells.
    struct Pending {
        std::vector<Node> objects;
        std::vector<Node> groups;  ///< of memberships
    };
    /// What is left to do when the plan is made.
    struct Ready {
        Planned planned;
        MirrorDelta delta;
        bool pins_changed = false;
        std::vector<Approval> approvals;  ///< that the plan was made with
    };
    /// What a read means for the plan, once mirror and scope have taken it in.
    struct TakenIn {
        Subject subject;
        bool same_view = false;
        bool pins_changed = false;
        bool was_in_doubt = false;  ///< time is certain now, and was not before
    };

    void take_next_settings();
    Task<Result<void>> reload();
    void forget_earlier_cycles();
    Task<Result<void>> follow_store();
    void show_facts();
    void tell_of_foreign_state(CycleReport& report) const;
    Task<Result<void>> begin(const CycleRequest& request, CycleReport& report);
    Task<Result<void>> attempt(CycleRequest request, CycleReport& report);
    Task<Result<void>> stay_paused(CycleReport& report);
    Task<Result<bool>> settle_source(const CycleRequest& request, CycleReport& report,
                                     std::vector<DomainFacts>& reached);
    Task<Result<void>> keep_put_back(const CycleRequest& request, RunRecord run);
    std::string why_whole(const CycleRequest& request, std::span<const DomainFacts> reached) const;
    Task<Result<void>> carry_out(Read read, const CycleRequest& request, CycleReport& report,
                                 std::vector<DomainFacts> domains_before);
    Task<void> fail(Error error, CycleReport& report, bool dry_run);
    void note(const CycleReport& report);
    Error damage_found();
    bool nothing_is_due() const;
    void take_note_of_nothing(CycleReport& report);

    Task<Result<Ready>> plan(Read read, bool everything);
    TakenIn take_in(Read& read, bool everything);
    Pending pending() const;
    PlanInputs inputs(const Ready& ready, TakenIn taken, Folded& folded,
                      std::span<const Edge> changed_links) const;
    void forget(std::span<const Node> settled, MirrorDelta& delta);
    Task<Result<void>> write(Ready ready, CycleReport& report, const CycleRequest& request);
    bool moves_cursor(const Ready& ready) const;
    void note_next_moment();
    void show_doubt(CycleReport& report);

    Parts parts_;
    Memory memory_;
    Timekeeper time_;
    ReadNotes notes_;
    DirectoryReader reader_;
    SourceSettling source_;
    LongPause pause_;
    SkippedWarnings skipped_;
    DamagedObjects damaged_;
    DueMoments due_;
    Explainer explainer_;
    std::optional<SyncSettings> next_settings_;
    std::vector<std::string> read_notes_;  ///< of the last read that was planned with
    /// By the schemas of the last read; nullopt: nothing was read since the state was loaded.
    std::optional<std::vector<UnknownAttribute>> unknown_attributes_;
    bool begin_again_ = false;                ///< damage was found, nothing was written
    bool whole_read_wanted_ = false;          ///< changes alone cannot answer what is asked now
    std::uint64_t objects_since_commit_ = 0;  ///< told by the directory and not worth a commit
    EngineStatus status_;
};

}  // namespace dirsync::sync
