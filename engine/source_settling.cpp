#include "engine/source_settling.hpp"

#include <algorithm>

#include "model/snapshot.hpp"
#include "model/source_identity.hpp"

namespace dirsync::sync {

bool SourceSettling::holds_something() const noexcept {
    const StoredFacts& facts = parts_.memory.facts();
    return facts.users + facts.groups + facts.memberships + facts.assignments > 0;
}

/// A store that was never filled has nothing to change: it takes its first source, and keeps its id.
bool SourceSettling::is_unused() const noexcept {
    return parts_.memory.facts().cursor.generation == 0 && !holds_something();
}

PendingSourceChange SourceSettling::change(const SourcePair& pair) const {
    const StoredFacts& facts = parts_.memory.facts();
    PendingSourceChange pending;
    pending.from = pair.from;
    pending.to = pair.to;
    pending.users = facts.users;
    pending.groups = facts.groups;
    pending.memberships = facts.memberships;
    pending.assignments = facts.assignments;
    return pending;
}

Task<Result<SourceSettling::Settled>> SourceSettling::settle(const CycleRequest& request,
                                                             CycleReport& report) {
    auto used = co_await used_consent(request.dry_run);
    if (!used) co_return used.error();
    auto wanted = co_await this->wanted(request.dry_run);
    if (!wanted) co_return wanted.error();
    pending_.reset();
    Settled settled;
    settled.reached = std::move(wanted->reached);
    SourceRecord& target = wanted->record;
    bool has_nothing_to_change = is_unused();
    if (has_nothing_to_change && !wanted->same) {
        const auto parked = co_await brings_back_parked();
        if (!parked) co_return parked.error();
        has_nothing_to_change = !*parked;
    }
    if (wanted->same || has_nothing_to_change) {
        auto recorded = co_await record(std::move(target), request.dry_run);
        if (!recorded) co_return recorded.error();
        if (is_read() && !request.source_only) settled.next = Next::read;
        co_return settled;
    }

    const SourceRecord& present = parts_.memory.facts().source;
    const SourcePair pair{source_label(present), source_label(target)};
    const bool needs_consent = effect_of(present, target) == ChangeEffect::removes && holds_something();
    const auto& consent = request.consent ? request.consent : parts_.consent;
    std::string refusal;
    if (needs_consent && consent)
        refusal = why_no_consent(*consent, pair, request.consent ? std::nullopt : *used);
    if (needs_consent && (!consent || !refusal.empty() || request.dry_run)) {
        PendingSourceChange pending = change(pair);
        pending.note = std::move(refusal);
        auto waits = co_await wait_for_consent(std::move(pending), consent.has_value(), request, report);
        if (!waits) co_return waits.error();
        co_return settled;
    }
    if (request.dry_run) {
        const bool begins_anew =
            is_read() && !request.source_only && effect_of(present, target) == ChangeEffect::removes;
        if (begins_anew) {
            parts_.memory.stand_for_emptied(std::move(target));
            settled.next = Next::emptied;
        }
        co_return settled;
    }
    std::optional<SourcePair> uses;
    if (needs_consent && !request.consent) uses = pair;
    auto changed = co_await change_source(std::move(target), std::move(uses), report, request);
    if (!changed) co_return changed.error();
    settled.next = Next::changed;
    co_return settled;
}

/// Whether users and groups of the built-in directory wait for it (semantics 1.5).
Task<Result<bool>> SourceSettling::brings_back_parked() {
    if (!traits_of(parts_.kind).is_edited) co_return false;
    const auto snapshots = co_await parts_.store.snapshots();
    if (!snapshots) co_return snapshots.error();
    co_return std::ranges::any_of(*snapshots, &Snapshot::parked);
}

/// `is_given`: a plan shows the change that a consent leads to.
Task<Result<void>> SourceSettling::wait_for_consent(PendingSourceChange pending, bool is_given,
                                                    const CycleRequest& request, CycleReport& report) {
    if (is_given && pending.note.empty())
        pending.note = "consent was given: the next run changes the source and reads everything anew";
    report.pending = pending;
    report.change_pending = true;
    report.run.outcome = Outcome::held;
    co_return co_await freeze(std::move(pending), request.dry_run);
}

SourceSettling::Wanted SourceSettling::wanted_without_reading() const {
    const SourceRecord& present = parts_.memory.facts().source;
    Wanted wanted;
    wanted.record = unread_source(parts_.kind, parts_.issuer, present.store_id, parts_.now());
    wanted.same = source_label(present) == source_label(wanted.record);
    if (wanted.same) {
        wanted.record = present;
        wanted.record.change_pending = false;
    } else if (!is_unused() && effect_of(present, wanted.record) == ChangeEffect::removes) {
        wanted.record.store_id = random_row_id();
    }
    return wanted;
}

Task<Result<SourceSettling::Wanted>> SourceSettling::wanted(bool dry_run) {
    if (!is_read()) co_return wanted_without_reading();
    const Time now = parts_.now();
    const bool was_unused = is_unused();
    auto connected = co_await parts_.source.connect(parts_.memory.domains().all());
    const SourceRecord& present = parts_.memory.facts().source;
    if (!connected) {
        // That it is another source is certain by its kind already: the old one may not be edited any more.
        if (!traits_of(present.kind).is_read && holds_something()) {
            const auto& configured = parts_.memory.settings().domains;
            auto pending = change({source_label(present), active_directory_label(configured)});
            auto frozen = co_await freeze(std::move(pending), dry_run);
            if (!frozen) co_return frozen.error();
        }
        co_return connected.error();
    }
    Wanted wanted;
    wanted.reached = std::move(*connected);
    const bool keeps_id = was_unused && !present.store_id.is_nil();
    const RowId store_id = keeps_id ? present.store_id : random_row_id();
    wanted.record = adopted(present, wanted.reached, store_id, now);
    wanted.same = compared(present, wanted.reached) == SourceMatch::same &&
                  !parts_.memory.domains().has_another_of_name(wanted.reached);
    co_return wanted;
}

/// Snapshot, removal and new record in one transaction.
Task<Result<void>> SourceSettling::change_source(SourceRecord to, std::optional<SourcePair> used,
                                                 CycleReport& report, const CycleRequest& request) {
    const StoredFacts& facts = parts_.memory.facts();
    SourceChange change;
    change.from_generation = facts.cursor.generation;
    change.from_state = facts.state;
    change.from = facts.source;
    change.to = std::move(to);
    change.used_consent = std::move(used);
    change.run.started = report.run.started;
    change.run.ended = parts_.now();
    change.run.kind = RunKind::source_change;
    change.run.trigger = request.trigger;
    change.run.actor = report.run.actor;
    change.run.note = report.run.note;
    auto changed = co_await parts_.store.change_source(std::move(change));
    if (!changed) co_return changed.error();
    report.changed = std::move(*changed);
    parts_.memory.disown_state();
    co_return Result<void>();
}

Task<Result<void>> SourceSettling::freeze(PendingSourceChange pending, bool dry_run) {
    pending_ = std::move(pending);
    SourceRecord source = parts_.memory.facts().source;
    source.change_pending = true;
    co_return co_await record(std::move(source), dry_run);
}

Task<Result<void>> SourceSettling::record(SourceRecord source, bool dry_run) {
    if (!(source == parts_.memory.facts().source) && !dry_run) {
        auto set = co_await parts_.store.set_source(source);
        if (!set) co_return set.error();
    }
    parts_.memory.facts().source = std::move(source);
    co_return Result<void>();
}

/// The configured consent that was used up already. One that is no longer in the configuration is forgotten,
/// so that it counts when an admin writes it down again (semantics 1.4).
Task<Result<std::optional<SourcePair>>> SourceSettling::used_consent(bool dry_run) {
    if (!parts_.consent && consent_looked_at_) co_return std::nullopt;
    std::optional<SourcePair> configured;
    if (parts_.consent) configured = parts_.consent->pair;
    auto job = [&configured, dry_run](IdentityStore& store) -> Result<std::optional<SourcePair>> {
        auto used = store.sources().used_consent();
        if (!used || !*used || *used == configured || dry_run) return used;
        if (auto forgotten = store.sources().forget_consent(); !forgotten) return forgotten.error();
        return std::optional<SourcePair>();
    };
    auto used = co_await parts_.store.transact(std::move(job));
    if (used && !dry_run) consent_looked_at_ = true;
    co_return used;
}

}  // namespace dirsync::sync
