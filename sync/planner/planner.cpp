#include "sync/planner/planner.hpp"

#include <algorithm>
#include <iterator>

#include "core/sorted.hpp"
#include "sync/planner/held_links.hpp"
#include "sync/planner/membership_drafts.hpp"
#include "sync/planner/row_drafts.hpp"

namespace dirsync::sync {
namespace {

// Few enough that what is made of each part finds room in memory that the last one left.
constexpr std::size_t chunk_size = 256;

/// Everything that has or may get a row.
Subject whole_subject(const PlanBasis& in) {
    Subject subject;
    subject.everything = true;
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

std::vector<std::string> sample_of(const Hold& hold, const PlanBasis& in, IdentityStore& rows) {
    std::vector<Node> nodes;
    for (const auto& [first, second] : hold.objects) {
        Node node = in.mirror.find(second.is_nil() ? first : second);
        // The name of a foreign principal is a SID: the account that it stands for is shown.
        if (node != no_node && in.mirror.target_of(node) != no_node) node = in.mirror.target_of(node);
        if (node != no_node) nodes.push_back(node);
        if (nodes.size() == sample_size) break;
    }
    sort_once(nodes);
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

/// Whether an account is a member of a group of the store by this foreign principal.
bool brings_into_a_group(const PlanBasis& in, Node foreign) {
    const auto groups = in.mirror.listed_in(foreign);
    return in.mirror.target_of(foreign) != no_node &&
           std::any_of(groups.begin(), groups.end(), [&in](Node group) { return in.view.is_reached(group); });
}

/// Objects that a complete read lacked without a proof of their deletion, and that matter: they have a row,
/// or others are reached through them.
void add_absent(const PlanBasis& in, std::vector<Hold>& holds) {
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

/// Whether an object that an edit of the scope was to bring in is out still: it may have left meanwhile, or
/// be deleted, and come back.
bool is_out_still(const PlanBasis& in, const HeldObject& object) {
    // Of memberships those that would end are held again by themselves.
    if (!object.second.is_nil()) return in.unnamed.empty();
    const Node node = in.mirror.find(object.first);
    const bool has_row = node != no_node && (in.stored.has_user(node) || in.stored.has_group(node));
    return !has_row || in.stored.scope(node) == ScopeState::out;
}

/// Objects that would leave the scope, or come in, by an edit that has an entry which names nothing
/// (semantics 2.10).
void add_scope_edits(const PlanBasis& in, const Guards& guards,
                     std::span<const std::vector<HeldObject>* const> held, std::vector<Hold>& holds) {
    std::vector<HeldObject> objects;
    for (const auto* some : held) objects.insert(objects.end(), some->begin(), some->end());
    for (const auto& object : in.scope_edits) {
        const bool is_open = !in.unexcluded.empty() && !guards.approved(HoldClass::scope_edit, object);
        if (is_open && is_out_still(in, object)) objects.push_back(object);
    }
    sort_once(objects);
    if (objects.empty()) return;
    const auto& entries = in.unnamed.empty() ? in.unexcluded : in.unnamed;
    holds.push_back(make_hold(HoldClass::scope_edit, std::move(objects),
                              "an entry of the scope names nothing: " + entries.front()));
}

/// Links of groups that matter here, which a list lacked without a proof.
void add_held_links(const PlanBasis& in, std::vector<Hold>& holds) {
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
void keep_for_want_of_time(const PlanBasis& in, Plan& plan) {
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
            sort_once(objects);
            *now = make_hold(before.hold, std::move(objects), std::move(now->limit));
        } else if (!objects.empty()) {
            plan.holds.push_back(make_hold(before.hold, std::move(objects), before.limit));
        }
    }
}

/// Whether the plan says what becomes of an object.
bool is_decided(const PlanBasis& in, const Subject& subject, const ObjectGuid& guid) {
    const Node node = in.mirror.find(guid);
    return node == no_node || std::binary_search(subject.users.begin(), subject.users.end(), node) ||
           std::binary_search(subject.groups.begin(), subject.groups.end(), node);
}

/// What admins undid and the directory asks for again is held; what it does not ask for any more is settled.
void settle_reverted(const PlanBasis& in, const Subject& subject, const UndoneChanges& undone,
                     Planned& result) {
    if (undone.none()) return;
    if (auto hold = undone.hold()) result.plan.holds.push_back(std::move(*hold));
    auto rest = undone.rest([&](const ObjectGuid& guid) { return is_decided(in, subject, guid); });
    if (rest != in.reverted) result.reverted = std::move(rest);
}

void compare_errors(const PlanBasis& in, const Subject& subject, std::vector<EntityError> now, Plan& plan) {
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
        // An entry that cannot be decoded is among the quarantined for as long as that is so.
        const bool is_over = listed.code == malformed_entry || is_decided(in, subject, listed.external_id);
        if (stands || !is_over) continue;
        EntityError cleared = listed;
        cleared.code.clear();
        cleared.message.clear();
        plan.errors.push_back(std::move(cleared));
    }
}

/// Calls `decide` with one part of `nodes` after another, so that the rows of all are not in memory at once.
template <class Decide>
Result<void> in_chunks(std::span<const Node> nodes, Decide decide) {
    for (std::size_t at = 0; at < nodes.size(); at += chunk_size) {
        auto done = decide(nodes.subspan(at, std::min(chunk_size, nodes.size() - at)));
        if (!done) return done;
    }
    return {};
}

/// Users whose memberships may differ, sorted: the subject's, those below a group that gets its row only now,
/// and those whom the store lists in a group whose reach changed. `plan`: with the changes of groups.
Result<std::vector<Node>> members_to_check(const PlanBasis& in, const Subject& subject, const Plan& plan,
                                           std::span<const Node> overdue_groups, IdentityStore& rows) {
    if (subject.everything) return subject.users;
    std::vector<Node> new_groups;
    std::vector<Node> listing = subject.reach_changed;
    for (const auto& change : plan.groups) {
        if (change.action == Action::create) new_groups.push_back(change.node);
        // Its way in was open before, and it was held: the memberships of those that left meanwhile were
        // frozen.
        const bool comes_back = change.action == Action::update && change.before.scope == ScopeState::out &&
                                change.after.scope != ScopeState::out;
        if (comes_back) listing.push_back(change.node);
    }
    std::sort(listing.begin(), listing.end());
    // Groups of a domain that is no longer configured, whose time is over.
    for (const Node group : overdue_groups) {
        if (in.mirror.exists(group) && !in.view.is_active(in.mirror.domain(group)))
            new_groups.push_back(group);
    }
    std::vector<Node> members = subject.users;
    const auto below = users_below(in.mirror, std::move(new_groups), in.settings.scope.primary_group);
    members.insert(members.end(), below.begin(), below.end());
    const auto listed = rows.members_of(listing);
    if (!listed) return listed.error();
    for (const Edge edge : *listed) members.push_back(edge.member);
    sort_once(members);
    return members;
}

/// Gives each hold the time since when it is in force, and a sample of names for the admin.
void describe_holds(const PlanBasis& in, std::vector<Hold>& holds, IdentityStore& rows) {
    for (auto& hold : holds) {
        const Hold* before = held_before(in.holds, hold);
        hold.since = before == nullptr ? in.clock.latest : before->since;
        if (before != nullptr && before->id == hold.id) {
            hold.sample = before->sample;
        } else if (hold.sample.empty()) {
            hold.sample = sample_of(hold, in, rows);
        }
    }
}

/// Of these, the ones that are proved deleted and have no row after the plan.
template <class Drafts>
void append_settled(const PlanBasis& in, std::span<const Node> nodes, const Drafts& drafts,
                    std::vector<Node>& settled) {
    std::copy_if(nodes.begin(), nodes.end(), std::back_inserter(settled), [&](Node node) {
        return in.mirror.exists(node) && in.mirror.is_deleted(node) && !in.mirror.is_missing(node) &&
               !drafts.keeps_row(node);
    });
}

}  // namespace

Result<Planned> planned(PlanInputs inputs, IdentityStore& rows) {
    Subject subject = std::move(inputs.subject);
    const PlanBasis in(std::move(inputs));
    if (subject.everything) subject = whole_subject(in);
    const Guards guards(in.settings.safety, in.passed, in.holds, in.approvals, in.clock);
    UndoneChanges undone(in.reverted, guards);
    Planned result;
    Plan& plan = result.plan;
    std::vector<EntityError> errors;
    MirrorTexts texts(in.fresh, rows);

    GroupDrafts groups(in, guards, undone);
    auto done = in_chunks(subject.groups, [&](auto nodes) { return groups.decide(nodes, texts, rows); });
    if (done) done = groups.settle(plan, errors, rows);
    if (!done) return done.error();
    const auto members = members_to_check(in, subject, plan, groups.overdue(), rows);
    if (!members) return members.error();

    UserDrafts users(in, guards, undone);
    users.expect(subject.users);
    done = in_chunks(subject.users, [&](auto nodes) { return users.decide(nodes, texts, rows); });
    if (done) done = users.settle(plan, errors, rows);
    if (!done) return done.error();

    MembershipDrafts memberships(in, guards, undone, plan, users.held_removals(), groups.held_removals());
    done = in_chunks(*members, [&](auto nodes) { return memberships.decide(nodes, rows); });
    if (done) done = memberships.empty_overdue(groups.overdue(), rows);
    if (done) done = memberships.settle(plan, rows);
    if (!done) return done.error();

    const std::vector<HeldObject>* const edits[] = {&groups.scope_edits(), &users.scope_edits(),
                                                    &memberships.scope_edits()};
    add_scope_edits(in, guards, edits, plan.holds);
    compare_errors(in, subject, std::move(errors), plan);
    add_absent(in, plan.holds);
    add_held_links(in, plan.holds);
    keep_for_want_of_time(in, plan);
    settle_reverted(in, subject, undone, result);
    describe_holds(in, plan.holds, rows);
    result.damaged.assign(texts.damaged().begin(), texts.damaged().end());
    result.tally = guards.tally_of(plan, in.mirror, users.put_back());
    append_settled(in, subject.users, users, result.settled);
    append_settled(in, subject.groups, groups, result.settled);
    return result;
}

}  // namespace dirsync::sync
