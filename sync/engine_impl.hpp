#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sync/affected.hpp"
#include "sync/engine.hpp"
#include "sync/explain.hpp"
#include "sync/planner.hpp"
#include "sync/store_thread.hpp"

// The inside of the engine, for engine*.cpp only.
namespace dirsync::sync {

// Everything in memory is changed on the loop thread only, and never while a job that reads it is on the
// store's thread.
class Engine::Impl {
public:
    Impl(Parts parts, SyncSettings settings);

    Task<Result<void>> start();
    Task<CycleReport> cycle(CycleRequest request);
    Task<Result<Explanation>> explain(std::string name);
    Task<Result<RevertReport>> revert(std::string run_id, bool dry_run);
    void use_settings(SyncSettings settings);
    Task<Result<void>> refresh_facts();
    const EngineStatus& status() const noexcept { return status_; }

private:
    /// What a cycle knows once the directory was read.
    struct Read {
        ReadSummary summary;
        Folded folded;
        std::vector<ObjectGuid> found;  ///< by the scope's names
        std::uint64_t objects = 0;      ///< that were delivered
        bool nothing_new = false;       ///< the directory told nothing at all
    };
    /// The source that the configuration names.
    struct Wanted {
        SourceRecord record;
        bool same = false;                 ///< as the store records
        std::vector<DomainFacts> reached;  ///< empty for a source that is not read
    };
    /// Whose fate is open whatever the directory tells.
    struct Pending {
        std::vector<Node> objects;
        std::vector<Node> groups;  ///< of memberships
    };
    /// What is left to do when the plan is made.
    struct Ready {
        Planned planned;
        MirrorDelta delta;
        ResolvedScope scope;
        bool pins_changed = false;
        std::vector<Approval> approvals;  ///< that the plan was made with
    };

    void take_next_settings();
    std::optional<Time> pause_end() const;
    Task<Result<void>> end_long_pause(CycleReport& report);
    Task<Result<void>> reload();
    Task<Result<void>> attempt(CycleRequest request, CycleReport& report);
    Task<Result<bool>> settle_source(const CycleRequest& request, CycleReport& report,
                                     std::vector<DomainFacts>& reached);
    Task<Result<Wanted>> wanted_source(bool dry_run);
    Task<Result<void>> change_source(SourceRecord to, std::optional<SourcePair> used, CycleReport& report,
                                     const CycleRequest& request);
    Task<Result<void>> freeze(PendingSourceChange pending, bool dry_run);
    Task<Result<void>> record_source(SourceRecord source, bool dry_run);
    Task<Result<std::optional<SourcePair>>> used_consent(bool dry_run);
    PendingSourceChange pending_change(const SourcePair& pair) const;
    bool holds_something() const noexcept;
    std::string why_whole(const CycleRequest& request, std::span<const DomainFacts> reached) const;
    Task<Result<Read>> read(std::vector<DomainFacts> reached, std::string& why_whole);
    Task<Result<Read>> read_once(std::vector<DomainFacts> from, bool whole);
    std::vector<std::uint64_t> unchanged_until(std::span<const DomainFacts> reached) const;
    std::vector<ObjectGuid> quarantined() const;
    std::vector<std::vector<AttributeNames::Index>> unreadable() const;
    Task<Result<void>> keep_unreadable(Fold& fold);
    void note_unreadable(const Fold& fold);
    std::vector<DomainIndex> place_domains(std::vector<DomainFacts>& reached);
    bool nothing_is_due(Time now) const;
    void note_next_moment();
    void take_note_of_nothing(CycleReport& report);
    Task<Result<Ready>> plan(Read read, bool everything);
    Task<Result<void>> write(Ready ready, CycleReport& report, const CycleRequest& request);
    Task<Result<std::vector<ChangeLine>>> lines_of(const Plan& plan);
    Task<void> fail(Error error, CycleReport& report, bool dry_run);

    Task<Result<std::vector<std::string>>> foreign_warnings(SkippedMembers skipped, const MirrorDelta& fresh);
    void append_frozen_notes(std::vector<std::string>& warnings, Time now) const;
    Task<Result<Node>> node_called(std::string name);
    Task<Result<std::vector<IdentityStore::MirrorText>>> texts_of(std::vector<Node> nodes);
    Task<Result<Explanation>> explain_node(Node node, std::string name);

    void bind_settings();
    std::vector<std::string> domain_names() const;
    std::vector<std::optional<Sid>> domain_sids() const;
    std::vector<bool> active_domains() const;
    Pending pending() const;
    std::string fingerprint_of_settings() const;
    void take_facts(StoredFacts facts);
    void note(const CycleReport& report);
    static void count_changes(const Plan& plan, RunRecord& run);

    Parts parts_;
    SyncSettings settings_;
    std::string fingerprint_;  ///< of `settings_`
    AttributeNames names_;
    std::unique_ptr<RowMapper> mapper_;
    std::unique_ptr<Mirror> mirror_;
    std::unique_ptr<StoredIndex> stored_;
    GuardWindow passed_;
    StoredFacts facts_;
    std::vector<DomainFacts> domains_;  ///< of the mirror in memory, by DomainIndex
    std::optional<SyncSettings> next_settings_;
    bool consent_looked_at_ = false;  ///< a used consent that left the configuration was forgotten
    ResolvedScope resolved_;
    ScopeView view_;
    std::vector<std::string> foreign_warnings_;
    std::vector<std::string> unreadable_notes_;  ///< of the last whole read
    std::uint64_t members_skipped_ = 0;
    bool members_known_ = false;              ///< the two above are of the state in memory
    bool whole_read_wanted_ = false;          ///< changes alone cannot answer what is asked now
    std::uint64_t objects_since_commit_ = 0;  ///< told by the directory and not worth a commit
    std::optional<Time> next_moment_;         ///< when time alone changes something; nullopt: never
    bool memory_is_ahead_ = false;            ///< what is in memory was not committed (yet)
    Time last_cycle_{};  ///< of the last one that read the directory whole; before the first, everything is
                         ///< due
    std::optional<Time> pause_applied_;  ///< beginning of the pause for which everybody was disabled
    EngineStatus status_;
};

}  // namespace dirsync::sync
