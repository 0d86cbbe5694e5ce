#include <algorithm>

#include "sync/planner/planner_parts.hpp"

namespace dirsync::sync {

MirrorTexts::MirrorTexts(const MirrorDelta& fresh, IdentityStore& rows) : rows_(rows) {
    for (const auto& upsert : fresh.upserts) fresh_.emplace(upsert.row.node, upsert.attributes);
}

Result<std::vector<std::string_view>> MirrorTexts::attributes_of(std::span<const Node> nodes) {
    std::vector<Node> on_disk;
    for (const Node node : nodes) {
        if (!is_fresh(node)) on_disk.push_back(node);
    }
    read_.clear();
    if (!on_disk.empty()) {
        auto texts = rows_.mirror_texts(on_disk);
        if (!texts) return texts.error();
        read_ = std::move(*texts);
        for (std::size_t i = 0; i < read_.size(); ++i) {
            if (read_[i].damaged) damaged_.insert(on_disk[i]);
        }
    }
    std::vector<std::string_view> attributes;
    attributes.reserve(nodes.size());
    std::size_t next = 0;
    for (const Node node : nodes) {
        const auto found = fresh_.find(node);
        attributes.push_back(found != fresh_.end() ? found->second
                                                   : std::string_view(read_[next++].attributes));
    }
    return attributes;
}

namespace {

/// Not visible, or not readable, is not out of scope: no clock starts or runs out on it (semantics 5.2).
/// Users of a domain that is not read any more have left (1.2). A user who is seen in another domain has not,
/// even when the entry there cannot be read.
bool is_unread(const PlanInputs& in, const std::optional<MirrorRow>& entry) {
    if (!entry) return false;
    return in.unreadable.contains(entry->guid) || (entry->missing && in.view.is_active(entry->domain));
}

/// What the directory says of a user who has a row. An entry that is no user's any more, as one that was made
/// a computer, still disables, and enables nobody; nor does one that is gone.
Status status_of(const PlanInputs& in, const UserRow& stored, const std::optional<MirrorRow>& entry) {
    const bool is_users = entry && entry->kind == EntryKind::user;
    if (!entry || (!is_users && stored.status == Status::disabled)) return stored.status;
    return status_in_source(*entry, in.clock, stored.status);
}

bool is_place_in_doubt(const PlanInputs& in, const std::optional<MirrorRow>& entry) {
    return entry && in.view.is_active(entry->domain) && in.view.is_place_in_doubt(in.mirror, entry->node);
}

}  // namespace

bool UserTraits::has_left(const PlanInputs& in, const std::optional<MirrorRow>& entry) {
    return !is_unread(in, entry) && !is_place_in_doubt(in, entry);
}

bool GroupTraits::has_left(const PlanInputs& in, const std::optional<MirrorRow>& entry) {
    return !is_unread(in, entry);
}

bool UserTraits::waits_for_time(const PlanInputs& in, const MirrorRow& entry) {
    const bool is_open = !is_expired(entry, in.clock.earliest) && is_expired(entry, in.clock.latest);
    return !in.clock.certain && !entry.disabled && is_open;
}

UserRow UserTraits::stays(const PlanInputs& in, const Row& stored, const std::optional<MirrorRow>& entry) {
    Row row = stored;
    if (entry) row.status = status_of(in, stored, entry);
    return row;
}

std::optional<UserRow> UserTraits::out(const PlanInputs& in, const Row& stored,
                                       const std::optional<MirrorRow>& entry) {
    if (is_unread(in, entry)) return stored;
    const Status in_source = status_of(in, stored, entry);
    if (is_place_in_doubt(in, entry)) {
        // Nobody can say that they left: they stay as they are, but for what the entry itself says.
        Row row = stored;
        if (in_source == Status::disabled) row.status = Status::disabled;
        return row;
    }
    return out_of_scope(stored, in_source, in.settings.lifecycle, in.clock);
}

std::optional<GroupRow> GroupTraits::out(const PlanInputs& in, const Row& stored,
                                         const std::optional<MirrorRow>& entry) {
    if (is_unread(in, entry)) return stored;
    return out_of_scope(stored, in.settings.lifecycle, in.clock);
}

GroupRow GroupTraits::kept(const Row& stored, const Row& desired) {
    Row row = stored;
    row.scope = desired.scope;
    row.out_since = desired.out_since;
    return row;
}

namespace {

template <class Row>
Reason reason_of_scope(const PlanInputs& in, const Row& before, const Row& after, bool is_fresh,
                       bool is_excluded) {
    if (after.scope != before.scope) {
        if (after.scope == ScopeState::out)
            return is_excluded ? Reason::excluded_by_scope : Reason::left_scope;
        if (after.scope == ScopeState::held) return Reason::not_visible;
        return before.scope == ScopeState::out ? Reason::back_in_scope : Reason::visible_again;
    }
    return in.settings_changed && !is_fresh ? Reason::mapping_changed : Reason::changed;
}

}  // namespace

Reason UserTraits::reason_of_update(const PlanInputs& in, const Row& before, const Row& after,
                                    const std::optional<MirrorRow>& entry, bool is_fresh) {
    if (after.status != before.status) {
        if (after.status == Status::enabled) {
            return before.scope == ScopeState::out && after.scope == ScopeState::in
                       ? Reason::back_in_scope
                       : Reason::enabled_in_source;
        }
        if (entry && entry->disabled) return Reason::disabled_in_source;
        if (entry && is_expired(*entry, in.clock.now)) return Reason::expired_in_source;
        return Reason::clock_ran_out;
    }
    return reason_of_scope(in, before, after, is_fresh, entry && in.view.is_excluded_user(entry->node));
}

Reason GroupTraits::reason_of_update(const PlanInputs& in, const Row& before, const Row& after,
                                     const std::optional<MirrorRow>& entry, bool is_fresh) {
    return reason_of_scope(in, before, after, is_fresh, entry && in.view.is_excluded_group(entry->node));
}

/// Takes out of a change what an admin undid; true when nothing is left of it. `whole`: it says all that the
/// directory asks for.
template <class Traits>
bool RowDrafts<Traits>::is_held_by_revert(Change& change, const std::optional<MirrorRow>& entry, bool whole) {
    if (undone_.none()) return false;
    const HeldObject object{entry                             ? entry->guid
                            : change.action == Action::create ? guid_of(change.after)
                                                              : guid_of(change.before),
                            ObjectGuid{}};
    if (change.action == Action::update) {
        undone_.keep(object.first, change.before, change.after, whole);
        return false;
    }
    const Row& row = change.action == Action::create ? change.after : change.before;
    if (!undone_.holds(change.action, object, Traits::name(row))) return false;
    if (change.action == Action::remove) held_removals_.insert(change.node);
    return true;
}

template <class Traits>
Result<void> RowDrafts<Traits>::decide(std::span<const Node> nodes, MirrorTexts& texts, IdentityStore& rows) {
    std::vector<Node> in_scope;
    std::vector<Node> candidates;
    std::vector<std::optional<MirrorRow>> entries(nodes.size());
    std::vector<bool> is_in(nodes.size());
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const Node node = nodes[i];
        if (in_.mirror.exists(node)) entries[i] = in_.mirror.row(node);
        is_in[i] = Traits::is_in(in_, node);
        if (is_in[i]) in_scope.push_back(node);
    }
    auto attributes = texts.attributes_of(in_scope);
    if (!attributes) return attributes.error();

    // Rows whose hash says that nothing changes are not read.
    std::vector<std::optional<decltype(Traits::desired(in_, *entries[0], AttributesView({})))>> desired(
        nodes.size());
    for (std::size_t i = 0, next = 0; i < nodes.size(); ++i) {
        const bool stored = Traits::is_stored(in_.stored, nodes[i]);
        if (is_in[i] && texts.is_damaged(nodes[i])) {
            // Nobody knows what the row should be: it stays as it is (semantics 5.18).
            ++next;
            undone_.leave({entries[i]->guid, ObjectGuid{}});
        } else if (is_in[i]) {
            desired[i] = Traits::desired(in_, *entries[i], AttributesView((*attributes)[next++]));
            const bool same =
                stored && !desired[i]->error && hash_of(desired[i]->row) == in_.stored.hash(nodes[i]);
            if (stored && !same) candidates.push_back(nodes[i]);
            if (same) desired[i].reset();
        } else if (stored) {
            candidates.push_back(nodes[i]);
        }
    }
    auto stored_rows = Traits::read(rows, candidates);
    if (!stored_rows) return stored_rows.error();
    std::size_t next_stored = 0;

    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const Node node = nodes[i];
        typename Traits::Stored* stored = nullptr;
        if (next_stored < stored_rows->size() && (*stored_rows)[next_stored].node == node) {
            stored = &(*stored_rows)[next_stored++];
        }
        Change change;
        change.node = node;
        if (desired[i] && stored != nullptr && stored->row.scope == ScopeState::out) {
            const HeldObject object{guid_of(stored->row), ObjectGuid{}};
            if (is_kept_out_by_edit(in_, guards_, object)) {
                // Still out of the scope with frozen memberships, and its clock goes on.
                scope_edits_.push_back(object);
                held_removals_.insert(node);
                desired[i].reset();
                is_in[i] = false;
            }
        }
        if (desired[i]) {
            if (desired[i]->error) errors_.push_back(*desired[i]->error);
            if (stored == nullptr) {
                // Who is not visible stays as they were: without a row (semantics 5.2).
                if (desired[i]->error || is_unread(in_, entries[i]) ||
                    Traits::waits_for_time(in_, *entries[i])) {
                    undone_.leave({entries[i]->guid, ObjectGuid{}});
                    continue;
                }
                const HeldObject newcomer{entries[i]->guid, ObjectGuid{}};
                if (is_kept_out_by_edit(in_, guards_, newcomer)) {
                    scope_edits_.push_back(newcomer);
                    undone_.leave(newcomer);
                    continue;
                }
                change.action = Action::create;
                change.id = row_id_for(in_.store_id, entries[i]->guid);
                change.after = std::move(desired[i]->row);
                change.reason = Reason::entered_scope;
            } else {
                change.action = Action::update;
                change.id = stored->id;
                change.before = std::move(stored->row);
                change.after = desired[i]->error ? Traits::kept(change.before, desired[i]->row)
                                                 : std::move(desired[i]->row);
                keep_unmappable(change.before, change.after);
            }
        } else if (stored != nullptr) {
            change.id = stored->id;
            change.before = std::move(stored->row);
            const bool deleted = !entries[i] || entries[i]->deleted;
            auto after = deleted ? std::nullopt : Traits::out(in_, change.before, entries[i]);
            if (!deleted && is_held_by_edit(change.before, Traits::has_left(in_, entries[i]))) {
                scope_edits_.emplace_back(guid_of(change.before), ObjectGuid{});
                held_removals_.insert(node);
                after = Traits::stays(in_, change.before, entries[i]);
            }
            if (after) {
                change.action = Action::update;
                change.after = std::move(*after);
                if (Traits::is_group &&
                    is_overdue(change.after.out_since, in_.settings.lifecycle, in_.clock)) {
                    overdue_.push_back(node);
                }
            } else {
                change.action = Action::remove;
                change.reason = deleted ? reason_of_deletion(entries[i]) : Reason::clock_ran_out;
            }
        } else {
            continue;
        }
        const bool whole = is_in[i] && !(desired[i] && desired[i]->error) && !entries[i]->missing;
        if (is_held_by_revert(change, entries[i], whole)) continue;
        if (change.action == Action::update) {
            if (change.after == change.before) continue;
            change.reason =
                Traits::reason_of_update(in_, change.before, change.after, entries[i], texts.is_fresh(node));
        }
        drafts_.push_back(std::move(change));
    }
    return {};
}

bool UserTraits::stays_disabled(const PlanInputs& in, Change& change) {
    if (change.reason != Reason::clock_ran_out) return false;
    const Node node = change.node;
    std::optional<MirrorRow> entry;
    if (in.mirror.exists(node) && in.mirror.kind(node) == EntryKind::user) entry = in.mirror.row(node);
    const Status in_source =
        entry ? status_in_source(*entry, in.clock, change.before.status) : Status::enabled;
    LifecycleSettings lifecycle = in.settings.lifecycle;
    lifecycle.delete_after.reset();
    auto after = out_of_scope(change.before, in_source, lifecycle, in.clock);
    if (!after || *after == change.before) return false;
    change.action = Action::update;
    change.after = std::move(*after);
    // The clock that ran out is the one of the removal.
    change.reason = reason_of_update(in, change.before, change.after, entry, false);
    return true;
}

/// Who is missing was given up without a proof: their time was over, or an admin said so.
template <class Traits>
Reason RowDrafts<Traits>::reason_of_deletion(const std::optional<MirrorRow>& entry) const {
    if (!entry || !entry->missing) return Reason::deleted_in_source;
    const bool is_released = guards_.approved(HoldClass::absent, {entry->guid, ObjectGuid{}});
    return is_released ? Reason::by_admin : Reason::unproven_deletion;
}

/// While time is in doubt nothing is removed because it was absent for too long, even when an admin approved
/// it (semantics 5.13): the removal waits until time is certain.
template <class Traits>
void RowDrafts<Traits>::keep_given_up() {
    if (in_.clock.certain) return;
    std::erase_if(drafts_, [this](const Change& draft) {
        const bool waits = draft.action == Action::remove && draft.reason == Reason::unproven_deletion &&
                           !guards_.approved(HoldClass::reverted, {guid_of(draft.before), ObjectGuid{}});
        if (waits) held_removals_.insert(draft.node);
        return waits;
    });
}

template <class Traits>
void RowDrafts<Traits>::guard_removals(Plan& plan) {
    keep_given_up();
    std::vector<HeldObject> objects;
    for (const auto& draft : drafts_) {
        if (draft.action != Action::remove) continue;
        const HeldObject object{guid_of(draft.before), ObjectGuid{}};
        if (!guards_.approved(HoldClass::absent, object)) objects.push_back(object);
    }
    auto hold = guards_.hold_of(Traits::remove_class, std::move(objects),
                                Traits::remove_limit(in_.settings.safety), Traits::population(in_.stored));
    if (!hold) return;
    boost::unordered_flat_set<ObjectGuid> held;
    for (const auto& [guid, none] : hold->objects) held.insert(guid);
    std::erase_if(drafts_, [&](Change& draft) {
        const bool is_held = draft.action == Action::remove && held.contains(guid_of(draft.before));
        if (!is_held) return false;
        held_removals_.insert(draft.node);
        return !Traits::stays_disabled(in_, draft);
    });
    plan.holds.push_back(std::move(*hold));
}

template <>
void RowDrafts<GroupTraits>::guard_updates(Plan&) {}

template <>
void RowDrafts<UserTraits>::guard_updates(Plan& plan) {
    const auto hold_back = [&](HoldClass hold, const GuardLimit& limit,
                               bool (*applies)(const UserChange&) noexcept, auto&& undo) {
        std::vector<HeldObject> objects;
        for (const auto& draft : drafts_) {
            if (!applies(draft)) continue;
            const bool is_status = hold != HoldClass::rename_users;
            if (is_status && put_back_.contains(guid_of(draft.before))) continue;
            objects.emplace_back(guid_of(draft.before), ObjectGuid{});
        }
        auto held = guards_.hold_of(hold, std::move(objects), limit, in_.stored.users());
        if (!held) return;
        boost::unordered_flat_set<ObjectGuid> guids;
        for (const auto& [guid, none] : held->objects) guids.insert(guid);
        for (auto& draft : drafts_) {
            if (applies(draft) && guids.contains(guid_of(draft.before))) undo(draft);
        }
        plan.holds.push_back(std::move(*held));
    };
    // The status waits: what is left of the change has another reason.
    const auto keep_status = [](Change& c) {
        c.after.status = c.before.status;
        if (c.after.scope == c.before.scope) c.reason = Reason::changed;
    };
    const auto& safety = in_.settings.safety;
    hold_back(HoldClass::disable_users, safety.disable_users, disables, keep_status);
    hold_back(HoldClass::enable_users, safety.enable_users, enables, keep_status);
    hold_back(HoldClass::rename_users, safety.rename_users, renames,
              [](Change& c) { c.after.user_name = c.before.user_name; });
    std::erase_if(drafts_, [](const Change& c) { return c.action == Action::update && c.after == c.before; });
}

template <class Traits>
Result<void> RowDrafts<Traits>::settle(Plan& plan, std::vector<EntityError>& errors, IdentityStore& rows) {
    guard_removals(plan);
    if constexpr (!Traits::is_group) {
        auto found = users_put_back(in_, guards_, drafts_, rows);
        if (!found) return found.error();
        put_back_ = std::move(*found);
    }
    guard_updates(plan);
    if (auto guarded = guard_targets(plan, rows); !guarded) return guarded;
    // The e-mail last: whose userName is refused wants no other e-mail either.
    for (int slot = 0; slot < Traits::slots; ++slot) {
        if (auto judged = judge_names(slot, errors_, rows); !judged) return judged.error();
    }
    errors.insert(errors.end(), std::make_move_iterator(errors_.begin()),
                  std::make_move_iterator(errors_.end()));
    for (const auto& draft : drafts_) {
        if (draft.action == Action::remove) removed_.insert(draft.node);
    }
    Traits::changes(plan) = std::move(drafts_);
    return {};
}

template class RowDrafts<UserTraits>;
template class RowDrafts<GroupTraits>;

}  // namespace dirsync::sync
