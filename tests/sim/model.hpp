#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/sim/choice.hpp"
#include "tests/sim/forest/forest.hpp"

namespace dirsync::sim {

/// A state of each domain, as one of its DCs has it; nullptr: a domain that is not configured.
using Views = std::vector<const Replica*>;
/// Scope entries ("groups: CORP\x") and the objects they are pinned to (semantics 2.8).
using Pins = std::map<std::string, ObjectGuid>;

/// Of a user: with a character that shows nothing (semantics 3.8).
inline constexpr const char* hidden_name = "hid\u200bden";

/// What semantics.md makes of a forest and a configuration, worked out the slow and plain way, from nothing
/// but the objects: who is in scope, who is a member of what, what the rows read.
class Model {
public:
    /// `known`: objects in the store, and groups that are known without a row. Of all others, those with a
    /// name that a conflict has mangled do not count (semantics 5.17).
    Model(const Forest& forest, Views views, const Choice& choice, const Pins& pins, Time now,
          std::set<ObjectGuid> known);

    /// nullptr: not there, deleted, or of a domain that is not configured.
    const Object* object(const ObjectGuid& guid) const;
    bool is_user_in(const ObjectGuid& user) const { return users_in_.contains(user); }
    bool is_group_in(const ObjectGuid& group) const { return groups_in_.contains(group); }
    bool is_member(const ObjectGuid& group, const ObjectGuid& user) const;
    /// Groups and users that are reached through the group.
    std::set<ObjectGuid> below(const ObjectGuid& group) const;
    /// Whether the group is in the scope or not.
    bool reaches(const ObjectGuid& group, const ObjectGuid& user) const;
    const std::set<ObjectGuid>& users_in() const { return users_in_; }
    const std::set<ObjectGuid>& groups_in() const { return groups_in_; }
    std::set<ObjectGuid> users_of(const ObjectGuid& group) const;
    bool is_disabled(const Object& user) const;

    /// Columns of v1_users or v1_groups that the directory decides, by name; `error` when a rule is broken.
    struct Expected {
        std::map<std::string, std::string> columns;
        std::string error;
    };
    Expected user_row(const Object& user) const;
    Expected group_row(const Object& group) const;

private:
    void resolve(const Pins& pins);
    void link();
    void descend(const ObjectGuid& group, std::set<ObjectGuid>& groups, std::set<ObjectGuid>& users) const;
    bool is_below_listed_container(const Object& user) const;
    bool lists(sync::ScopeList list, const ObjectGuid& guid) const;
    sync::EntryKind kind_of(const Object& object) const;

    const Forest& forest_;
    Views views_;
    const Choice& choice_;
    Time now_;
    std::set<ObjectGuid> known_;
    std::map<sync::ScopeList, std::set<ObjectGuid>> resolved_;
    std::map<ObjectGuid, std::set<ObjectGuid>> direct_;  // users and groups, whatever the way they are in
    std::set<ObjectGuid> users_in_;
    std::set<ObjectGuid> groups_in_;
};

}  // namespace dirsync::sim
