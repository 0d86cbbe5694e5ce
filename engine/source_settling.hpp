#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/task.hpp"
#include "engine/engine.hpp"
#include "engine/memory.hpp"
#include "model/seams/directory_source.hpp"

namespace dirsync::sync {

/// Asks at the beginning of a cycle whether the source is still the one that the store was filled from, and
/// changes it (semantics 1.2 to 1.6).
class SourceSettling {
public:
    struct Parts {
        DirectorySource& source;
        StoreClient& store;
        Memory& memory;
        std::function<Time()> now;
        SourceKind kind;                       ///< that the configuration names
        std::string issuer;                    ///< of an identity provider that pushes; empty: there is none
        std::optional<SourceConsent> consent;  ///< of the configuration, to one change of the source
    };
    explicit SourceSettling(Parts parts) : parts_(std::move(parts)) {}

    enum class Next : std::uint8_t {
        read,     ///< the cycle goes on to read
        emptied,  ///< a plan goes on to read, as if from the beginning: memory stands for an emptied store
        nothing,  ///< the cycle is over
        changed,  ///< the source was changed, as the report says: memory is to be loaded again; then the
                  ///< cycle goes on to read, if the new source is read
    };
    struct Settled {
        Next next = Next::nothing;
        std::vector<DomainFacts> reached;  ///< domains; empty for a source that is not read
    };
    /// On failure the source is as it was. Fills the report with what waits for a consent, or was changed.
    Task<Result<Settled>> settle(const CycleRequest& request, CycleReport& report);

    /// What waits for a consent since the last cycle; nullopt: nothing.
    const std::optional<PendingSourceChange>& pending() const noexcept { return pending_; }

private:
    /// The source that the configuration names.
    struct Wanted {
        SourceRecord record;
        bool same = false;                 ///< as the store records
        std::vector<DomainFacts> reached;  ///< empty for a source that is not read
    };

    bool is_read() const { return traits_of(parts_.kind).is_read; }
    bool holds_something() const noexcept;
    bool is_unused() const noexcept;
    PendingSourceChange change(const SourcePair& pair) const;
    Task<Result<Wanted>> wanted(bool dry_run);
    Wanted wanted_without_reading() const;
    Task<Result<bool>> brings_back_parked();
    Task<Result<void>> wait_for_consent(PendingSourceChange pending, bool is_given,
                                        const CycleRequest& request, CycleReport& report);
    Task<Result<void>> change_source(SourceRecord to, std::optional<SourcePair> used, CycleReport& report,
                                     const CycleRequest& request);
    Task<Result<void>> freeze(PendingSourceChange pending, bool dry_run);
    Task<Result<void>> record(SourceRecord source, bool dry_run);
    Task<Result<std::optional<SourcePair>>> used_consent(bool dry_run);

    Parts parts_;
    std::optional<PendingSourceChange> pending_;
    bool consent_looked_at_ = false;  // a used consent that left the configuration was forgotten
};

}  // namespace dirsync::sync
