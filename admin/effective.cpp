#include "admin/effective.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "admin/row_table.hpp"

namespace dirsync::admin {

sync::AdminKeys keys_for_effective(const std::string& user) {
    sync::AdminKeys keys;
    keys.user_names.push_back(sync::name_key(user));
    if (const auto id = parse<RowId>(user)) keys.ids.push_back(*id);
    keys.external_ids = sync::external_ids_meant(user);
    keys.groups_of_users = true;
    keys.assignments_of_principals = true;
    return keys;
}

Result<std::vector<EffectiveAssignment>> effective(const std::string& user, const sync::AdminFacts& facts) {
    RowTable<sync::UserRow> users;
    for (const auto& stored : facts.users) users.add_stored(stored.node, stored.id, stored.row);
    const auto* found = users.named(user);
    if (found == nullptr) {
        return Error(ErrorCode::not_found, "no user is called " + quoted_peer_text(user));
    }
    std::map<RowId, std::string> sets;
    for (const auto& set : facts.permission_sets) sets[set.id] = set.name;
    const std::string& user_name = name_of(*found->after);

    std::vector<EffectiveAssignment> out;
    const auto add = [&](const RowId& principal, const std::string& name, const std::string& external_id,
                         const std::vector<std::string>& path) {
        for (const auto& assignment : facts.assignments) {
            if (assignment.principal != principal) continue;
            out.push_back({{assignment, name, external_id, sets[assignment.permission_set], false}, path});
        }
    };
    add(found->id, user_name, found->after->external_id, {user_name});
    for (const auto& group : facts.groups) {
        const sync::Edge edge{group.node, found->node};
        if (std::ranges::find(facts.memberships, edge) == facts.memberships.end()) continue;
        add(group.id, group.row.display_name, group.row.external_id, {group.row.display_name, user_name});
    }
    std::ranges::sort(out, {}, [](const EffectiveAssignment& one) {
        return std::tuple(one.path.size(), std::string_view(one.path.front()),
                          std::string_view(one.listed.permission_set_name),
                          std::string_view(one.listed.assignment.target));
    });
    return out;
}

}  // namespace dirsync::admin
