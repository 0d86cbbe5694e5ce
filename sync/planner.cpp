#include "sync/planner.hpp"

#include <algorithm>

#include "sync/planner_parts.hpp"

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
        if (stands || !is_decided(in, subject, listed.external_id)) continue;
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
        if (entry.guid) in.unreadable.insert(*entry.guid);
    }
    const Guards guards(in.settings.safety, in.passed, in.holds, in.approvals, in.now);
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
    for (const auto& change : plan.groups) {
        if (change.action == Action::create) new_groups.push_back(change.node);
    }
    // Groups of a domain that is no longer configured, whose time is over.
    for (const Node group : groups.overdue()) {
        if (in.mirror.exists(group) && !in.view.is_active(in.mirror.domain(group))) new_groups.push_back(group);
    }
    std::vector<Node> members_to_check = subject.users;
    if (!subject.everything) {
        const auto below = users_below(in.mirror, std::move(new_groups), in.settings.scope.primary_group);
        members_to_check.insert(members_to_check.end(), below.begin(), below.end());
        const auto listed = rows.members_of(subject.reach_changed);
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

    compare_errors(in, subject, std::move(errors), plan);
    add_absent(in, plan.holds);
    settle_reverted(in, subject, undone, result);
    for (auto& hold : plan.holds) {
        const Hold* before = held_before(in.holds, hold);
        hold.since = before == nullptr ? in.now : before->since;
        if (before != nullptr && before->id == hold.id) {
            hold.sample = before->sample;
        } else if (hold.sample.empty()) {
            hold.sample = sample_of(hold, in, rows);
        }
    }
    result.tally = guards.tally_of(plan, in.mirror);
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
