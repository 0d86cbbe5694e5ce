#include <tuple>

#include "admin/planner_parts.hpp"
#include "admin/rules.hpp"
#include "model/describe_admin.hpp"

namespace dirsync::admin {

using sync::Assignment;
using sync::PermissionSet;
using sync::PrincipalType;

AssignmentWork::AssignmentWork(const sync::AdminFacts& facts, DirectoryWork& directory, Pass& pass)
    : pass_(pass), directory_(directory) {
    for (const auto& set : facts.permission_sets) {
        sets_[set.id] = set;
        sets_by_name_[sync::name_key(set.name)] = set.id;
    }
    for (const auto& assignment : facts.assignments) {
        assignments_[assignment.id] = assignment;
        by_content_[{assignment.principal, assignment.permission_set, assignment.target}] = assignment.id;
    }
}

PermissionSet* AssignmentWork::permission_set(const std::string& name) {
    if (const auto found = sets_by_name_.find(sync::name_key(name)); found != sets_by_name_.end())
        return &sets_.at(found->second);
    const auto id = parse<RowId>(name);
    const auto found = id ? sets_.find(*id) : sets_.end();
    return found == sets_.end() ? nullptr : &found->second;
}

const PermissionSet& AssignmentWork::add(const std::string& name, const std::string& description) {
    const PermissionSet set{pass_.new_id(), name, description};
    pass_.decision.plan.permission_sets.push_back({sync::Action::create, set});
    sets_by_name_[sync::name_key(name)] = set.id;
    return sets_[set.id] = set;
}

Applied AssignmentWork::apply(const CreatePermissionSet& edit) {
    if (const auto fault = fault_of_name("the name of a permission set", edit.name))
        return pass_.refuse(*fault);
    if (const auto fault = fault_of_text("description", edit.description)) return pass_.refuse(*fault);
    if (const auto found = sets_by_name_.find(sync::name_key(edit.name)); found != sets_by_name_.end()) {
        const PermissionSet& owner = sets_.at(found->second);
        return pass_.refuse("the name " + quoted_peer_text(edit.name) + " belongs to the permission set " +
                            owner.name + " (" + to_text(owner.id) + ")");
    }
    pass_.is_about(add(edit.name, edit.description).id);
    return Effect::created;
}

Applied AssignmentWork::apply(const DeletePermissionSet& edit) {
    const auto* found = permission_set(edit.name);
    if (found == nullptr) {
        return pass_.refuse("no permission set is called " + quoted_peer_text(edit.name),
                            ErrorCode::not_found);
    }
    const PermissionSet set = *found;
    std::vector<Assignment> of_it;
    for (const auto& [id, assignment] : assignments_) {
        if (assignment.permission_set == set.id) of_it.push_back(assignment);
    }
    if (!of_it.empty() && !edit.with_assignments) {
        return pass_.refuse("the permission set " + set.name + " has " + std::to_string(of_it.size()) +
                            (of_it.size() == 1 ? " assignment" : " assignments") +
                            ", which would go with it: --force deletes them as well");
    }
    for (const auto& assignment : of_it) remove(assignment);
    pass_.decision.plan.permission_sets.push_back({sync::Action::remove, set});
    sets_by_name_.erase(sync::name_key(set.name));
    sets_.erase(set.id);
    pass_.is_about(set.id);
    return Effect::removed;
}

Applied AssignmentWork::assign(PrincipalType type, const Principal& principal, const PermissionSet& set,
                               const std::string& target) {
    const auto [place, is_new] = by_content_.try_emplace({principal.id, set.id, target});
    if (!is_new) {
        pass_.is_about(place->second);
        return Effect::unchanged;
    }
    place->second = pass_.new_id();
    const Assignment assignment{place->second, type, principal.id, set.id, target};
    assignments_[assignment.id] = assignment;
    pass_.decision.plan.assignments.push_back({sync::Action::create, assignment, principal.name, set.name});
    pass_.is_about(assignment.id);
    return Effect::created;
}

Applied AssignmentWork::apply(const CreateAssignment& edit) {
    if (const auto fault = fault_of_name("target", edit.target)) return pass_.refuse(*fault);
    std::optional<Principal> principal;
    if (edit.type == PrincipalType::user) {
        if (const auto* user = directory_.user(edit.principal)) principal = {user->id, name_of(*user->after)};
    } else if (const auto* group = directory_.group(edit.principal)) {
        principal = {group->id, name_of(*group->after)};
    }
    const auto* set = permission_set(edit.permission_set);
    if (set == nullptr) {
        pass_.refuse("no permission set is called " + quoted_peer_text(edit.permission_set) +
                         "; 'dirsyncctl permission-set create' makes one",
                     ErrorCode::not_found);
    }
    if (!principal || set == nullptr) return std::nullopt;
    return assign(edit.type, *principal, *set, edit.target);
}

std::optional<AssignmentWork::Principal> AssignmentWork::principal_of(const ImportAssignment& edit) {
    const auto look = [&edit](auto& table) -> std::optional<Principal> {
        auto* found = table.with_external_id(edit.external_id);
        if (found == nullptr && !edit.principal.empty()) {
            found = table.named(edit.principal);
            // Both are known by an identity of their own: a successor of the same name (semantics 4.2).
            const bool is_another =
                found != nullptr && !edit.external_id.empty() && !found->after->external_id.empty();
            if (is_another) return std::nullopt;
        }
        if (found == nullptr) return std::nullopt;
        return Principal{found->id, name_of(*found->after)};
    };
    return edit.type == PrincipalType::user ? look(directory_.users()) : look(directory_.groups());
}

Applied AssignmentWork::apply(const ImportAssignment& edit) {
    if (const auto fault = fault_of_name("target", edit.target)) return pass_.refuse(*fault);
    if (const auto fault = fault_of_name("the name of a permission set", edit.permission_set))
        return pass_.refuse(*fault);
    const std::string kind = edit.type == PrincipalType::user ? "user " : "group ";
    if (edit.was_dangling) {
        return pass_.no_match("the " + kind + quoted_peer_text(edit.principal) +
                              " was gone already when this was exported");
    }
    const auto principal = principal_of(edit);
    if (!principal) {
        const std::string id =
            edit.external_id.empty() ? "" : " with the externalId " + quoted_peer_text(edit.external_id);
        const bool is_user = edit.type == PrincipalType::user;
        const bool has_namesake = is_user ? directory_.users().named(edit.principal) != nullptr
                                          : directory_.groups().named(edit.principal) != nullptr;
        return pass_.no_match("no " + kind + quoted_peer_text(edit.principal) + id + " is in the store" +
                              (has_namesake ? "; the one that is called so has another externalId, and is "
                                              "somebody else"
                                            : ""));
    }
    const PermissionSet* set = permission_set(edit.permission_set);
    if (set == nullptr && !edit.creates_permission_set) {
        return pass_.refuse("no permission set is called " + quoted_peer_text(edit.permission_set) +
                                "; --create-permission-sets makes those that are missing",
                            ErrorCode::not_found);
    }
    if (set == nullptr) set = &add(edit.permission_set, "");
    return assign(edit.type, *principal, *set, edit.target);
}

Applied AssignmentWork::apply(const DeleteAssignment& edit) {
    const auto id = parse<RowId>(edit.id);
    const auto found = id ? assignments_.find(*id) : assignments_.end();
    if (found == assignments_.end()) {
        return pass_.refuse("no assignment has the id " + quoted_peer_text(edit.id) +
                                "; 'dirsyncctl assignment list' shows them",
                            ErrorCode::not_found);
    }
    pass_.is_about(*id);
    remove(Assignment(found->second));
    return Effect::removed;
}

void AssignmentWork::remove(const Assignment& assignment) {
    pass_.decision.plan.assignments.push_back({sync::Action::remove, assignment, principal_name(assignment),
                                               sets_.at(assignment.permission_set).name});
    by_content_.erase({assignment.principal, assignment.permission_set, assignment.target});
    assignments_.erase(assignment.id);
}

std::string AssignmentWork::principal_name(const Assignment& assignment) {
    const auto name = [&assignment](auto& table) {
        const auto* found = table.with_id(assignment.principal);
        return found == nullptr ? std::string() : name_of(*found->after);
    };
    return assignment.principal_type == PrincipalType::user ? name(directory_.users())
                                                            : name(directory_.groups());
}

void AssignmentWork::finish() {
    sync::AdminPlan& plan = pass_.decision.plan;
    for (const auto& change : plan.permission_sets) pass_.decision.lines.push_back(described(change));
    for (const auto& change : plan.assignments) pass_.decision.lines.push_back(described(change));
    const auto count = [&plan](const std::string& kind, const auto& changes) {
        std::uint64_t created = 0;
        for (const auto& change : changes) created += change.action == sync::Action::create ? 1 : 0;
        plan.counts.emplace_back(kind + "_created", created);
        plan.counts.emplace_back(kind + "_removed", changes.size() - created);
    };
    count("permission_sets", plan.permission_sets);
    count("assignments", plan.assignments);
}

}  // namespace dirsync::admin
