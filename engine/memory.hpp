#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/task.hpp"
#include "engine/known_domains.hpp"
#include "engine/pinned_scope.hpp"
#include "engine/store/store_client.hpp"
#include "model/settings.hpp"
#include "sync/desired.hpp"
#include "sync/planner/guard_window.hpp"
#include "sync/scope.hpp"

namespace dirsync::sync {

/// The store as the engine has it in memory, and what follows from it and from the settings. Changed on the
/// loop thread only, and never while a job that reads it is on the store's thread.
class Memory {
public:
    /// `is_read`: cycles read the source, so that only they write what it gives.
    Memory(StoreClient& store, SyncSettings settings, bool is_read);

    /// Loads everything. On failure nothing has changed.
    Task<Result<void>> load();
    /// What a change to `source` would leave of a store that holds no rows, for a plan (semantics 5.4).
    /// `load` has to follow it.
    void stand_for_emptied(SourceRecord source);
    /// The facts alone. What is in memory stands for `facts().state` only if `is_of_this_state` after it.
    Task<Result<void>> refresh();
    bool is_of_this_state() const noexcept { return facts_.state == state_; }

    /// Other settings; `rebind` or `load` has to follow before the next read.
    void use(SyncSettings settings);
    /// Binds the settings to the names of the attributes that the store knows.
    void rebind();
    /// After domains were placed.
    void follow_domains();

    /// Refused by the store unless it is as this memory knows it.
    Commit commit() const;
    /// What was committed, with the facts that it led to.
    void committed(const Plan& plan, const GuardTally& tally, StoredFacts facts);
    StateStamp state() const noexcept { return state_; }
    /// This engine changed the store in another way: whatever is loaded next is its own.
    void disown_state() noexcept { state_ = 0; }

    /// Whether another program left the store as it is, and no cycle said so yet.
    bool is_foreign() const noexcept { return is_foreign_; }
    void said_foreign() noexcept { is_foreign_ = false; }
    /// What is in memory was not committed (yet).
    bool is_ahead() const noexcept { return is_ahead_; }
    void set_ahead(bool ahead) noexcept { is_ahead_ = ahead; }

    const SyncSettings& settings() const noexcept { return settings_; }
    const std::string& fingerprint() const noexcept { return fingerprint_; }  ///< of the settings
    /// Whether the store was computed with other settings.
    bool settings_changed() const noexcept { return fingerprint_ != facts_.settings_fingerprint; }
    AttributeNames& names() noexcept { return names_; }
    const AttributeNames& names() const noexcept { return names_; }
    const RowMapper& mapper() const noexcept { return *mapper_; }
    StoredFacts& facts() noexcept { return facts_; }
    const StoredFacts& facts() const noexcept { return facts_; }
    KnownDomains& domains() noexcept { return domains_; }
    const KnownDomains& domains() const noexcept { return domains_; }
    std::vector<bool> active_domains() const { return domains_.active(settings_.domains); }
    Mirror& mirror() noexcept { return *mirror_; }
    const Mirror& mirror() const noexcept { return *mirror_; }
    const StoredIndex& stored() const noexcept { return *stored_; }
    const GuardWindow& passed() const noexcept { return passed_; }  ///< by the guards
    PinnedScope& scope() noexcept { return scope_; }
    const PinnedScope& scope() const noexcept { return scope_; }
    ScopeView& view() noexcept { return view_; }
    const ScopeView& view() const noexcept { return view_; }
    /// The scope on the mirror as it is now.
    ScopeView made_view() const;

private:
    void stand_on(std::unique_ptr<Mirror> mirror, std::unique_ptr<StoredIndex> stored, bool is_foreign);
    void make_mapper();

    StoreClient& store_;
    bool is_read_;
    SyncSettings settings_;
    std::string fingerprint_;
    AttributeNames names_;
    std::unique_ptr<RowMapper> mapper_;
    StoredFacts facts_;
    StateStamp state_ = 0;  // what mirror, index and guards stand for; `facts_` may be ahead. 0: of nothing,
                            // or this engine wrote since: whatever is loaded is its own
    std::unique_ptr<Mirror> mirror_;
    std::unique_ptr<StoredIndex> stored_;
    GuardWindow passed_;
    KnownDomains domains_;
    PinnedScope scope_;
    ScopeView view_;
    bool is_foreign_ = false;
    bool is_ahead_ = false;
};

}  // namespace dirsync::sync
