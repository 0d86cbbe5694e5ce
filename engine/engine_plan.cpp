#include <algorithm>
#include <utility>

#include "engine/engine_impl.hpp"
#include "engine/plan_lines.hpp"
#include "sync/affected.hpp"
#include "sync/planner/held_links.hpp"
#include "sync/planner/unknown_attributes.hpp"

// From what was read to what is committed.
namespace dirsync::sync {
namespace {

/// Of objects that were told and meant nothing, before the cursor is written for their sake.
constexpr std::uint64_t most_untold_objects = 1000;

/// An object that a name of the scope stood for is gone: another one may have the name, which only a whole
/// read shows.
bool pin_was_lost(std::span<const Pin> before, std::span<const Pin> after) {
    return std::any_of(before.begin(), before.end(), [after](const Pin& pin) {
        return !pin.guid.is_nil() && std::none_of(after.begin(), after.end(), [&pin](const Pin& other) {
            return other.key == pin.key && !other.guid.is_nil();
        });
    });
}

/// None of the DCs has been put back under another id. Marks under the old id may fit no DC any more: a
/// process that starts with them alone would believe a DC that is behind (semantics 5.16).
bool same_databases(std::span<const Watermark> now, std::span<const Watermark> before) {
    return std::none_of(now.begin(), now.end(), [before](const Watermark& mark) {
        return std::any_of(before.begin(), before.end(), [&mark](const Watermark& other) {
            return other.dc == mark.dc && other.invocation_id != mark.invocation_id;
        });
    });
}

/// The same domains, whatever server was read and how far it was.
bool same_domains(std::span<const DomainFacts> a, std::span<const DomainFacts> b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const DomainFacts& x, const DomainFacts& y) {
        return x.guid == y.guid && x.dns_name == y.dns_name && x.netbios_name == y.netbios_name &&
               x.sid == y.sid && x.base_dn == y.base_dn && x.unreadable == y.unreadable &&
               same_databases(x.seen, y.seen);
    });
}

/// Those that are done with by this plan. One of what is held on only for want of time waits with it.
std::vector<Approval> approvals_used(const std::vector<Approval>& given, std::span<const Hold> holds,
                                     const Clock& clock) {
    std::vector<Approval> used;
    std::copy_if(given.begin(), given.end(), std::back_inserter(used), [&](const Approval& approval) {
        return clock.certain || std::none_of(holds.begin(), holds.end(), [&approval](const Hold& hold) {
                   return may_depend_on_time(hold.hold) && hold.hold == approval.hold &&
                          std::any_of(approval.objects.begin(), approval.objects.end(),
                                      [&hold](const HeldObject& object) {
                                          return std::binary_search(hold.objects.begin(), hold.objects.end(),
                                                                    object);
                                      });
               });
    });
    return used;
}

/// Names the admin who let through what this run writes, where nobody asked for the run itself
/// (semantics 5.12).
void note_approvals(std::span<const Approval> approvals, RunRecord& run) {
    for (const auto& approval : approvals) {
        run.hold_id += (run.hold_id.empty() ? "" : " ") + approval.hold_id;
        if (run.actor == engine_actor && !approval.actor.empty()) run.actor = approval.actor;
        if (run.note.empty()) run.note = approval.note;
    }
}

bool have_same_ids(std::span<const Hold> a, std::span<const Hold> b) {
    const auto ids = [](std::span<const Hold> holds) {
        std::vector<std::string> list;
        for (const auto& hold : holds) list.push_back(hold.id);
        std::sort(list.begin(), list.end());
        return list;
    };
    return ids(a) == ids(b);
}

}  // namespace

Engine::Impl::Pending Engine::Impl::pending() const {
    const Mirror& mirror = memory_.mirror();
    const StoredIndex& stored = memory_.stored();
    const StoredFacts& facts = memory_.facts();
    Pending pending;
    const auto append = [&mirror](const ObjectGuid& guid, std::vector<Node>& nodes) {
        if (const Node node = guid.is_nil() ? no_node : mirror.find(guid); node != no_node)
            nodes.push_back(node);
    };
    const auto append_held = [&](const HeldObject& object) {
        const auto& [first, second] = object;
        append(second.is_nil() ? first : second, pending.objects);
        if (!second.is_nil()) append(first, pending.groups);
    };
    for (const auto& error : facts.errors) append(error.external_id, pending.objects);
    bool some_stay = false;
    for (const auto& hold : facts.holds) {
        for (const auto& object : hold.objects) append_held(object);
        some_stay |= hold.hold == HoldClass::remove_users || hold.hold == HoldClass::reverted ||
                     hold.hold == HoldClass::scope_edit;
    }
    // A user whose removal is held stays in groups that were emptied meanwhile.
    if (some_stay) {
        for (const auto& [node, since] : stored.out()) {
            if (stored.has_group(node)) pending.groups.push_back(node);
        }
    }
    for (const auto& approval : facts.approvals) {
        for (const auto& object : approval.objects) append_held(object);
    }
    // A revert brings back rows of objects that the directory, and so the mirror, has no more.
    bool some_gone = false;
    for (const auto& undone : facts.reverted) {
        append_held(undone.object);
        some_gone = some_gone || mirror.find(undone.object.first) == no_node;
    }
    for (Node node = 0; some_gone && node < mirror.next_node(); ++node) {
        const bool has_row = stored.has_user(node) || stored.has_group(node);
        if (has_row && !mirror.exists(node)) pending.objects.push_back(node);
    }
    return pending;
}

/// Takes the read into mirror and scope, and finds the objects whose fate may differ by it.
Engine::Impl::TakenIn Engine::Impl::take_in(Read& read, bool everything) {
    const StoredFacts& facts = memory_.facts();
    const SyncSettings& settings = memory_.settings();
    Mirror& mirror = memory_.mirror();
    PinnedScope& scope = memory_.scope();
    const bool reach_stands = !memory_.settings_changed() &&
                              memory_.active_domains() == memory_.view().active_domains() &&
                              !moves_reach(mirror, read.folded);
    const bool scope_stands = scope.stands(facts.pins, read.found, read.folded.delta, mirror);
    mirror.apply(read.folded.delta);
    const bool same_objects =
        scope_stands || !scope.resolve(settings.scope, facts.pins, read.found, mirror, memory_.stored());
    TakenIn taken;
    taken.same_view = reach_stands && same_objects;
    taken.pins_changed = scope.now().pins != facts.pins;
    ScopeView before;
    if (!taken.same_view) before = std::exchange(memory_.view(), memory_.made_view());
    // What depends on time was left alone meanwhile, whatever it was.
    taken.was_in_doubt = time_.clock().certain && facts.time.in_doubt;
    const auto& unknown = read.summary.unknown_attributes;
    const bool other_schema = unknown_attributes_ ? *unknown_attributes_ != unknown : !unknown.empty();
    unknown_attributes_ = unknown;
    // Users who joined a group that was held from coming in are let in with it.
    const bool lets_in_by_edit = std::ranges::any_of(
        facts.approvals, [](const Approval& approval) { return approval.hold == HoldClass::scope_edit; });
    if (everything || lets_in_by_edit || taken.was_in_doubt || memory_.settings_changed() ||
        taken.pins_changed || other_schema || facts.cursor.generation == 0) {
        taken.subject.everything = true;
        return taken;
    }
    const auto open = pending();
    taken.subject = affected({.mirror = mirror,
                              .changes = read.folded.changes,
                              .view_stands = taken.same_view,
                              .before = before,
                              .after = memory_.view(),
                              .stored = memory_.stored(),
                              .scope = settings.scope,
                              .lifecycle = settings.lifecycle,
                              .pending = open.objects,
                              .pending_groups = open.groups,
                              .last = due_.last_cycle(),
                              .clock = time_.clock()});
    return taken;
}

/// `ready` and `changed_links` outlive the inputs.
PlanInputs Engine::Impl::inputs(const Ready& ready, TakenIn taken, Folded& folded,
                                std::span<const Edge> changed_links) const {
    const StoredFacts& facts = memory_.facts();
    const SyncSettings& settings = memory_.settings();
    PlanInputs inputs{.mirror = memory_.mirror(),
                      .fresh = ready.delta,
                      .stored = memory_.stored(),
                      .view = memory_.view(),
                      .mapper = memory_.mapper(),
                      .settings = settings,
                      .subject = std::move(taken.subject),
                      .passed = memory_.passed(),
                      .store_id = facts.source.store_id,
                      .stored_memberships = facts.memberships,
                      .approvals = ready.approvals,
                      .holds = facts.holds,
                      .errors = facts.errors,
                      .reverted = facts.reverted,
                      .quarantined = std::move(folded.quarantined),
                      .held_links = std::move(folded.held_links),
                      .changed_links = changed_links,
                      .settings_changed = memory_.settings_changed() && facts.cursor.generation > 0,
                      .unknown_attributes = *unknown_attributes_,
                      .unnamed = memory_.scope().now().unnamed,
                      .unexcluded = memory_.scope().now().unexcluded,
                      .clock = time_.clock(),
                      .was_in_doubt = taken.was_in_doubt};
    if (inputs.settings_changed)
        inputs.change = change_between(facts.settings_fingerprint, memory_.fingerprint());
    // A filter brings users in or, negated, keeps them out.
    for (auto& filter : filters_that_name(settings.scope, *unknown_attributes_)) {
        inputs.unexcluded.push_back(filter);
        inputs.unnamed.push_back(std::move(filter));
    }
    for (auto& filter : notes_.filters_without_match(settings.scope, facts.holds))
        inputs.unnamed.push_back(std::move(filter));
    return inputs;
}

Task<Result<Engine::Impl::Ready>> Engine::Impl::plan(Read read, bool everything) {
    TakenIn taken = take_in(read, everything);
    Ready ready;
    ready.pins_changed = taken.pins_changed;
    ready.approvals = memory_.facts().approvals;
    ready.delta = std::move(read.folded.delta);
    whole_read_wanted_ = taken.pins_changed && !read.summary.complete &&
                         pin_was_lost(memory_.facts().pins, memory_.scope().now().pins);
    const bool warns_anew = taken.subject.everything || !taken.same_view || !skipped_.is_known();
    const std::vector<Edge> changed_links = std::move(read.folded.changes.edges);
    PlanInputs plan_inputs = inputs(ready, std::move(taken), read.folded, changed_links);
    auto job = [&plan_inputs](IdentityStore& store) {
        std::optional<Result<Planned>> made;
        store.read_together([&] { made.emplace(planned(std::move(plan_inputs), store)); });
        return std::move(*made);
    };
    auto plan = co_await parts_.store.transact(std::move(job));
    if (!plan) co_return plan.error();
    ready.planned = std::move(*plan);

    if (warns_anew || SkippedWarnings::concerns(memory_.mirror(), changed_links)) {
        auto worked_out = co_await skipped_.work_out(memory_, ready.delta, time_.clock());
        if (!worked_out) co_return worked_out.error();
    }
    auto& warnings = ready.planned.warnings;
    warnings = skipped_.lines();
    const auto domains = memory_.domains().names();
    for (auto& note : notes_on_held_links(ready.planned.plan.holds, memory_.mirror(), domains))
        warnings.push_back(std::move(note));

    forget(ready.planned.settled, ready.delta);
    due_.brought_in(time_.clock());
    if (!read.summary.complete) objects_since_commit_ += read.objects;
    co_return ready;
}

/// Takes deleted objects without a row out of the mirror. A placeholder stays of those that a group lists.
void Engine::Impl::forget(std::span<const Node> settled, MirrorDelta& delta) {
    Mirror& mirror = memory_.mirror();
    MirrorDelta forgotten;
    for (const Node node : settled) {
        if (mirror.listed_in(node).empty()) {
            forgotten.removed.push_back(node);
            continue;
        }
        MirrorUpsert placeholder;
        placeholder.row.node = node;
        placeholder.row.guid = mirror.guid(node);
        forgotten.upserts.push_back(std::move(placeholder));
    }
    mirror.apply(forgotten);
    delta.removed.insert(delta.removed.end(), forgotten.removed.begin(), forgotten.removed.end());
    for (auto& placeholder : forgotten.upserts) {
        const Node node = placeholder.row.node;
        std::erase_if(delta.row_updates, [node](const MirrorRow& row) { return row.node == node; });
        std::erase_if(delta.upserts, [node](const MirrorUpsert& upsert) { return upsert.row.node == node; });
        delta.upserts.push_back(std::move(placeholder));
    }
}

/// Whether the store is to remember mirror and cursor as they are now.
bool Engine::Impl::moves_cursor(const Ready& ready) const {
    const Cursor& cursor = memory_.facts().cursor;
    const bool first = cursor.generation == 0;
    // Many changes that mean nothing here are not to be told again at every start.
    return first || objects_since_commit_ > most_untold_objects || !ready.delta.empty() ||
           ready.pins_changed || memory_.settings_changed() ||
           cursor.attribute_names != memory_.names().all() ||
           !same_domains(memory_.domains().all(), cursor.domains);
}

void Engine::Impl::note_next_moment() {
    memory_.domains().note_seen();
    due_.look_ahead(memory_.mirror(), memory_.stored(), memory_.settings().lifecycle, time_.clock());
}

Task<Result<void>> Engine::Impl::write(Ready ready, CycleReport& report, const CycleRequest& request) {
    const Plan& plan = ready.planned.plan;
    const StoredFacts& before = memory_.facts();
    const Clock& clock = time_.clock();
    const auto used = approvals_used(ready.approvals, plan.holds, clock);
    const bool moved = moves_cursor(ready);
    if (!moved && plan.writes_nothing() && have_same_ids(plan.holds, before.holds) && used.empty() &&
        !ready.planned.reverted && clock.certain != before.time.in_doubt) {
        memory_.set_ahead(false);
        note_next_moment();
        co_return Result<void>();
    }
    Commit commit = memory_.commit();
    if (moved) {
        Cursor cursor;
        cursor.generation = before.cursor.generation + 1;
        cursor.domains = memory_.domains().all();
        cursor.attribute_names = memory_.names().all();
        commit.cursor = std::move(cursor);
        commit.mirror = &ready.delta;
    }
    commit.plan = &plan;
    if (ready.pins_changed) commit.pins = memory_.scope().now().pins;
    if (memory_.settings_changed()) commit.settings_fingerprint = memory_.fingerprint();
    for (const auto& approval : used) commit.approvals_used.push_back(approval.hold_id);
    note_approvals(used, report.run);
    commit.reverted = std::move(ready.planned.reverted);
    commit.tally = std::move(ready.planned.tally);
    // Within the tolerance it is the time of the domain controllers: it corrects what was remembered.
    commit.time = StoredTime{clock.certain ? std::optional(clock.now) : before.time.certain, !clock.certain};
    count_changes(plan, report.run);
    report.run.counts.emplace_back("members_skipped", skipped_.others());
    report.run.ended = parts_.now();
    report.run.trigger = request.trigger;
    commit.run = report.run;

    auto job = [&commit](IdentityStore& store) { return store.commit(commit); };
    auto facts = co_await parts_.store.transact(std::move(job));
    if (!facts) co_return facts.error();
    memory_.committed(plan, commit.tally, std::move(*facts));
    memory_.set_ahead(false);
    if (moved) objects_since_commit_ = 0;
    show_facts();
    note_next_moment();
    report.wrote = true;
    report.entity_errors = memory_.facts().errors.size();
    co_return Result<void>();
}

/// Databases that were found put back: the next process must not believe them either, though they may have
/// given out so many numbers by then that nothing shows it (semantics 5.16).
Task<Result<void>> Engine::Impl::keep_put_back(const CycleRequest& request, RunRecord run) {
    const auto found = parts_.source.put_back();
    if (!memory_.domains().distrust(found) || request.dry_run) co_return Result<void>();
    Commit commit = memory_.commit();
    commit.cursor = memory_.facts().cursor;
    ++commit.cursor->generation;
    commit.cursor->domains = memory_.domains().all();
    run.outcome = Outcome::partial;
    run.ended = parts_.now();
    if (run.error.empty())
        run.error = "a domain controller was put back to an earlier state under the same invocation id (" +
                    to_text(found.front()) +
                    "), and is not believed any more: give it a new invocation id (docs/operating.md)";
    commit.run = std::move(run);
    auto job = [&commit](IdentityStore& store) { return store.commit(commit); };
    auto facts = co_await parts_.store.transact(std::move(job));
    if (!facts) co_return facts.error();
    memory_.committed(Plan(), GuardTally(), std::move(*facts));
    co_return Result<void>();
}

}  // namespace dirsync::sync
