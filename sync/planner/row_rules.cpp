#include "sync/planner/row_rules.hpp"

namespace dirsync::sync {

bool is_unread(const PlanBasis& in, const std::optional<MirrorRow>& entry) {
    if (!entry) return false;
    return in.unreadable.contains(entry->guid) || (entry->missing && in.view.is_active(entry->domain));
}

namespace {

/// What the directory says of a user who has a row. An entry that is not a user's any more, as one that was
/// made a computer, still disables, but enables nobody; nor does one that is gone.
Status status_of(const PlanBasis& in, const UserRow& stored, const std::optional<MirrorRow>& entry) {
    const bool is_users = entry && entry->kind == EntryKind::user;
    if (!entry || (!is_users && stored.status == Status::disabled)) return stored.status;
    return status_in_source(*entry, in.clock, stored.status);
}

bool is_place_in_doubt(const PlanBasis& in, const std::optional<MirrorRow>& entry) {
    return entry && in.view.is_active(entry->domain) && in.view.is_place_in_doubt(in.mirror, entry->node);
}

}  // namespace

bool UserRules::has_left(const PlanBasis& in, const std::optional<MirrorRow>& entry) {
    return !is_unread(in, entry) && !is_place_in_doubt(in, entry);
}

bool GroupRules::has_left(const PlanBasis& in, const std::optional<MirrorRow>& entry) {
    return !is_unread(in, entry);
}

bool UserRules::waits_for_time(const PlanBasis& in, const MirrorRow& entry) {
    const bool is_open = !is_expired(entry, in.clock.earliest) && is_expired(entry, in.clock.latest);
    return !in.clock.certain && !entry.disabled && is_open;
}

UserRow UserRules::stays(const PlanBasis& in, const Row& stored, const std::optional<MirrorRow>& entry) {
    Row row = stored;
    if (entry) row.status = status_of(in, stored, entry);
    return row;
}

std::optional<UserRow> UserRules::out(const PlanBasis& in, const Row& stored,
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

std::optional<GroupRow> GroupRules::out(const PlanBasis& in, const Row& stored,
                                        const std::optional<MirrorRow>& entry) {
    if (is_unread(in, entry)) return stored;
    return out_of_scope(stored, in.settings.lifecycle, in.clock);
}

GroupRow GroupRules::kept(const Row& stored, const Row& desired) {
    Row row = stored;
    row.scope = desired.scope;
    row.out_since = desired.out_since;
    return row;
}

namespace {

template <class Row>
Reason reason_of_scope(const PlanBasis& in, const Row& before, const Row& after, bool is_fresh,
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

Reason UserRules::reason_of_update(const PlanBasis& in, const Row& before, const Row& after,
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

Reason GroupRules::reason_of_update(const PlanBasis& in, const Row& before, const Row& after,
                                    const std::optional<MirrorRow>& entry, bool is_fresh) {
    return reason_of_scope(in, before, after, is_fresh, entry && in.view.is_excluded_group(entry->node));
}

bool UserRules::stays_disabled(const PlanBasis& in, Change& change) {
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

}  // namespace dirsync::sync
