#include <algorithm>

#include "engine/engine_impl.hpp"
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

/// A member that is neither a user nor a group: skipped, and counted.
bool has_odd_member(const Mirror& mirror, std::span<const Edge> edges) {
    return std::any_of(edges.begin(), edges.end(), [&mirror](Edge edge) {
        if (!mirror.exists(edge.member)) return true;
        const EntryKind kind = mirror.kind(edge.member);
        return kind != EntryKind::user && kind != EntryKind::group;
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

}  // namespace

/// Who let through what this run writes, where the run itself was nobody's wish (semantics 5.12).
void Engine::Impl::note_approvals(std::span<const Approval> approvals, RunRecord& run) {
    for (const auto& approval : approvals) {
        run.hold_id += (run.hold_id.empty() ? "" : " ") + approval.hold_id;
        if (run.actor == engine_actor && !approval.actor.empty()) run.actor = approval.actor;
        if (run.note.empty()) run.note = approval.note;
    }
}

Engine::Impl::Pending Engine::Impl::pending() const {
    Pending pending;
    const auto append = [this](const ObjectGuid& guid, std::vector<Node>& nodes) {
        if (const Node node = guid.is_nil() ? no_node : mirror_->find(guid); node != no_node)
            nodes.push_back(node);
    };
    const auto append_held = [&](const HeldObject& object) {
        const auto& [first, second] = object;
        append(second.is_nil() ? first : second, pending.objects);
        if (!second.is_nil()) append(first, pending.groups);
    };
    for (const auto& error : facts_.errors) append(error.external_id, pending.objects);
    bool some_stay = false;
    for (const auto& hold : facts_.holds) {
        for (const auto& object : hold.objects) append_held(object);
        some_stay |= hold.hold == HoldClass::remove_users || hold.hold == HoldClass::reverted ||
                     hold.hold == HoldClass::scope_edit;
    }
    // Whose removal is held stays in groups that were emptied meanwhile.
    if (some_stay) {
        for (const auto& [node, since] : stored_->out()) {
            if (stored_->has_group(node)) pending.groups.push_back(node);
        }
    }
    for (const auto& approval : facts_.approvals) {
        for (const auto& object : approval.objects) append_held(object);
    }
    // A revert brings back rows of objects that the directory, and so the mirror, has no more.
    bool some_gone = false;
    for (const auto& undone : facts_.reverted) {
        append_held(undone.object);
        some_gone = some_gone || mirror_->find(undone.object.first) == no_node;
    }
    for (Node node = 0; some_gone && node < mirror_->next_node(); ++node) {
        const bool has_row = stored_->has_user(node) || stored_->has_group(node);
        if (has_row && !mirror_->exists(node)) pending.objects.push_back(node);
    }
    return pending;
}

/// Nothing that `resolved_` was worked out from changes with this read. Asked before the mirror takes it in.
bool Engine::Impl::scope_stands(const Read& read) const {
    if (!resolved_from_ || facts_.pins != resolved_.pins || read.found != resolved_from_->found) return false;
    const auto& objects = resolved_from_->objects;
    const MirrorDelta& delta = read.folded.delta;
    const auto is_named = [&objects](const MirrorRow& row) { return objects.contains(row.guid); };
    return std::none_of(delta.upserts.begin(), delta.upserts.end(),
                        [&](const MirrorUpsert& upsert) { return is_named(upsert.row); }) &&
           std::none_of(delta.row_updates.begin(), delta.row_updates.end(), is_named) &&
           std::none_of(delta.removed.begin(), delta.removed.end(),
                        [&](Node node) { return objects.contains(mirror_->guid(node)); });
}

/// True when the names of the scope stand for other objects than before.
bool Engine::Impl::resolve_scope(const std::vector<ObjectGuid>& found) {
    ResolvedScope scope = resolved(settings_.scope, facts_.pins, found, *mirror_, *stored_);
    const bool differs = scope.nodes != resolved_.nodes || scope.also_excluded != resolved_.also_excluded;
    resolved_ = std::move(scope);
    resolved_from_.reset();
    // What exclusions stand for depends on rows as well.
    const bool excludes = !settings_.scope.exclude_users.empty() || !settings_.scope.exclude_groups.empty();
    if (excludes || resolved_.pins != facts_.pins) return differs;
    ResolvedFrom& from = resolved_from_.emplace();
    from.found = found;
    from.objects.insert(found.begin(), found.end());
    for (const Pin& pin : resolved_.pins) from.objects.insert(pin.guid);
    return differs;
}

Task<Result<Engine::Impl::Ready>> Engine::Impl::plan(Read read, bool everything) {
    Ready ready;
    const bool settings_changed = fingerprint_ != facts_.settings_fingerprint;
    const bool reach_stands = !settings_changed && active_domains() == view_.active_domains() &&
                              !moves_reach(*mirror_, read.folded);
    const bool scope_stands = this->scope_stands(read);
    mirror_->apply(read.folded.delta);
    const bool same_objects = scope_stands || !resolve_scope(read.found);
    ready.pins_changed = resolved_.pins != facts_.pins;
    const bool same_view = reach_stands && same_objects;
    ScopeView view = same_view ? std::move(view_)
                               : ScopeView(*mirror_, settings_.scope, resolved_.nodes,
                                           resolved_.also_excluded, active_domains());

    Subject subject;
    // What depends on time was left alone meanwhile, whatever it was.
    const bool was_in_doubt = clock_.certain && facts_.time.in_doubt;
    const bool other_schema = is_other_schema(read.summary.unknown_attributes);
    unknown_attributes_ = std::move(read.summary.unknown_attributes);
    if (everything || was_in_doubt || settings_changed || ready.pins_changed || other_schema ||
        facts_.cursor.generation == 0) {
        subject.everything = true;
    } else {
        const auto open = pending();
        subject = affected({.mirror = *mirror_,
                            .changes = read.folded.changes,
                            .view_stands = same_view,
                            .before = same_view ? view : view_,
                            .after = view,
                            .stored = *stored_,
                            .scope = settings_.scope,
                            .lifecycle = settings_.lifecycle,
                            .pending = open.objects,
                            .pending_groups = open.groups,
                            .last = last_cycle_,
                            .clock = clock_});
    }
    const bool all_members_new = subject.everything || !same_view || !members_known_;
    view_ = std::move(view);
    whole_read_wanted_ =
        ready.pins_changed && pin_was_lost(facts_.pins, resolved_.pins) && !read.summary.complete;
    ready.delta = std::move(read.folded.delta);
    const std::vector<Edge> changed_edges = std::move(read.folded.changes.edges);

    ready.approvals = facts_.approvals;
    PlanInputs inputs{.mirror = *mirror_,
                      .fresh = ready.delta,
                      .stored = *stored_,
                      .view = view_,
                      .mapper = *mapper_,
                      .settings = settings_,
                      .subject = std::move(subject),
                      .passed = passed_,
                      .store_id = facts_.source.store_id,
                      .stored_memberships = facts_.memberships,
                      .approvals = ready.approvals,
                      .holds = facts_.holds,
                      .errors = facts_.errors,
                      .reverted = facts_.reverted,
                      .quarantined = std::move(read.folded.quarantined),
                      .held_links = std::move(read.folded.held_links),
                      .changed_links = changed_edges,
                      .settings_changed = settings_changed && facts_.cursor.generation > 0,
                      .clock = clock_,
                      .was_in_doubt = was_in_doubt};
    tell_of_settings(inputs);
    auto job = [&inputs](IdentityStore& store) {
        std::optional<Result<Planned>> made;
        store.read_together([&] { made.emplace(planned(std::move(inputs), store)); });
        return std::move(*made);
    };
    auto plan = co_await parts_.store.transact(std::move(job));
    if (!plan) co_return plan.error();
    ready.planned = std::move(*plan);

    if (all_members_new || has_odd_member(*mirror_, changed_edges)) {
        SkippedMembers skipped = skipped_members(*mirror_, view_);
        members_skipped_ = skipped.others;
        auto foreign = co_await foreign_warnings(std::move(skipped), ready.delta);
        if (!foreign) co_return foreign.error();
        foreign_warnings_ = std::move(*foreign);
        append_frozen_notes(foreign_warnings_);
        members_known_ = true;
    }
    ready.planned.warnings = foreign_warnings_;
    for (auto& note : notes_on_held_links(ready.planned.plan.holds, *mirror_, domain_names()))
        ready.planned.warnings.push_back(std::move(note));

    forget(ready.planned.settled, ready.delta);
    if (clock_.certain) last_cycle_ = clock_.now;
    if (!read.summary.complete) objects_since_commit_ += read.objects;
    co_return ready;
}

/// Takes deleted objects without a row out of the mirror. A placeholder stays of those that a group lists.
void Engine::Impl::forget(std::span<const Node> settled, MirrorDelta& delta) {
    MirrorDelta forgotten;
    for (const Node node : settled) {
        if (mirror_->listed_in(node).empty()) {
            forgotten.removed.push_back(node);
            continue;
        }
        MirrorUpsert placeholder;
        placeholder.row.node = node;
        placeholder.row.guid = mirror_->guid(node);
        forgotten.upserts.push_back(std::move(placeholder));
    }
    mirror_->apply(forgotten);
    delta.removed.insert(delta.removed.end(), forgotten.removed.begin(), forgotten.removed.end());
    for (auto& placeholder : forgotten.upserts) {
        const Node node = placeholder.row.node;
        std::erase_if(delta.row_updates, [node](const MirrorRow& row) { return row.node == node; });
        std::erase_if(delta.upserts, [node](const MirrorUpsert& upsert) { return upsert.row.node == node; });
        delta.upserts.push_back(std::move(placeholder));
    }
}

bool Engine::Impl::is_other_schema(const std::vector<UnknownAttribute>& unknown) const {
    return unknown_attributes_ ? *unknown_attributes_ != unknown : !unknown.empty();
}

/// What of the settings is another one than the store was computed with, and what of them cannot be used.
void Engine::Impl::tell_of_settings(PlanInputs& inputs) const {
    if (inputs.settings_changed) inputs.change = change_between(facts_.settings_fingerprint, fingerprint_);
    inputs.unknown_attributes = *unknown_attributes_;
    inputs.unnamed = resolved_.unnamed;
    inputs.unexcluded = resolved_.unexcluded;
    // A filter brings somebody in or, negated, keeps somebody out.
    for (auto& filter : filters_that_name(settings_.scope, *unknown_attributes_)) {
        inputs.unexcluded.push_back(filter);
        inputs.unnamed.push_back(std::move(filter));
    }
    for (auto& filter : filters_without_match()) inputs.unnamed.push_back(std::move(filter));
}

Task<Result<void>> Engine::Impl::write(Ready ready, CycleReport& report, const CycleRequest& request) {
    const Plan& plan = ready.planned.plan;
    Commit commit = commit_of_memory();
    const auto ids = [](const std::vector<Hold>& holds) {
        std::vector<std::string> list;
        for (const auto& hold : holds) list.push_back(hold.id);
        std::sort(list.begin(), list.end());
        return list;
    };
    const auto used = approvals_used(ready.approvals, plan.holds, clock_);
    const bool first = facts_.cursor.generation == 0;
    // Many changes that mean nothing to us are not to be told again at every start.
    const bool moved = first || objects_since_commit_ > most_untold_objects || !ready.delta.empty() ||
                       ready.pins_changed || fingerprint_ != facts_.settings_fingerprint ||
                       facts_.cursor.attribute_names != names_.all() ||
                       !same_domains(domains_, facts_.cursor.domains);
    if (!moved && plan.writes_nothing() && ids(plan.holds) == ids(facts_.holds) && used.empty() &&
        !ready.planned.reverted && clock_.certain != facts_.time.in_doubt) {
        memory_is_ahead_ = false;
        note_seen();
        note_next_moment();
        co_return Result<void>();
    }
    if (moved) {
        Cursor cursor;
        cursor.generation = facts_.cursor.generation + 1;
        cursor.domains = domains_;
        cursor.attribute_names = names_.all();
        commit.cursor = std::move(cursor);
        commit.mirror = &ready.delta;
    }
    commit.plan = &plan;
    if (ready.pins_changed) commit.pins = resolved_.pins;
    if (fingerprint_ != facts_.settings_fingerprint) commit.settings_fingerprint = fingerprint_;
    for (const auto& approval : used) commit.approvals_used.push_back(approval.hold_id);
    note_approvals(used, report.run);
    commit.reverted = std::move(ready.planned.reverted);
    commit.tally = std::move(ready.planned.tally);
    // Within the tolerance it is the time of the domain controllers: it corrects what was remembered.
    commit.time =
        StoredTime{clock_.certain ? std::optional(clock_.now) : facts_.time.certain, !clock_.certain};
    count_changes(plan, report.run);
    report.run.counts.emplace_back("members_skipped", members_skipped_);
    report.run.ended = parts_.now();
    report.run.trigger = request.trigger;
    commit.run = report.run;

    StateStamp written = 0;
    auto job = [&commit, &written](IdentityStore& store) -> Result<StoredFacts> {
        auto committed = store.commit(commit);
        if (!committed) return committed.error();
        written = *committed;
        return store.facts();
    };
    auto facts = co_await parts_.store.transact(std::move(job));
    if (!facts) co_return facts.error();
    stored_->apply(plan);
    passed_.apply(commit.tally);
    state_ = written;
    memory_is_ahead_ = false;
    if (moved) objects_since_commit_ = 0;
    take_facts(std::move(*facts));
    note_seen();
    note_next_moment();
    report.wrote = true;
    report.entity_errors = facts_.errors.size();
    co_return Result<void>();
}

}  // namespace dirsync::sync
