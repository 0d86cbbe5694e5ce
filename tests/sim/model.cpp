#include "tests/sim/model.hpp"

namespace dirsync::sim {
namespace {

using sync::EntryKind;
using sync::ScopeList;

std::string attribute(const Object& object, const char* name) {
    const auto found = object.attributes.find(name);
    return found == object.attributes.end() ? std::string() : found->second;
}

}  // namespace

Model::Model(const Forest& forest, Views views, const Choice& choice, const Pins& pins, Time now,
             std::set<ObjectGuid> known)
    : forest_(forest), views_(std::move(views)), choice_(choice), now_(now), known_(std::move(known)) {
    resolve(pins);
    link();
    std::set<ObjectGuid> users;
    for (const auto& root : resolved_[ScopeList::groups]) descend(root, groups_in_, users);
    users_in_ = users;
    for (const Replica* view : views_) {
        if (view == nullptr) continue;
        for (const auto& [guid, held] : view->objects()) {
            const Object& user = *held.object;
            if (kind_of(user) != EntryKind::user || user.deleted || lists(ScopeList::exclude_users, guid))
                continue;
            const bool matches = !choice_.department.empty() && user.domain == 0 &&
                                 attribute(user, "department") == choice_.department;
            if (matches || lists(ScopeList::users, guid) || is_below_listed_container(user))
                users_in_.insert(guid);
        }
    }
}

const Object* Model::object(const ObjectGuid& guid) const {
    for (const Replica* view : views_) {
        const Object* found = view == nullptr ? nullptr : view->alive(guid);
        if (found != nullptr) return found;
    }
    return nullptr;
}

EntryKind Model::kind_of(const Object& object) const {
    return object.mangled && !known_.contains(object.guid) ? EntryKind::other : object.kind;
}

bool Model::lists(ScopeList list, const ObjectGuid& guid) const {
    const auto found = resolved_.find(list);
    return found != resolved_.end() && found->second.contains(guid);
}

void Model::resolve(const Pins& pins) {
    for (const auto& listed : choice_.listed) {
        const std::string key = std::string(text_of(listed.list)) + ": " + listed.text;
        // An object that took the name of an exclusion whose own object could not be seen is kept out as well
        // (2.8), and what it stood for before that was deleted (4.3).
        for (const char* word : {"also ", "once "}) {
            const std::string prefix = word + key + " = ";
            for (auto other = pins.lower_bound(prefix);
                 other != pins.end() && other->first.starts_with(prefix); ++other) {
                if (object(other->second) != nullptr) resolved_[listed.list].insert(other->second);
            }
        }
        const auto pin = pins.find(key);
        if (pin != pins.end() && object(pin->second) != nullptr) resolved_[listed.list].insert(pin->second);
    }
}

/// Direct members: listed ones, those of foreign principals, those by primary group (semantics 2.5, 2.6).
void Model::link() {
    std::map<Sid, ObjectGuid> by_sid;
    for (std::size_t i = 0; i < views_.size(); ++i) {
        if (views_[i] == nullptr) continue;
        for (const auto& [guid, held] : views_[i]->objects()) {
            const Object& object = *held.object;
            const EntryKind kind = kind_of(object);
            if (!object.deleted && (kind == EntryKind::user || kind == EntryKind::group))
                by_sid[forest_.domains()[i].sid.with_rid(object.rid)] = guid;
        }
    }
    for (std::size_t i = 0; i < views_.size(); ++i) {
        if (views_[i] == nullptr) continue;
        for (const auto& [guid, held] : views_[i]->objects()) {
            const Object& subject = *held.object;
            if (subject.deleted) continue;
            if (kind_of(subject) == EntryKind::group) {
                for (const auto& [member, link] : held.links) {
                    const Object* of = link.present ? object(member) : nullptr;
                    if (of == nullptr) continue;
                    if (of->kind == EntryKind::foreign) {
                        const auto target = by_sid.find(*of->foreign_sid);
                        if (target != by_sid.end()) direct_[guid].insert(target->second);
                    } else {
                        direct_[guid].insert(member);
                    }
                }
            }
            if (kind_of(subject) == EntryKind::user && choice_.primary_group && subject.primary_group != 0) {
                const auto primary = by_sid.find(forest_.domains()[i].sid.with_rid(subject.primary_group));
                if (primary != by_sid.end()) direct_[primary->second].insert(guid);
            }
        }
    }
}

void Model::descend(const ObjectGuid& group, std::set<ObjectGuid>& groups,
                    std::set<ObjectGuid>& users) const {
    const Object* of = object(group);
    if (of == nullptr || kind_of(*of) != EntryKind::group) return;
    if (lists(ScopeList::exclude_groups, group) || !groups.insert(group).second) return;
    const auto members = direct_.find(group);
    if (members == direct_.end()) return;
    for (const auto& member : members->second) {
        const Object* below = object(member);
        if (kind_of(*below) == EntryKind::group) {
            descend(member, groups, users);
        } else if (kind_of(*below) == EntryKind::user && !lists(ScopeList::exclude_users, member)) {
            users.insert(member);
        }
    }
}

std::set<ObjectGuid> Model::users_of(const ObjectGuid& group) const {
    std::set<ObjectGuid> users;
    if (!is_group_in(group)) return users;
    if (choice_.flatten) {
        std::set<ObjectGuid> groups;
        descend(group, groups, users);
        return users;
    }
    const auto members = direct_.find(group);
    if (members == direct_.end()) return users;
    for (const auto& member : members->second) {
        if (kind_of(*object(member)) == EntryKind::user && !lists(ScopeList::exclude_users, member))
            users.insert(member);
    }
    return users;
}

bool Model::is_member(const ObjectGuid& group, const ObjectGuid& user) const {
    return users_of(group).contains(user);
}

std::set<ObjectGuid> Model::below(const ObjectGuid& group) const {
    std::set<ObjectGuid> groups;
    std::set<ObjectGuid> users;
    descend(group, groups, users);
    users.insert(groups.begin(), groups.end());
    return users;
}

bool Model::reaches(const ObjectGuid& group, const ObjectGuid& user) const {
    std::set<ObjectGuid> groups;
    std::set<ObjectGuid> users;
    descend(group, groups, users);
    return users.contains(user);
}

bool Model::is_below_listed_container(const Object& user) const {
    const auto listed = resolved_.find(ScopeList::organizational_units);
    if (listed == resolved_.end()) return false;
    ObjectGuid at = user.parent;
    for (int depth = 0; !at.is_nil() && depth < 64; ++depth) {
        if (listed->second.contains(at)) return true;
        const Object* parent = object(at);
        if (parent == nullptr) return false;
        at = parent->parent;
    }
    return listed->second.contains(forest_.domains()[user.domain].guid);
}

bool Model::is_disabled(const Object& user) const {
    return user.disabled || user.expires <= now_.time_since_epoch().count();
}

Model::Expected Model::user_row(const Object& user) const {
    const Domain& domain = forest_.domains()[user.domain];
    const std::string account = user.name + "@" + domain.name;
    const std::string principal = attribute(user, "userPrincipalName");
    Expected expected;
    auto& row = expected.columns;
    row["user_name"] = choice_.mapping == 1 || principal.empty() ? account : principal;
    row["email"] = choice_.mapping == 1 ? "" : attribute(user, "mail");
    const std::string given = attribute(user, "givenName");
    const std::string family = attribute(user, "sn");
    row["display_name"] = attribute(user, "displayName");
    if (choice_.mapping == 1)
        row["display_name"] = given.empty() || family.empty() ? "" : family + ", " + given;
    if (row["display_name"].empty()) row["display_name"] = user.name;
    row["given_name"] = given;
    row["family_name"] = family;
    row["external_id"] = to_text(user.guid);
    row["sid"] = to_text(domain.sid.with_rid(user.rid));
    row["status"] = is_disabled(user) ? "DISABLED" : "ENABLED";
    row["scope"] = "in";
    row["out_since"] = "";
    const std::string department = attribute(user, "department");
    if (choice_.mapping == 1 && !department.empty())
        row["attributes"] = R"({"department":")" + department + "\"}";
    const std::string& user_name = row["user_name"];
    const bool is_bad =
        user_name.find(' ') != std::string::npos || user_name.find(hidden_name) != std::string::npos;
    if (user.mangled || is_bad) expected.error = "InvalidValue";
    return expected;
}

Model::Expected Model::group_row(const Object& group) const {
    Expected expected;
    auto& row = expected.columns;
    row["display_name"] = group.name + "@" + forest_.domains()[group.domain].name;
    row["description"] = attribute(group, "description");
    if (group.mangled) expected.error = "InvalidValue";
    row["external_id"] = to_text(group.guid);
    row["scope"] = "in";
    row["out_since"] = "";
    return expected;
}

}  // namespace dirsync::sim
