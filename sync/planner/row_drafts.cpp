#include "sync/planner/row_drafts.hpp"

#include <algorithm>
#include <iterator>

namespace dirsync::sync {

/// Takes out of a change what an admin undid; true when nothing is left of it.
template <class Rules>
bool RowDrafts<Rules>::is_held_by_revert(Change& change, const Candidate& object, bool is_fresh) {
    if (undone_.none()) return false;
    const ObjectGuid guid = object.entry                      ? object.entry->guid
                            : change.action == Action::create ? guid_of(change.after)
                                                              : guid_of(change.before);
    if (change.action == Action::update) {
        const bool has_error = object.desired && object.desired->error;
        const bool says_all = object.is_in && !has_error && !object.entry->missing;
        const Reason cause =
            Rules::reason_of_update(in_, change.before, change.after, object.entry, is_fresh);
        undone_.keep(guid, change.before, change.after, says_all, cause);
        return false;
    }
    const Row& row = change.action == Action::create ? change.after : change.before;
    if (!undone_.holds(change.action, {guid, ObjectGuid{}}, Rules::name(row))) return false;
    if (change.action == Action::remove) held_removals_.insert(change.node);
    return true;
}

/// What the directory says of each node, with the row that it should have.
template <class Rules>
auto RowDrafts<Rules>::candidates(std::span<const Node> nodes, MirrorTexts& texts)
    -> Result<std::vector<Candidate>> {
    std::vector<Candidate> found(nodes.size());
    std::vector<Node> in_scope;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        Candidate& object = found[i];
        object.node = nodes[i];
        if (in_.mirror.exists(object.node)) object.entry = in_.mirror.row(object.node);
        object.is_in = Rules::is_in(in_, object.node);
        if (object.is_in) in_scope.push_back(object.node);
    }
    const auto attributes = texts.attributes_of(in_scope);
    if (!attributes) return attributes.error();
    auto next = attributes->begin();
    for (Candidate& object : found) {
        if (!object.is_in) continue;
        const AttributesView text(*next++);
        if (texts.is_damaged(object.node)) {
            // What the row should be is unknown: it stays as it is (semantics 5.18).
            undone_.leave({object.entry->guid, ObjectGuid{}});
            continue;
        }
        object.desired = Rules::desired(in_, *object.entry, text);
        const bool is_stored = Rules::is_stored(in_.stored, object.node);
        const bool is_as_stored = is_stored && !object.desired->error &&
                                  hash_of(object.desired->row) == in_.stored.hash(object.node);
        if (is_as_stored) object.desired.reset();
    }
    return found;
}

template <class Rules>
void RowDrafts<Rules>::expect(std::span<const Node> nodes) {
    if (in_.stored.users() + in_.stored.groups() > 0) return;
    const auto is_in = [this](Node node) { return Rules::is_in(in_, node); };
    drafts_.reserve(static_cast<std::size_t>(std::ranges::count_if(nodes, is_in)));
}

template <class Rules>
Result<void> RowDrafts<Rules>::decide(std::span<const Node> nodes, MirrorTexts& texts, IdentityStore& rows) {
    auto objects = candidates(nodes, texts);
    if (!objects) return objects.error();
    // Rows whose hash says that nothing changes are not read.
    std::vector<Node> differing;
    for (const Candidate& object : *objects) {
        if (Rules::is_stored(in_.stored, object.node) && (object.desired || !object.is_in))
            differing.push_back(object.node);
    }
    auto stored = Rules::read(rows, differing);
    if (!stored) return stored.error();
    auto next = stored->begin();
    for (Candidate& object : *objects) {
        const bool has_row = next != stored->end() && next->node == object.node;
        auto change = has_row ? change_of(object, std::move(*next++)) : creation_of(object);
        const bool is_fresh = texts.is_fresh(object.node);
        if (!change || is_held_by_revert(*change, object, is_fresh)) continue;
        if (change->action == Action::update) {
            if (change->after == change->before) continue;
            change->reason =
                Rules::reason_of_update(in_, change->before, change->after, object.entry, is_fresh);
        }
        drafts_.push_back(std::move(*change));
    }
    return {};
}

/// nullopt: the object gets no row.
template <class Rules>
auto RowDrafts<Rules>::creation_of(Candidate& object) -> std::optional<Change> {
    if (!object.desired) return std::nullopt;
    if (object.desired->error) errors_.push_back(*object.desired->error);
    const HeldObject newcomer{object.entry->guid, ObjectGuid{}};
    // An object that is not visible stays as it was: without a row (semantics 5.2).
    const bool waits =
        object.desired->error || is_unread(in_, object.entry) || Rules::waits_for_time(in_, *object.entry);
    const bool is_kept_out = !waits && is_kept_out_by_edit(in_, guards_, newcomer);
    if (is_kept_out) scope_edits_.push_back(newcomer);
    if (waits || is_kept_out) {
        undone_.leave(newcomer);
        return std::nullopt;
    }
    Change change;
    change.action = Action::create;
    change.node = object.node;
    change.id = row_id_for(in_.store_id, object.entry->guid);
    change.after = std::move(object.desired->row);
    change.reason = Reason::entered_scope;
    return change;
}

template <class Rules>
auto RowDrafts<Rules>::change_of(Candidate& object, Stored&& stored) -> Change {
    const HeldObject held{guid_of(stored.row), ObjectGuid{}};
    const bool comes_back = object.desired && stored.row.scope == ScopeState::out;
    if (comes_back && is_kept_out_by_edit(in_, guards_, held)) {
        // Still out of the scope with frozen memberships, and its clock goes on.
        scope_edits_.push_back(held);
        held_removals_.insert(object.node);
        object.desired.reset();
        object.is_in = false;
    }
    Change change;
    change.node = object.node;
    change.id = stored.id;
    change.before = std::move(stored.row);
    if (!object.desired) {
        leave_scope(change, object.entry);
        return change;
    }
    if (object.desired->error) errors_.push_back(*object.desired->error);
    change.action = Action::update;
    change.after = object.desired->error ? Rules::kept(change.before, object.desired->row)
                                         : std::move(object.desired->row);
    keep_unmappable(change.before, change.after);
    return change;
}

/// The row of an object that is deleted, or out of the scope.
template <class Rules>
void RowDrafts<Rules>::leave_scope(Change& change, const std::optional<MirrorRow>& entry) {
    const bool is_deleted = !entry || entry->deleted;
    auto after = is_deleted ? std::nullopt : Rules::out(in_, change.before, entry);
    if (!is_deleted && is_held_by_edit(change.before, Rules::has_left(in_, entry))) {
        scope_edits_.emplace_back(guid_of(change.before), ObjectGuid{});
        held_removals_.insert(change.node);
        after = Rules::stays(in_, change.before, entry);
    }
    if (!after) {
        change.action = Action::remove;
        change.reason = is_deleted ? reason_of_deletion(entry) : Reason::clock_ran_out;
        return;
    }
    change.action = Action::update;
    change.after = std::move(*after);
    if (Rules::is_group && is_overdue(change.after.out_since, in_.settings.lifecycle, in_.clock))
        overdue_.push_back(change.node);
}

/// An object that is missing was given up without a proof: its time was over, or an admin said so.
template <class Rules>
Reason RowDrafts<Rules>::reason_of_deletion(const std::optional<MirrorRow>& entry) const {
    if (!entry || !entry->missing) return Reason::deleted_in_source;
    const bool is_released = guards_.approved(HoldClass::absent, {entry->guid, ObjectGuid{}});
    return is_released ? Reason::by_admin : Reason::unproven_deletion;
}

/// While time is in doubt nothing is removed because it was absent for too long, even when an admin approved
/// it (semantics 5.13): the removal waits until time is certain.
template <class Rules>
void RowDrafts<Rules>::keep_given_up() {
    if (in_.clock.certain) return;
    std::erase_if(drafts_, [this](const Change& draft) {
        const bool waits = draft.action == Action::remove && draft.reason == Reason::unproven_deletion &&
                           !guards_.approved(HoldClass::reverted, {guid_of(draft.before), ObjectGuid{}});
        if (waits) held_removals_.insert(draft.node);
        return waits;
    });
}

template <class Rules>
void RowDrafts<Rules>::guard_removals(Plan& plan) {
    keep_given_up();
    std::vector<HeldObject> objects;
    for (const auto& draft : drafts_) {
        if (draft.action != Action::remove) continue;
        const HeldObject object{guid_of(draft.before), ObjectGuid{}};
        if (!guards_.approved(HoldClass::absent, object)) objects.push_back(object);
    }
    auto hold = guards_.hold_of(Rules::remove_class, std::move(objects),
                                Rules::remove_limit(in_.settings.safety), Rules::population(in_.stored));
    if (!hold) return;
    boost::unordered_flat_set<ObjectGuid> held;
    for (const auto& [guid, none] : hold->objects) held.insert(guid);
    std::erase_if(drafts_, [&](Change& draft) {
        const bool is_held = draft.action == Action::remove && held.contains(guid_of(draft.before));
        if (!is_held) return false;
        held_removals_.insert(draft.node);
        return !Rules::stays_disabled(in_, draft);
    });
    plan.holds.push_back(std::move(*hold));
}

template <>
void RowDrafts<GroupRules>::guard_updates(Plan&) {}

template <>
void RowDrafts<UserRules>::guard_updates(Plan& plan) {
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

template <class Rules>
Result<void> RowDrafts<Rules>::settle(Plan& plan, std::vector<EntityError>& errors, IdentityStore& rows) {
    guard_removals(plan);
    if constexpr (!Rules::is_group) {
        auto found = users_put_back(in_, guards_, drafts_, rows);
        if (!found) return found.error();
        put_back_ = std::move(*found);
    }
    guard_updates(plan);
    if (auto guarded = guard_targets(plan, rows); !guarded) return guarded;
    // The e-mail last: a user whose userName is refused wants no other e-mail either.
    for (int slot = 0; slot < Rules::slots; ++slot) {
        if (auto judged = judge_names(slot, errors_, rows); !judged) return judged.error();
    }
    errors.insert(errors.end(), std::make_move_iterator(errors_.begin()),
                  std::make_move_iterator(errors_.end()));
    for (const auto& draft : drafts_) {
        if (draft.action == Action::remove) removed_.insert(draft.node);
    }
    Rules::changes(plan) = std::move(drafts_);
    return {};
}

template class RowDrafts<UserRules>;
template class RowDrafts<GroupRules>;

}  // namespace dirsync::sync
