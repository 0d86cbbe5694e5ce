#include "store/admin_facts.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <tuple>

namespace dirsync::store {
namespace {

using sync::Node;

void add(std::set<Node>& nodes, const std::optional<Node>& node) {
    if (node) nodes.insert(*node);
}

std::vector<Node> listed(const std::set<Node>& nodes) { return {nodes.begin(), nodes.end()}; }

}  // namespace

sync::AdminFacts gathered(const sync::AdminKeys& keys, AdminLookUp& look_up) {
    std::set<Node> users;
    std::set<Node> groups;
    std::map<RowId, sync::PermissionSet> sets;
    std::map<RowId, sync::Assignment> assignments;
    const auto add_set = [&sets](const std::optional<sync::PermissionSet>& set) {
        if (set) sets.emplace(set->id, *set);
    };
    const auto add_assignments = [&assignments](const std::vector<sync::Assignment>& found) {
        for (const auto& assignment : found) assignments.emplace(assignment.id, assignment);
    };

    for (const auto key : keys.user_names) add(users, look_up.user_named(key));
    for (const auto key : keys.emails) add(users, look_up.user_with_email(key));
    for (const auto key : keys.group_names) add(groups, look_up.group_named(key));
    for (const auto key : keys.permission_sets) add_set(look_up.permission_set_named(key));
    for (const auto& id : keys.ids) {
        add(users, look_up.user_with_id(id));
        add(groups, look_up.group_with_id(id));
        add_set(look_up.permission_set(id));
        if (const auto assignment = look_up.assignment(id)) assignments.emplace(id, *assignment);
    }
    for (const auto& id : keys.external_ids) {
        add(users, look_up.user_with_external_id(id));
        add(groups, look_up.group_with_external_id(id));
    }

    sync::AdminFacts facts;
    if (keys.memberships || keys.groups_of_users) {
        facts.memberships = look_up.groups_of(listed(users));
        if (keys.groups_of_users) {
            for (const auto& edge : facts.memberships) groups.insert(edge.group);
        }
        std::erase_if(facts.memberships,
                      [&groups](const sync::Edge& edge) { return !groups.contains(edge.group); });
    }
    if (keys.assignments_of_permission_sets) {
        for (const auto& [id, set] : sets) add_assignments(look_up.assignments_of_permission_set(id));
    }
    for (const auto& [id, assignment] : assignments) {
        if (assignment.principal_type == sync::PrincipalType::user) {
            add(users, look_up.user_with_id(assignment.principal));
        } else {
            add(groups, look_up.group_with_id(assignment.principal));
        }
    }
    facts.users = look_up.users(listed(users));
    facts.groups = look_up.groups(listed(groups));
    if (keys.assignments_of_principals) {
        for (const auto& user : facts.users) add_assignments(look_up.assignments_of_principal(user.id));
        for (const auto& group : facts.groups) add_assignments(look_up.assignments_of_principal(group.id));
    }
    for (const auto& [id, assignment] : assignments) {
        if (!sets.contains(assignment.permission_set))
            add_set(look_up.permission_set(assignment.permission_set));
        facts.assignments.push_back(assignment);
    }
    for (const auto& [id, set] : sets) facts.permission_sets.push_back(set);
    return facts;
}

void sort_for_lists(std::vector<sync::ListedAssignment>& assignments) {
    std::ranges::sort(assignments, {}, [](const sync::ListedAssignment& listed) {
        return std::tuple(listed.principal_name.empty(), std::string_view(listed.principal_name),
                          std::string_view(listed.permission_set_name),
                          std::string_view(listed.assignment.target), listed.assignment.id);
    });
}

}  // namespace dirsync::store
