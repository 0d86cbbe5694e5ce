#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "admin/planner.hpp"
#include "admin/row_table.hpp"

// The two halves of `planned`, each with the edits it knows.
namespace dirsync::admin {

enum class Effect : std::uint8_t { created, updated, removed, unchanged };

/// What all parts of one pass over the edits share.
struct Pass {
    std::span<const Edit> edits;
    const std::function<RowId()>& new_id;
    Decision& decision;
    std::size_t edit = 0;  ///< the one that is being applied

    /// What `apply` answers when the edit cannot be.
    std::nullopt_t refuse(std::string message, ErrorCode code = ErrorCode::refused) {
        return refuse(edit, std::move(message), code);
    }
    std::nullopt_t refuse(std::size_t which, std::string message, ErrorCode code = ErrorCode::refused) {
        decision.problems.push_back({which, edits[which].place, code, std::move(message)});
        return std::nullopt;
    }
    std::nullopt_t no_match(std::string message) {
        decision.unmatched.push_back({edit, edits[edit].place, ErrorCode::not_found, std::move(message)});
        return std::nullopt;
    }
    void is_about(const RowId& id) { decision.objects[edit] = id; }
    /// `bob (line users.csv:3)` or `bob`.
    std::string placed(const std::string& name, std::size_t which) const {
        return which == no_edit || edits[which].place.empty() ? name : name + " at " + edits[which].place;
    }
};

using Applied = std::optional<Effect>;

/// Users, groups and memberships.
class DirectoryWork {
public:
    using Users = RowTable<sync::UserRow>;
    using Groups = RowTable<sync::GroupRow>;

    DirectoryWork(const sync::AdminFacts& facts, Pass& pass);

    Applied apply(const CreateUser& edit);
    Applied apply(const UpdateUser& edit);
    Applied apply(const PutUser& edit);
    Applied apply(const DeleteUser& edit);
    Applied apply(const CreateGroup& edit);
    Applied apply(const UpdateGroup& edit);
    Applied apply(const PutGroup& edit);
    Applied apply(const DeleteGroup& edit);
    Applied apply(const SetMember& edit);

    /// Nullptr, and the edit refused, when nobody is called so.
    Users::Work* user(const std::string& name);
    Groups::Work* group(const std::string& name);
    Users& users() noexcept { return users_; }
    Groups& groups() noexcept { return groups_; }

    /// Judges names and addresses on the state that all edits lead to.
    void judge_names();
    void finish();

private:
    bool are_valid(const UserFields& fields);
    bool are_valid(const GroupFields& fields);
    Applied create_user(const UserFields& fields);
    Applied update_user(Users::Work& work, const UserFields& fields);
    Applied create_group(const GroupFields& fields);
    Applied update_group(Groups::Work& work, const GroupFields& fields);
    bool set_member(sync::Node group, sync::Node user, bool is_member);
    template <class Table, class KeyOf>
    void judge(Table& table, std::string_view attribute, std::string_view kind, KeyOf key_of);

    Pass& pass_;
    Users users_;
    Groups groups_;
    std::map<sync::Edge, bool> stored_members_;
    std::map<sync::Edge, bool> members_;  ///< as they should be, those that edits are about
    sync::Node next_node_;
};

/// Permission sets and assignments.
class AssignmentWork {
public:
    AssignmentWork(const sync::AdminFacts& facts, DirectoryWork& directory, Pass& pass);

    Applied apply(const CreatePermissionSet& edit);
    Applied apply(const DeletePermissionSet& edit);
    Applied apply(const CreateAssignment& edit);
    Applied apply(const ImportAssignment& edit);
    Applied apply(const DeleteAssignment& edit);

    void finish();

private:
    struct Principal {
        RowId id;
        std::string name;
    };
    sync::PermissionSet* permission_set(const std::string& name);
    std::optional<Principal> principal_of(const ImportAssignment& edit);
    Applied assign(sync::PrincipalType type, const Principal& principal, const sync::PermissionSet& set,
                   const std::string& target);
    void remove(const sync::Assignment& assignment);
    std::string principal_name(const sync::Assignment& assignment);
    const sync::PermissionSet& add(const std::string& name, const std::string& description);

    Pass& pass_;
    DirectoryWork& directory_;
    std::map<RowId, sync::PermissionSet> sets_;
    std::unordered_map<sync::NameKey, RowId> sets_by_name_;
    std::map<RowId, sync::Assignment> assignments_;
    std::map<std::tuple<RowId, RowId, std::string>, RowId> by_content_;
};

}  // namespace dirsync::admin
