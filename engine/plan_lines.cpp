#include "engine/plan_lines.hpp"

#include <algorithm>
#include <string>

#include <boost/unordered/unordered_flat_map.hpp>

#include "core/sorted.hpp"

namespace dirsync::sync {
namespace {

/// Ids and names of the rows that membership changes speak of.
struct Party {
    RowId id;
    std::string name;
};
using Parties = boost::unordered_flat_map<Node, Party>;

template <class Stored, class NameOf>
void add_stored(Parties& parties, const std::vector<Stored>& rows, NameOf&& name_of) {
    for (const auto& stored : rows) parties.try_emplace(stored.node, Party{stored.id, name_of(stored.row)});
}

/// What the lines about a plan need of the store.
struct RowsAround {
    std::vector<Edge> going;  ///< memberships that end with the user or group they are of
    std::vector<StoredUser> users;
    std::vector<StoredGroup> groups;
};

template <class Changes>
std::vector<Node> removed_by(const Changes& changes) {
    std::vector<Node> nodes;
    for (const auto& change : changes) {
        if (change.action == Action::remove) nodes.push_back(change.node);
    }
    std::sort(nodes.begin(), nodes.end());
    return nodes;
}

Result<RowsAround> rows_around(const Plan& plan, IdentityStore& store) {
    auto of_users = store.groups_of(removed_by(plan.users));
    if (!of_users) return of_users.error();
    auto of_groups = store.members_of(removed_by(plan.groups));
    if (!of_groups) return of_groups.error();
    RowsAround around;
    around.going = std::move(*of_users);
    around.going.insert(around.going.end(), of_groups->begin(), of_groups->end());
    sort_once(around.going);
    std::vector<Node> groups;
    std::vector<Node> users;
    for (const Edge edge : around.going) {
        groups.push_back(edge.group);
        users.push_back(edge.member);
    }
    for (const auto& change : plan.memberships) {
        groups.push_back(change.group);
        users.push_back(change.user);
    }
    sort_once(groups);
    sort_once(users);
    auto stored_users = store.users(users);
    if (!stored_users) return stored_users.error();
    auto stored_groups = store.groups(groups);
    if (!stored_groups) return stored_groups.error();
    around.users = std::move(*stored_users);
    around.groups = std::move(*stored_groups);
    return around;
}

Parties parties_of(const Plan& plan, const RowsAround& around) {
    Parties parties;
    for (const auto& change : plan.users) {
        parties[change.node] = {
            change.id, change.action == Action::remove ? change.before.user_name : change.after.user_name};
    }
    for (const auto& change : plan.groups) {
        parties[change.node] = {change.id, change.action == Action::remove ? change.before.display_name
                                                                           : change.after.display_name};
    }
    add_stored(parties, around.users, [](const UserRow& row) { return row.user_name; });
    add_stored(parties, around.groups, [](const GroupRow& row) { return row.display_name; });
    return parties;
}

/// In the order in which a store writes them.
std::vector<ChangeLine> lines_about(const Plan& plan, const RowsAround& around) {
    Parties parties = parties_of(plan, around);
    std::vector<ChangeLine> lines;
    const auto add_membership = [&](const MembershipChange& change) {
        const Party& group = parties[change.group];
        const Party& user = parties[change.user];
        lines.push_back(described(change, group.id, group.name, user.id, user.name));
    };
    // They go for the reason for which the group goes, or else the user.
    boost::unordered_flat_map<Node, Reason> reasons;
    for (const auto& change : plan.users) {
        if (change.action == Action::remove) reasons.try_emplace(change.node, change.reason);
    }
    for (const auto& change : plan.groups) {
        if (change.action == Action::remove) reasons.insert_or_assign(change.node, change.reason);
    }
    for (const Edge edge : around.going) {
        const auto group = reasons.find(edge.group);
        const Reason reason = group != reasons.end() ? group->second : reasons.at(edge.member);
        add_membership({edge.group, edge.member, false, reason});
    }
    for (const auto& change : plan.memberships) {
        if (!change.add) add_membership(change);
    }
    for (const auto& change : plan.groups) lines.push_back(described(change));
    for (const auto& change : plan.users) lines.push_back(described(change));
    for (const auto& change : plan.memberships) {
        if (change.add) add_membership(change);
    }
    return lines;
}

}  // namespace

Task<Result<std::vector<ChangeLine>>> lines_of(const Plan& plan, StoreClient& store) {
    auto job = [&plan](IdentityStore& rows) { return rows_around(plan, rows); };
    const auto around = co_await store.transact(std::move(job));
    if (!around) co_return around.error();
    co_return lines_about(plan, *around);
}

void count_changes(const Plan& plan, RunRecord& run) {
    const auto count_rows = [&run](std::string_view kind, const auto& changes) {
        std::uint64_t by_action[3]{};
        for (const auto& change : changes) ++by_action[static_cast<std::size_t>(change.action)];
        const std::string prefix(kind);
        run.counts.emplace_back(prefix + "_created", by_action[0]);
        run.counts.emplace_back(prefix + "_updated", by_action[1]);
        run.counts.emplace_back(prefix + "_removed", by_action[2]);
    };
    count_rows("users", plan.users);
    count_rows("groups", plan.groups);
    std::uint64_t added = 0;
    for (const auto& change : plan.memberships) added += change.add ? 1 : 0;
    run.counts.emplace_back("memberships_added", added);
    run.counts.emplace_back("memberships_removed", plan.memberships.size() - added);
    std::uint64_t held = 0;
    for (const auto& hold : plan.holds) held += hold.objects.size();
    run.counts.emplace_back("held", held);
}

}  // namespace dirsync::sync
