#include "engine/engine_impl.hpp"
#include "model/source_identity.hpp"

// The part of a cycle that asks whether the source is still the one the store was filled from, and changes it
// (semantics 1.2 to 1.6).
namespace dirsync::sync {

bool Engine::Impl::holds_something() const noexcept {
    return facts_.users + facts_.groups + facts_.memberships + facts_.assignments > 0;
}

PendingSourceChange Engine::Impl::pending_change(const SourcePair& pair) const {
    PendingSourceChange pending;
    pending.from = pair.from;
    pending.to = pair.to;
    pending.users = facts_.users;
    pending.groups = facts_.groups;
    pending.memberships = facts_.memberships;
    pending.assignments = facts_.assignments;
    return pending;
}

/// True when the cycle goes on to read; `reached` are the domains then.
Task<Result<bool>> Engine::Impl::settle_source(const CycleRequest& request, CycleReport& report,
                                               std::vector<DomainFacts>& reached) {
    auto used = co_await used_consent(request.dry_run);
    if (!used) co_return used.error();
    auto wanted = co_await wanted_source(request.dry_run);
    if (!wanted) co_return wanted.error();
    status_.pending.reset();
    reached = std::move(wanted->reached);
    const bool reads = traits_of(parts_.source_kind).is_read && !request.source_only;
    SourceRecord& target = wanted->record;
    // A store that was never filled has nothing to change: it takes its first source, and keeps its id.
    const bool unused = facts_.cursor.generation == 0 && !holds_something();
    if (wanted->same || unused) {
        auto recorded = co_await record_source(std::move(target), request.dry_run);
        if (!recorded) co_return recorded.error();
        co_return reads;
    }

    const SourcePair pair{source_label(facts_.source), source_label(target)};
    const bool needs_consent = effect_of(facts_.source, target) == ChangeEffect::removes && holds_something();
    const auto& consent = request.consent ? request.consent : parts_.consent;
    std::string refusal;
    if (needs_consent && consent)
        refusal = why_no_consent(*consent, pair, request.consent ? std::nullopt : *used);
    if (needs_consent && (!consent || !refusal.empty() || request.dry_run)) {
        PendingSourceChange pending = pending_change(pair);
        pending.note = std::move(refusal);
        if (consent && pending.note.empty())
            pending.note = "consent was given: the next run changes the source and reads everything anew";
        report.pending = pending;
        report.change_pending = true;
        report.run.outcome = Outcome::held;
        auto frozen = co_await freeze(std::move(pending), request.dry_run);
        if (!frozen) co_return frozen.error();
        co_return false;
    }
    if (request.dry_run) {
        const bool begins_anew = reads && effect_of(facts_.source, target) == ChangeEffect::removes;
        if (begins_anew) stand_on_emptied_store(std::move(target));
        co_return begins_anew;
    }
    std::optional<SourcePair> uses;
    if (needs_consent && !request.consent) uses = pair;
    auto changed = co_await change_source(std::move(target), std::move(uses), report, request);
    if (!changed) co_return changed.error();
    co_return reads;
}

Task<Result<Engine::Impl::Wanted>> Engine::Impl::wanted_source(bool dry_run) {
    Wanted wanted;
    const Time now = parts_.now();
    const bool unused = facts_.cursor.generation == 0 && !holds_something();
    if (!traits_of(parts_.source_kind).is_read) {
        wanted.record = unread_source(parts_.source_kind, parts_.issuer, facts_.source.store_id, now);
        wanted.same = source_label(facts_.source) == source_label(wanted.record);
        if (wanted.same) {
            wanted.record = facts_.source;
            wanted.record.change_pending = false;
        } else if (!unused && effect_of(facts_.source, wanted.record) == ChangeEffect::removes) {
            wanted.record.store_id = random_row_id();
        }
        co_return wanted;
    }
    auto connected = co_await parts_.source.connect(domains_);
    if (!connected) {
        // That it is another source is certain by its type already: nobody may go on editing the old one.
        if (!traits_of(facts_.source.kind).is_read && holds_something()) {
            PendingSourceChange pending =
                pending_change({source_label(facts_.source), active_directory_label(settings_.domains)});
            auto frozen = co_await freeze(std::move(pending), dry_run);
            if (!frozen) co_return frozen.error();
        }
        co_return connected.error();
    }
    wanted.reached = std::move(*connected);
    const bool keeps_id = unused && !facts_.source.store_id.is_nil();
    const RowId store_id = keeps_id ? facts_.source.store_id : random_row_id();
    wanted.record = adopted(facts_.source, wanted.reached, store_id, now);
    wanted.same = compared(facts_.source, wanted.reached) == SourceMatch::same;
    co_return wanted;
}

/// Snapshot, removal and new record in one transaction; what is in memory follows from the store again.
Task<Result<void>> Engine::Impl::change_source(SourceRecord to, std::optional<SourcePair> used,
                                               CycleReport& report, const CycleRequest& request) {
    SourceChange change;
    change.from_generation = facts_.cursor.generation;
    change.from_state = facts_.state;
    change.from = facts_.source;
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
    last_cycle_ = {};
    next_moment_.reset();
    state_ = 0;
    auto reloaded = co_await reload();
    if (!reloaded) co_return reloaded.error();
    if (!traits_of(parts_.source_kind).is_read) {
        report.run = report.changed->run;
        report.wrote = true;
    } else {
        report.run.kind = RunKind::full;
    }
    co_return Result<void>();
}

/// What the change would leave of a store that holds no rows, for a plan: it reads the new source from its
/// beginning (semantics 5.4). What is in memory is loaded again afterwards.
void Engine::Impl::stand_on_emptied_store(SourceRecord source) {
    StoredFacts emptied;
    emptied.source = std::move(source);
    emptied.next_node = facts_.next_node;
    emptied.state = facts_.state;
    emptied.paused = facts_.paused;
    emptied.paused_since = facts_.paused_since;
    emptied.time = facts_.time;
    facts_ = std::move(emptied);
    passed_ = GuardWindow();
    distrusted_.clear();
    auto mirror = std::make_unique<Mirror>();
    auto stored = std::make_unique<StoredIndex>();
    mirror->loaded(facts_.next_node);
    stored->loaded();
    memory_is_ahead_ = true;
    stand_on(std::move(mirror), std::move(stored));
}

Task<Result<void>> Engine::Impl::freeze(PendingSourceChange pending, bool dry_run) {
    status_.pending = std::move(pending);
    SourceRecord source = facts_.source;
    source.change_pending = true;
    co_return co_await record_source(std::move(source), dry_run);
}

Task<Result<void>> Engine::Impl::record_source(SourceRecord source, bool dry_run) {
    if (!(source == facts_.source) && !dry_run) {
        auto set = co_await parts_.store.set_source(source);
        if (!set) co_return set.error();
    }
    facts_.source = source;
    status_.source = std::move(source);
    co_return Result<void>();
}

/// The configured consent that was used up already. One that is no longer in the configuration is forgotten,
/// so that it counts when an admin writes it down again (semantics 1.4).
Task<Result<std::optional<SourcePair>>> Engine::Impl::used_consent(bool dry_run) {
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
