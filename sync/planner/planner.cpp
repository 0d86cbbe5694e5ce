#include "sync/planner/planner.hpp"

#include <algorithm>

#include "sync/planner/held_links.hpp"
#include "sync/planner/planner_parts.hpp"

namespace dirsync::sync {
namespace {

constexpr std::size_t chunk_size = 2048;
constexpr std::size_t sample_size = 10;

/// Everything that has or may get a row.
Subject whole_subject(const PlanInputs& in) {
    Subject subject = in.subject;
    for (Node node = 0; node < in.mirror.next_node(); ++node) {
        const bool exists = in.mirror.exists(node);
        if (in.stored.has_user(node) || (exists && in.mirror.kind(node) == EntryKind::user))
            subject.users.push_back(node);
        if (in.stored.has_group(node) || (exists && in.mirror.kind(node) == EntryKind::group)) {
            subject.groups.push_back(node);
        }
    }
    return subject;
}

std::vector<std::string> sample_of(const Hold& hold, const PlanInputs& in, IdentityStore& rows) {
    std::vector<Node> nodes;
    for (const auto& [first, second] : hold.objects) {
        Node node = in.mirror.find(second.is_nil() ? first : second);
        // A foreign principal says nothing to anybody but whom it stands for.
        if (node != no_node && in.mirror.target_of(node) != no_node) node = in.mirror.target_of(node);
        if (node != no_node) nodes.push_back(node);
        if (nodes.size() == sample_size) break;
    }
    std::sort(nodes.begin(), nodes.end());
    nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
    std::vector<std::string> names;
    if (const auto users = rows.users(nodes)) {
        for (const auto& user : *users) names.push_back(user.row.user_name);
    }
    if (const auto groups = rows.groups(nodes)) {
        for (const auto& group : *groups) names.push_back(group.row.display_name);
    }
    std::erase_if(nodes, [&in](Node node) { return in.stored.has_user(node) || in.stored.has_group(node); });
    if (const auto texts = rows.mirror_texts(nodes)) {
        for (const auto& text : *texts) names.push_back(text.dn);
    }
    return names;
}

/// Whether somebody is a member of a group of the store by this foreign principal.
bool brings_into_a_group(const PlanInputs& in, Node foreign) {
    const auto groups = in.mirror.listed_in(foreign);
    return in.mirror.target_of(foreign) != no_node &&
           std::any_of(groups.begin(), groups.end(), [&in](Node group) { return in.view.is_reached(group); });
}

/// Objects that a complete read lacked and nobody could prove deleted, and that matter: they have a row, or
/// others are reached through them.
void add_absent(const PlanInputs& in, std::vector<Hold>& holds) {
    std::vector<HeldObject> objects;
    for (const Node node : in.mirror.missing_objects()) {
        if (in.mirror.is_deleted(node)) continue;
        if (!in.view.is_active(in.mirror.domain(node))) continue;
        if (in.stored.has_user(node) || in.stored.has_group(node) || in.view.is_reached(node) ||
            brings_into_a_group(in, node))
            objects.emplace_back(in.mirror.guid(node), ObjectGuid{});
    }
    if (!objects.empty()) {
        holds.push_back(make_hold(HoldClass::absent, std::move(objects), "no proof that they were deleted"));
    }
}

/// Who would leave the scope, or come in, by an edit that has an entry which names nothing (semantics 2.10).
void add_scope_edits(const PlanInputs& in, std::span<const std::vector<HeldObject>* const> held,
                     std::vector<Hold>& holds) {
    std::vector<HeldObject> objects;
    for (const auto* some : held) objects.insert(objects.end(), some->begin(), some->end());
    if (objects.empty()) return;
    const auto& entries = in.unnamed.empty() ? in.unexcluded : in.unnamed;
    holds.push_back(make_hold(HoldClass::scope_edit, std::move(objects),
                              "an entry of the scope names nothing: " + entries.front()));
}

/// Links of groups that matter here, which a list lacked without a proof.
void add_held_links(const PlanInputs& in, std::vector<Hold>& holds) {
    std::vector<Edge> edges = in.held_links;
    std::erase_if(edges, [&in](Edge edge) {
        const bool matters = in.stored.has_group(edge.group) || in.view.is_reached(edge.group);
        return !matters || !in.view.is_active(in.mirror.domain(edge.group));
    });
    if (!edges.empty()) holds.push_back(hold_of_links(edges, in.mirror));
}

/// Whether the plan does to an object what a hold of the class held back.
bool does(const Plan& plan, HoldClass hold, const ObjectGuid& guid) {
    if (hold == HoldClass::remove_groups) {
        return std::any_of(plan.groups.begin(), plan.groups.end(), [&guid](const GroupChange& change) {
            return change.action == Action::remove && guid_of(change.before) == guid;
        });
    }
    return std::any_of(plan.users.begin(), plan.users.end(), [&](const UserChange& change) {
        if (guid_of(change.before) != guid) return false;
        if (hold == HoldClass::remove_users) return change.action == Action::remove;
        return hold == HoldClass::disable_users ? disables(change) : enables(change);
    });
}

/// While time is in doubt nobody knows whether the reason of a hold has ended: it stays, and an approval of
/// it waits with it (semantics 5.13).
void keep_for_want_of_time(const PlanInputs& in, Plan& plan) {
    if (in.clock.certain) return;
    for (const Hold& before : in.holds) {
        if (!may_depend_on_time(before.hold)) continue;
        auto objects = before.objects;
        std::erase_if(objects, [&](const HeldObject& object) {
            const Node node = in.mirror.find(object.first);
            const bool has_row = node != no_node && (in.stored.has_user(node) || in.stored.has_group(node));
            return !has_row || does(plan, before.hold, object.first);
        });
        const auto now = std::find_if(plan.holds.begin(), plan.holds.end(),
                                      [&before](const Hold& hold) { return hold.hold == before.hold; });
        if (now != plan.holds.end()) {
            objects.insert(objects.end(), now->objects.begin(), now->objects.end());
            std::sort(objects.begin(), objects.end());
            objects.erase(std::unique(objects.begin(), objects.end()), objects.end());
            *now = make_hold(before.hold, std::move(objects), std::move(now->limit));
        } else if (!objects.empty()) {
            plan.holds.push_back(make_hold(before.hold, std::move(objects), before.limit));
        }
    }
}

/// Whether the plan says what becomes of an object.
bool is_decided(const PlanInputs& in, const Subject& subject, const ObjectGuid& guid) {
    const Node node = in.mirror.find(guid);
    return node == no_node || std::binary_search(subject.users.begin(), subject.users.end(), node) ||
           std::binary_search(subject.groups.begin(), subject.groups.end(), node);
}

/// What admins undid and the directory asks for again is held; what it does not ask for any more is settled.
void settle_reverted(const PlanInputs& in, const Subject& subject, const UndoneChanges& undone,
                     Planned& result) {
    if (undone.none()) return;
    if (auto hold = undone.hold()) result.plan.holds.push_back(std::move(*hold));
    auto rest = undone.rest([&](const ObjectGuid& guid) { return is_decided(in, subject, guid); });
    if (rest != in.reverted) result.reverted = std::move(rest);
}

void compare_errors(const PlanInputs& in, const Subject& subject, std::vector<EntityError> now, Plan& plan) {
    for (const auto& entry : in.quarantined) {
        if (!entry.guid) continue;
        std::erase_if(now, [&entry](const EntityError& e) { return e.external_id == *entry.guid; });
        EntityError error;
        error.external_id = *entry.guid;
        error.is_group = entry.kind == EntryKind::group;
        error.name = entry.dn;
        error.code = malformed_entry;
        error.message = entry.reason;
        now.push_back(std::move(error));
    }
    std::sort(now.begin(), now.end(),
              [](const EntityError& a, const EntityError& b) { return a.external_id < b.external_id; });
    boost::unordered_flat_map<ObjectGuid, const EntityError*> listed_errors;
    for (const auto& listed : in.errors) listed_errors[listed.external_id] = &listed;
    for (const auto& error : now) {
        const auto listed = listed_errors.find(error.external_id);
        if (listed == listed_errors.end() || !(*listed->second == error)) plan.errors.push_back(error);
    }
    for (const auto& listed : in.errors) {
        const auto at = std::lower_bound(
            now.begin(), now.end(), listed.external_id,
            [](const EntityError& error, const ObjectGuid& guid) { return error.external_id < guid; });
        const bool stands = at != now.end() && at->external_id == listed.external_id;
        // Whom nobody could decode is among the quarantined for as long as that is so.
        const bool is_over = listed.code == malformed_entry || is_decided(in, subject, listed.external_id);
        if (stands || !is_over) continue;
        EntityError cleared = listed;
        cleared.code.clear();
        cleared.message.clear();
        plan.errors.push_back(std::move(cleared));
    }
}

}  // namespace

Result<Planned> planned(PlanInputs in, IdentityStore& rows) {
    Subject subject = in.subject.everything ? whole_subject(in) : std::move(in.subject);
    for (const auto& entry : in.quarantined) {
        if (!entry.guid) continue;
        in.unreadable.insert(*entry.guid);
        const Node node = in.mirror.find(*entry.guid);
        if (node != no_node && in.mirror.domain(node) != entry.domain) in.unread_movers.insert(node);
    }
    if (!in.held_links.empty()) {
        std::vector<Edge> changed(in.changed_links.begin(), in.changed_links.end());
        std::sort(changed.begin(), changed.end());
        std::sort(in.held_links.begin(), in.held_links.end());
        std::set_difference(in.held_links.begin(), in.held_links.end(), changed.begin(), changed.end(),
                            std::back_inserter(in.untold_links));
        if (!in.untold_links.empty()) in.proved_view = in.view.without(in.mirror, in.untold_links);
    }
    for (const auto& hold : in.holds) {
        if (hold.hold != HoldClass::scope_edit) continue;
        in.scope_edits.insert(hold.objects.begin(), hold.objects.end());
    }
    const Guards guards(in.settings.safety, in.passed, in.holds, in.approvals, in.clock);
    UndoneChanges undone(in.reverted, guards);
    Planned result;
    Plan& plan = result.plan;
    std::vector<EntityError> errors;

    MirrorTexts texts(in.fresh, rows);
    GroupDrafts groups(in, guards, undone);
    for (std::size_t at = 0; at < subject.groups.size(); at += chunk_size) {
        const auto chunk =
            std::span(subject.groups).subspan(at, std::min(chunk_size, subject.groups.size() - at));
        if (auto done = groups.decide(chunk, texts, rows); !done) return done.error();
    }
    if (auto done = groups.settle(plan, errors, rows); !done) return done.error();

    // Users below a group that gets its row only now, and those whom the store lists in a group whose reach
    // changed.
    std::vector<Node> new_groups;
    std::vector<Node> listing = std::move(subject.reach_changed);
    for (const auto& change : plan.groups) {
        if (change.action == Action::create) new_groups.push_back(change.node);
        // Its way in was open before, and it was held: who left it meanwhile was frozen.
        const bool comes_back = change.action == Action::update && change.before.scope == ScopeState::out &&
                                change.after.scope != ScopeState::out;
        if (comes_back) listing.push_back(change.node);
    }
    std::sort(listing.begin(), listing.end());
    // Groups of a domain that is no longer configured, whose time is over.
    for (const Node group : groups.overdue()) {
        if (in.mirror.exists(group) && !in.view.is_active(in.mirror.domain(group)))
            new_groups.push_back(group);
    }
    std::vector<Node> members_to_check = subject.users;
    if (!subject.everything) {
        const auto below = users_below(in.mirror, std::move(new_groups), in.settings.scope.primary_group);
        members_to_check.insert(members_to_check.end(), below.begin(), below.end());
        const auto listed = rows.members_of(listing);
        if (!listed) return listed.error();
        for (const Edge edge : *listed) members_to_check.push_back(edge.member);
        std::sort(members_to_check.begin(), members_to_check.end());
        members_to_check.erase(std::unique(members_to_check.begin(), members_to_check.end()),
                               members_to_check.end());
    }

    UserDrafts users(in, guards, undone);
    for (std::size_t at = 0; at < subject.users.size(); at += chunk_size) {
        const auto chunk =
            std::span(subject.users).subspan(at, std::min(chunk_size, subject.users.size() - at));
        if (auto done = users.decide(chunk, texts, rows); !done) return done.error();
    }
    if (auto done = users.settle(plan, errors, rows); !done) return done.error();

    MembershipDrafts memberships(in, guards, undone, plan, users.held_removals(), groups.held_removals());
    for (std::size_t at = 0; at < members_to_check.size(); at += chunk_size) {
        const auto chunk =
            std::span(members_to_check).subspan(at, std::min(chunk_size, members_to_check.size() - at));
        if (auto done = memberships.decide(chunk, rows); !done) return done.error();
    }
    if (auto done = memberships.empty_overdue(groups.overdue(), rows); !done) return done.error();
    if (auto done = memberships.settle(plan, rows); !done) return done.error();

    const std::vector<HeldObject>* const edits[] = {&groups.scope_edits(), &users.scope_edits(),
                                                    &memberships.scope_edits()};
    add_scope_edits(in, edits, plan.holds);
    compare_errors(in, subject, std::move(errors), plan);
    add_absent(in, plan.holds);
    add_held_links(in, plan.holds);
    keep_for_want_of_time(in, plan);
    settle_reverted(in, subject, undone, result);
    for (auto& hold : plan.holds) {
        const Hold* before = held_before(in.holds, hold);
        hold.since = before == nullptr ? in.clock.latest : before->since;
        if (before != nullptr && before->id == hold.id) {
            hold.sample = before->sample;
        } else if (hold.sample.empty()) {
            hold.sample = sample_of(hold, in, rows);
        }
    }
    result.damaged.assign(texts.damaged().begin(), texts.damaged().end());
    result.tally = guards.tally_of(plan, in.mirror, users.put_back());
    const auto is_proved_deleted = [&in](Node node) {
        return in.mirror.exists(node) && in.mirror.is_deleted(node) && !in.mirror.is_missing(node);
    };
    for (const Node node : subject.users) {
        if (is_proved_deleted(node) && !users.keeps_row(node)) result.settled.push_back(node);
    }
    for (const Node node : subject.groups) {
        if (is_proved_deleted(node) && !groups.keeps_row(node)) result.settled.push_back(node);
    }
    return result;
}

}  // namespace dirsync::sync
