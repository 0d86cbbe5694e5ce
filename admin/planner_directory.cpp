#include <algorithm>
#include <array>

#include "admin/planner_parts.hpp"
#include "admin/rules.hpp"

namespace dirsync::admin {
namespace {

using sync::GroupRow;
using sync::UserRow;

template <class T>
void take(T& target, const std::optional<T>& given) {
    if (given) target = *given;
}

/// Who has it, for a sentence.
template <class Work>
std::string owner_text(const Pass& pass, std::string_view kind, const Work& owner) {
    if (!owner.before)
        return "the " + std::string(kind) + " " + pass.placed(name_of(*owner.after), owner.edit);
    return "the " + std::string(kind) + " " + name_of(*owner.after) + " (" + to_text(owner.id) + ")";
}

}  // namespace

DirectoryWork::DirectoryWork(const sync::AdminFacts& facts, Pass& pass)
    : pass_(pass), next_node_(facts.next_node) {
    for (const auto& user : facts.users) users_.add_stored(user.node, user.id, user.row);
    for (const auto& group : facts.groups) groups_.add_stored(group.node, group.id, group.row);
    for (const auto& edge : facts.memberships) stored_members_[edge] = true;
}

DirectoryWork::Users::Work* DirectoryWork::user(const std::string& name) {
    auto* found = users_.named(name);
    if (found == nullptr) pass_.refuse("no user is called " + quoted_peer_text(name), ErrorCode::not_found);
    return found;
}

DirectoryWork::Groups::Work* DirectoryWork::group(const std::string& name) {
    auto* found = groups_.named(name);
    if (found == nullptr) pass_.refuse("no group is called " + quoted_peer_text(name), ErrorCode::not_found);
    return found;
}

bool DirectoryWork::are_valid(const UserFields& fields) {
    const std::size_t before = pass_.decision.problems.size();
    const auto check = [this](const std::optional<std::string>& fault) {
        if (fault) pass_.refuse(*fault);
    };
    if (fields.user_name) check(fault_of_user_name(*fields.user_name));
    if (fields.email) check(fault_of_email(*fields.email));
    if (fields.display_name) check(fault_of_text("displayName", *fields.display_name));
    if (fields.given_name) check(fault_of_text("givenName", *fields.given_name));
    if (fields.family_name) check(fault_of_text("familyName", *fields.family_name));
    if (fields.middle_name) check(fault_of_text("middleName", *fields.middle_name));
    return pass_.decision.problems.size() == before;
}

bool DirectoryWork::are_valid(const GroupFields& fields) {
    const std::size_t before = pass_.decision.problems.size();
    if (fields.display_name) {
        if (const auto fault = fault_of_name("displayName", *fields.display_name)) pass_.refuse(*fault);
    }
    if (fields.description) {
        if (const auto fault = fault_of_text("description", *fields.description)) pass_.refuse(*fault);
    }
    return pass_.decision.problems.size() == before;
}

Applied DirectoryWork::create_user(const UserFields& fields) {
    UserRow row;
    row.user_name = *fields.user_name;
    take(row.display_name, fields.display_name);
    take(row.given_name, fields.given_name);
    take(row.family_name, fields.family_name);
    take(row.middle_name, fields.middle_name);
    take(row.email, fields.email);
    take(row.status, fields.status);
    if (row.display_name.empty()) row.display_name = row.user_name;
    pass_.is_about(users_.create(next_node_++, pass_.new_id(), std::move(row), pass_.edit).id);
    return Effect::created;
}

Applied DirectoryWork::update_user(Users::Work& work, const UserFields& fields) {
    UserRow row = *work.after;
    // A displayName that was a stand-in goes on being one (semantics 3.4).
    if (row.display_name == row.user_name && fields.user_name) row.display_name = *fields.user_name;
    take(row.user_name, fields.user_name);
    take(row.display_name, fields.display_name);
    take(row.given_name, fields.given_name);
    take(row.family_name, fields.family_name);
    take(row.middle_name, fields.middle_name);
    take(row.email, fields.email);
    take(row.status, fields.status);
    if (row.display_name.empty()) row.display_name = row.user_name;
    pass_.is_about(work.id);
    const bool same = row == *work.after;
    users_.change(work, std::move(row), pass_.edit);
    return same ? Effect::unchanged : Effect::updated;
}

Applied DirectoryWork::apply(const CreateUser& edit) {
    if (!edit.fields.user_name) return pass_.refuse("userName is missing");
    if (!are_valid(edit.fields)) return std::nullopt;
    return create_user(edit.fields);
}

Applied DirectoryWork::apply(const UpdateUser& edit) {
    auto* work = user(edit.name);
    if (work == nullptr || !are_valid(edit.fields)) return std::nullopt;
    return update_user(*work, edit.fields);
}

Applied DirectoryWork::apply(const PutUser& edit) {
    if (!edit.fields.user_name) return pass_.refuse("userName is missing");
    if (!are_valid(edit.fields)) return std::nullopt;
    auto* work = users_.with_name(*edit.fields.user_name);
    if (work == nullptr) return create_user(edit.fields);
    if (work->edit != no_edit) {
        return pass_.refuse("the userName " + quoted_peer_text(*edit.fields.user_name) +
                            " was given before: " + pass_.placed(name_of(*work->after), work->edit));
    }
    return update_user(*work, edit.fields);
}

Applied DirectoryWork::apply(const DeleteUser& edit) {
    auto* work = user(edit.name);
    if (work == nullptr) return std::nullopt;
    pass_.is_about(work->id);
    users_.remove(*work, pass_.edit);
    return Effect::removed;
}

Applied DirectoryWork::create_group(const GroupFields& fields) {
    GroupRow row;
    row.display_name = *fields.display_name;
    take(row.description, fields.description);
    pass_.is_about(groups_.create(next_node_++, pass_.new_id(), std::move(row), pass_.edit).id);
    return Effect::created;
}

Applied DirectoryWork::update_group(Groups::Work& work, const GroupFields& fields) {
    GroupRow row = *work.after;
    take(row.display_name, fields.display_name);
    take(row.description, fields.description);
    pass_.is_about(work.id);
    const bool same = row == *work.after;
    groups_.change(work, std::move(row), pass_.edit);
    return same ? Effect::unchanged : Effect::updated;
}

Applied DirectoryWork::apply(const CreateGroup& edit) {
    if (!edit.fields.display_name) return pass_.refuse("displayName is missing");
    if (!are_valid(edit.fields)) return std::nullopt;
    return create_group(edit.fields);
}

Applied DirectoryWork::apply(const UpdateGroup& edit) {
    auto* work = group(edit.name);
    if (work == nullptr || !are_valid(edit.fields)) return std::nullopt;
    return update_group(*work, edit.fields);
}

Applied DirectoryWork::apply(const PutGroup& edit) {
    if (!edit.fields.display_name) return pass_.refuse("displayName is missing");
    if (!are_valid(edit.fields)) return std::nullopt;
    std::vector<sync::Node> members;
    bool all_found = true;
    for (const auto& name : edit.members) {
        const auto* member = user(name);
        all_found &= member != nullptr;
        if (member != nullptr) members.push_back(member->node);
    }
    if (!all_found) return std::nullopt;
    auto* work = groups_.with_name(*edit.fields.display_name);
    if (work != nullptr && work->edit != no_edit) {
        return pass_.refuse("the displayName " + quoted_peer_text(*edit.fields.display_name) +
                            " was given before: " + pass_.placed(name_of(*work->after), work->edit));
    }
    Applied applied = work == nullptr ? create_group(edit.fields) : update_group(*work, edit.fields);
    work = groups_.with_name(*edit.fields.display_name);
    for (const sync::Node member : members) {
        if (set_member(work->node, member, true) && applied == Effect::unchanged) applied = Effect::updated;
    }
    return applied;
}

Applied DirectoryWork::apply(const DeleteGroup& edit) {
    auto* work = group(edit.name);
    if (work == nullptr) return std::nullopt;
    pass_.is_about(work->id);
    groups_.remove(*work, pass_.edit);
    return Effect::removed;
}

Applied DirectoryWork::apply(const SetMember& edit) {
    const auto* in = group(edit.group);
    const auto* member = user(edit.user);
    if (in == nullptr || member == nullptr) return std::nullopt;
    pass_.is_about(in->id);
    if (!set_member(in->node, member->node, edit.is_member)) return Effect::unchanged;
    return Effect::updated;
}

bool DirectoryWork::set_member(sync::Node group, sync::Node user, bool is_member) {
    const sync::Edge edge{group, user};
    const auto [place, is_new] = members_.try_emplace(edge, stored_members_.contains(edge));
    return std::exchange(place->second, is_member) != is_member;
}

/// The present owner keeps a contested value; of several newcomers the first edit gets it.
template <class Table, class KeyOf>
void DirectoryWork::judge(Table& table, std::string_view attribute, std::string_view kind, KeyOf key_of) {
    using Work = typename Table::Work;
    const auto is_owner = [&key_of](const Work& work) {
        return work.before && sync::name_key(key_of(*work.before)) == sync::name_key(key_of(*work.after));
    };
    std::unordered_map<sync::NameKey, const Work*> owners;
    for (const bool owners_first : {true, false}) {
        std::vector<const Work*> claims;
        for (const auto& work : table.all()) {
            if (work.after && !key_of(*work.after).empty() && is_owner(work) == owners_first)
                claims.push_back(&work);
        }
        std::ranges::stable_sort(claims, {}, &Work::edit);
        for (const auto* claim : claims) {
            const std::string& value = key_of(*claim->after);
            const auto [owner, is_free] = owners.try_emplace(sync::name_key(value), claim);
            if (is_free) continue;
            pass_.refuse(claim->edit, "the " + std::string(attribute) + " " + quoted_peer_text(value) +
                                          " belongs to " + owner_text(pass_, kind, *owner->second));
        }
    }
}

void DirectoryWork::judge_names() {
    judge(users_, "userName", "user", [](const UserRow& row) -> const std::string& { return row.user_name; });
    judge(users_, "email", "user", [](const UserRow& row) -> const std::string& { return row.email; });
    judge(groups_, "displayName", "group",
          [](const GroupRow& row) -> const std::string& { return row.display_name; });
}

void DirectoryWork::finish() {
    sync::Plan& plan = pass_.decision.plan.rows;
    const auto fill = [](auto& table, auto& changes) {
        for (const auto& work : table.all()) {
            if (work.before == work.after) continue;
            auto& change = changes.emplace_back();
            change.action = !work.before  ? sync::Action::create
                            : !work.after ? sync::Action::remove
                                          : sync::Action::update;
            change.node = work.node;
            change.id = work.id;
            if (work.before) change.before = *work.before;
            if (work.after) change.after = *work.after;
            change.reason = sync::Reason::by_admin;
        }
        std::ranges::sort(changes, {}, [](const auto& change) { return change.node; });
    };
    fill(users_, plan.users);
    fill(groups_, plan.groups);
    for (const auto& change : plan.users) pass_.decision.lines.push_back(described(change));
    for (const auto& change : plan.groups) pass_.decision.lines.push_back(described(change));

    std::unordered_map<sync::Node, const Users::Work*> users;
    for (const auto& work : users_.all()) users[work.node] = &work;
    std::unordered_map<sync::Node, const Groups::Work*> groups;
    for (const auto& work : groups_.all()) groups[work.node] = &work;
    for (const auto& [edge, is_member] : members_) {
        if (is_member == stored_members_.contains(edge)) continue;
        const auto* group = groups[edge.group];
        const auto* user = users[edge.member];
        if (!group->after || !user->after) continue;
        const sync::MembershipChange change{edge.group, edge.member, is_member, sync::Reason::by_admin};
        plan.memberships.push_back(change);
        pass_.decision.lines.push_back(
            described(change, group->id, name_of(*group->after), user->id, name_of(*user->after)));
    }

    auto& counts = pass_.decision.plan.counts;
    const auto count = [&counts](const std::string& kind, const auto& changes) {
        std::array<std::uint64_t, 3> by_action{};
        for (const auto& change : changes) ++by_action[static_cast<std::size_t>(change.action)];
        counts.emplace_back(kind + "_created", by_action[0]);
        counts.emplace_back(kind + "_updated", by_action[1]);
        counts.emplace_back(kind + "_removed", by_action[2]);
    };
    count("users", plan.users);
    count("groups", plan.groups);
    const auto added =
        static_cast<std::uint64_t>(std::ranges::count_if(plan.memberships, &sync::MembershipChange::add));
    counts.emplace_back("memberships_added", added);
    counts.emplace_back("memberships_removed", plan.memberships.size() - added);
}

}  // namespace dirsync::admin
