#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/unordered/unordered_flat_set.hpp>

#include "core/task.hpp"
#include "engine/engine.hpp"
#include "engine/store_client.hpp"
#include "model/clock.hpp"
#include "sync/affected.hpp"
#include "sync/explain.hpp"
#include "sync/fold.hpp"
#include "sync/planner/planner.hpp"

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
    Task<Result<RevertReport>> revert(std::string run_id, bool dry_run, Asked by);
    void use_settings(SyncSettings settings);
    Task<Result<void>> refresh_facts();
    const EngineStatus& status() const noexcept { return status_; }
    bool is_time_certain() const;

private:
    /// What a cycle knows once the directory was read.
    struct Read {
        ReadSummary summary;
        Folded folded;
        std::vector<ObjectGuid> found;  ///< by the scope's names
        std::uint64_t objects = 0;      ///< that were delivered
        bool nothing_new = false;       ///< the directory told nothing at all
        std::vector<Node> damaged;      ///< whose texts were needed, and are not what was written
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
        bool pins_changed = false;
        std::vector<Approval> approvals;  ///< that the plan was made with
    };

    /// What the names of the scope stand for depends on.
    struct ResolvedFrom {
        std::vector<ObjectGuid> found;                  ///< by the names
        boost::unordered_flat_set<ObjectGuid> objects;  ///< found or pinned
    };

    void take_next_settings();
    HostTime host_time() const;
    void judge_time(std::vector<ServerTime> servers, CycleReport& report);
    Task<Result<bool>> find_out_the_time(CycleReport& report);
    Task<Result<void>> start_pause_clock(CycleReport& report);
    std::optional<Time> pause_end() const;
    static Result<bool> is_still_paused(IdentityStore& store, std::optional<Time> since);
    Task<Result<void>> end_long_pause(CycleReport& report);
    Task<Result<void>> reload();
    Task<Result<void>> follow_store();
    void tell_of_foreign_state(CycleReport& report) const;
    Commit commit_of_memory() const;
    Task<Result<void>> begin(const CycleRequest& request, CycleReport& report);
    Task<Result<void>> attempt(CycleRequest request, CycleReport& report);
    Task<Result<void>> carry_out(Read read, const CycleRequest& request, CycleReport& report,
                                 std::vector<DomainFacts> domains_before);
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
    Task<Result<Read>> read_from_servers(std::vector<DomainFacts> reached, CycleReport& report);
    Task<Result<Read>> read(std::vector<DomainFacts> reached, std::string& why_whole);
    Task<Result<Read>> read_once(std::vector<DomainFacts> from, std::vector<std::uint64_t> unchanged,
                                 bool whole);
    std::vector<std::uint64_t> unchanged_until(std::span<const DomainFacts> reached) const;
    void append_due(const FoldState& fold, std::span<const ObjectGuid> approved,
                    std::vector<ObjectGuid>& absent) const;
    void append_displaced(const FoldState& fold, std::span<const ObjectGuid> found,
                          std::vector<ObjectGuid>& absent) const;
    std::vector<QuarantinedEntry> not_mended(const FoldState& fold, std::size_t& asked_again) const;
    std::vector<ObjectGuid> quarantined() const;
    bool lists_all(std::span<const QuarantinedEntry> entries) const;
    std::vector<std::vector<AttributeNames::Index>> unreadable() const;
    std::vector<AttributeNames::Index> filter_attributes() const;
    Task<Result<std::vector<Node>>> keep_unreadable(Proving& fold);
    void note_unreadable(const Folded& folded);
    Task<Result<void>> ask_for_rights(Proving& fold, std::span<const Node> nodes,
                                      std::span<const std::string_view> before);
    Task<Result<std::vector<ReadRight>>> rights_of(const FoldState& fold, std::span<const LostValue> values);
    Task<Result<void>> keep_hidden_out(LettingIn& fold);
    void note_filters(const Folded& folded, bool whole);
    std::vector<std::string> filters_without_match() const;
    void note_hidden(const Folded& folded);
    std::vector<DomainIndex> place_domains(std::vector<DomainFacts>& reached);
    void note_seen();
    void keep_seen();
    bool nothing_is_due() const;
    void note_next_moment();
    void take_note_of_nothing(CycleReport& report);
    bool scope_stands(const Read& read) const;
    bool resolve_scope(const std::vector<ObjectGuid>& found);
    Task<Result<Ready>> plan(Read read, bool everything);
    void forget(std::span<const Node> settled, MirrorDelta& delta);
    bool is_other_schema(const std::vector<UnknownAttribute>& unknown) const;
    void tell_of_settings(PlanInputs& inputs) const;
    bool found_damage(std::span<const Node> damaged);
    Error damage_found();
    std::string note_read_anew(const MirrorDelta& fresh);
    Task<Result<void>> write(Ready ready, CycleReport& report, const CycleRequest& request);
    Task<Result<std::vector<ChangeLine>>> lines_of(const Plan& plan);
    Task<void> fail(Error error, CycleReport& report, bool dry_run);

    Task<Result<std::vector<std::string>>> foreign_warnings(SkippedMembers skipped, const MirrorDelta& fresh);
    void append_frozen_notes(std::vector<std::string>& warnings) const;
    Task<Result<Node>> node_called(std::string name);
    Task<Result<Explanation>> explain_node(Node node, std::string name);

    void bind_settings();
    std::vector<std::string> domain_names() const;
    std::vector<std::optional<Sid>> domain_sids() const;
    std::vector<bool> active_domains() const;
    Pending pending() const;
    void take_facts(StoredFacts facts);
    void note(const CycleReport& report);
    static void note_approvals(std::span<const Approval> approvals, RunRecord& run);
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
    StateStamp state_ = 0;  ///< what mirror, index and guards in memory stand for; `facts_` may be ahead. 0:
                            ///< of nothing, or this engine wrote since: whatever is loaded is its own
    std::vector<DomainFacts> domains_;                   ///< of the mirror in memory, by DomainIndex
    std::map<ObjectGuid, std::vector<Watermark>> seen_;  ///< of `domains_`, by the last read taken in
    std::optional<SyncSettings> next_settings_;
    bool consent_looked_at_ = false;  ///< a used consent that left the configuration was forgotten
    ResolvedScope resolved_;
    std::optional<ResolvedFrom> resolved_from_;  // nullopt: the next plan works it out anew
    ScopeView view_;
    std::vector<std::string> foreign_warnings_;
    std::optional<std::vector<bool>> matching_filters_;  // since the last whole read; nullopt: there was none
    std::vector<std::string> unreadable_notes_;          ///< of the last whole read
    std::vector<std::string> read_notes_;                ///< of the last read that was planned with
    /// By the schemas of the last read; nullopt: nothing was read since the state was loaded.
    std::optional<std::vector<UnknownAttribute>> unknown_attributes_;
    std::uint64_t members_skipped_ = 0;
    std::vector<Node> distrusted_;            ///< objects whose texts in the store are damaged, sorted
    bool reads_anew_ = false;                 ///< no whole read has shown all of them yet
    bool begin_again_ = false;                ///< damage was found, nothing was written
    bool members_known_ = false;              ///< the two above are of the state in memory
    bool whole_read_wanted_ = false;          ///< changes alone cannot answer what is asked now
    std::uint64_t objects_since_commit_ = 0;  ///< told by the directory and not worth a commit
    std::optional<Time> next_moment_;         ///< when time alone changes something; nullopt: never
    bool foreign_ = false;          ///< `state_` was left by somebody else, and no cycle said so yet
    bool memory_is_ahead_ = false;  ///< what is in memory was not committed (yet)
    Time last_cycle_{};  ///< of the last one that brought all in while time was certain; before the first,
                         ///< everything is due
    Clock clock_;        ///< of the cycle that runs
    std::optional<HostTime> agreed_;     ///< when a domain controller last agreed about the time
    std::optional<Time> pause_applied_;  ///< beginning of the pause for which everybody was disabled
    EngineStatus status_;
};

}  // namespace dirsync::sync
