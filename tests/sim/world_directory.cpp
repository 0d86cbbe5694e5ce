#include <algorithm>

#include "tests/sim/world.hpp"

// What people do in the directory, and what happens to its rights and its machines.
namespace dirsync::sim {
namespace {

using sync::EntryKind;

// Room for no more: histories are about what happens, not about how many.
constexpr std::size_t most_users = 24;
constexpr std::size_t most_groups = 12;
constexpr std::size_t most_containers = 8;

void set(Object& object, const char* name, const std::string& value) {
    if (value.empty()) {
        object.attributes.erase(name);
    } else {
        object.attributes[name] = value;
    }
}

}  // namespace

ObjectPtr World::pick(EntryKind kind, std::uint32_t number) const {
    const auto found = forest_.living(kind);
    return found.empty() ? nullptr : found[number % found.size()];
}

ObjectPtr World::pick_member(const Step& step) const {
    return pick(step.c % 3 == 0 ? EntryKind::group : EntryKind::user, step.b);
}

std::string World::free_name(std::size_t domain, const char* prefix, std::uint32_t number) const {
    for (std::uint32_t i = 0;; ++i) {
        const std::string name = prefix + std::to_string((number + i) % 40);
        if (forest_.name_is_free(domain, name)) return name;
    }
}

ObjectGuid World::pick_container(std::size_t domain, std::uint32_t number) const {
    std::vector<ObjectGuid> found{ObjectGuid{}};
    for (const auto& container : forest_.living(EntryKind::container)) {
        if (container->domain == domain) found.push_back(container->guid);
    }
    return found[number % found.size()];
}

void World::add(EntryKind kind, const Step& step) {
    const std::size_t most = kind == EntryKind::user    ? most_users
                             : kind == EntryKind::group ? most_groups
                                                        : most_containers;
    if (forest_.living(kind).size() >= most) return;
    Object object;
    object.kind = kind;
    object.domain = step.c % forest_.domains().size();
    object.parent = pick_container(object.domain, step.b);
    const char* prefix = kind == EntryKind::user ? "u" : kind == EntryKind::group ? "g" : "ou";
    object.name = free_name(object.domain, prefix, step.a);
    if (kind == EntryKind::user) {
        object.attributes["sn"] = "Family" + std::to_string(step.a % 5);
        object.attributes["department"] = "d" + std::to_string(step.b % 3);
        if (step.a % 2 == 0) object.attributes["mail"] = "m" + std::to_string(step.b % 20) + "@example.com";
    }
    forest_.add(std::move(object));
}

void World::move(const Step& step) {
    const EntryKind kinds[] = {EntryKind::user, EntryKind::group, EntryKind::container};
    const ObjectPtr moved = pick(kinds[step.c % 3], step.a);
    if (!moved) return;
    const ObjectGuid to = pick_container(moved->domain, step.b);
    // Nothing moves below itself.
    ObjectGuid at = to;
    for (int depth = 0; !at.is_nil() && depth < 64; ++depth) {
        if (at == moved->guid) return;
        at = forest_.object(at)->parent;
    }
    Object object = *moved;
    object.parent = to;
    forest_.put(std::move(object));
}

bool World::change_directory(const Step& step) {
    return change_population(step) || change_links(step) || change_names(step) || change_user(step);
}

bool World::change_population(const Step& step) {
    switch (step.kind) {
        case StepKind::add_user:
            add(EntryKind::user, step);
            return true;
        case StepKind::add_group:
            add(EntryKind::group, step);
            return true;
        case StepKind::add_ou:
            add(EntryKind::container, step);
            return true;
        case StepKind::remove: {
            const EntryKind kinds[] = {EntryKind::user, EntryKind::user, EntryKind::group,
                                       step.b % 3 == 0 ? EntryKind::container : EntryKind::user};
            if (const ObjectPtr object = pick(kinds[step.c % 4], step.a)) forest_.remove(object->guid, now_);
            return true;
        }
        case StepKind::undelete: {
            const auto tombstones = forest_.tombstones();
            if (!tombstones.empty()) forest_.undelete(tombstones[step.a % tombstones.size()]->guid);
            return true;
        }
        case StepKind::recreate: {
            const ObjectPtr old = pick(step.b % 3 == 0 ? EntryKind::group : EntryKind::user, step.a);
            if (!old) return true;
            Object again = *old;
            forest_.remove(old->guid, now_);
            forest_.add(std::move(again));
            return true;
        }
        default:
            return false;
    }
}

bool World::change_links(const Step& step) {
    switch (step.kind) {
        case StepKind::link:
        case StepKind::unlink: {
            const ObjectPtr group = pick(EntryKind::group, step.a);
            if (!group) return true;
            if (step.kind == StepKind::link) {
                if (const ObjectPtr member = pick_member(step)) forest_.link(group->guid, member->guid, true);
                return true;
            }
            const auto& links = forest_.domains()[group->domain].truth.find(group->guid)->links;
            if (links.empty()) return true;
            const ObjectGuid member = std::next(links.begin(), step.b % links.size())->first;
            forest_.link(group->guid, member, false);
            return true;
        }
        case StepKind::link_foreign: {
            const ObjectPtr group = pick(EntryKind::group, step.a);
            const ObjectPtr target = pick_member(step);
            if (group && target && group->domain != target->domain)
                forest_.link(group->guid, forest_.foreign_of(*target, group->domain)->guid, true);
            return true;
        }
        default:
            return false;
    }
}

bool World::change_names(const Step& step) {
    switch (step.kind) {
        case StepKind::rename: {
            const EntryKind kinds[] = {EntryKind::user, EntryKind::group, EntryKind::container};
            const char* prefixes[] = {"u", "g", "ou"};
            if (const ObjectPtr old = pick(kinds[step.c % 3], step.a)) {
                Object object = *old;
                object.name = free_name(old->domain, prefixes[step.c % 3], step.b);
                forest_.put(std::move(object));
            }
            return true;
        }
        case StepKind::swap_names: {
            const EntryKind kind = step.c % 3 == 0 ? EntryKind::group : EntryKind::user;
            const ObjectPtr a = pick(kind, step.a);
            const ObjectPtr b = pick(kind, step.b);
            if (!a || a == b || a->domain != b->domain) return true;
            Object first = *a;
            Object second = *b;
            std::swap(first.name, second.name);
            std::swap(first.attributes["userPrincipalName"], second.attributes["userPrincipalName"]);
            // No two have the same name at any time.
            Object parked = *a;
            parked.name = "parked";
            forest_.put(std::move(parked));
            forest_.put(std::move(second));
            forest_.put(std::move(first));
            return true;
        }
        case StepKind::move:
            move(step);
            return true;
        default:
            return false;
    }
}

bool World::change_user(const Step& step) {
    const auto change = [&](auto&& edit) {
        const ObjectPtr user = pick(EntryKind::user, step.a);
        if (!user) return;
        Object object = *user;
        edit(object);
        forest_.put(std::move(object));
    };
    switch (step.kind) {
        case StepKind::disable:
            change([](Object& user) { user.disabled = !user.disabled; });
            return true;
        case StepKind::expire:
            change([&](Object& user) {
                const auto days = static_cast<std::int64_t>(step.b % 60) - 10;
                user.expires = step.c % 3 == 0 ? sync::never_expires
                                               : (now_ + Duration(days * 86400)).time_since_epoch().count();
            });
            return true;
        case StepKind::set_mail:
            change([&](Object& user) {
                set(user, "mail", step.c % 4 == 0 ? "" : "M" + std::to_string(step.b % 12) + "@example.com");
            });
            return true;
        case StepKind::set_principal:
            change([&](Object& user) {
                const std::string bad = step.c % 2 == 0 ? "white space" : hidden_name;
                const std::string name = step.c % 9 == 0 ? bad : "p" + std::to_string(step.b % 10);
                set(user, "userPrincipalName", step.c % 4 == 0 ? "" : name + "@corp.example.com");
            });
            return true;
        case StepKind::set_names:
            change([&](Object& user) {
                set(user, "displayName", step.b % 3 == 0 ? "" : "Name " + std::to_string(step.b % 7));
                set(user, "givenName", step.c % 3 == 0 ? "" : "Given" + std::to_string(step.c % 7));
            });
            return true;
        case StepKind::set_department:
            change([&](Object& user) { set(user, "department", "d" + std::to_string(step.b % 3)); });
            return true;
        case StepKind::set_primary:
            change([&](Object& user) {
                const ObjectPtr group = pick(EntryKind::group, step.b);
                const bool none = !group || step.c % 3 == 0 || group->domain != user.domain;
                user.primary_group = none ? 0 : group->rid;
            });
            return true;
        default:
            return false;
    }
}

bool World::change_rights(const Step& step) {
    Denied& denied = forest_.denied;
    switch (step.kind) {
        case StepKind::deny_object: {
            const EntryKind kinds[] = {EntryKind::user, EntryKind::group, EntryKind::container};
            if (const ObjectPtr object = pick(kinds[step.b % 3], step.a)) denied.objects.insert(object->guid);
            break;
        }
        case StepKind::deny_foreign:
            if (const ObjectPtr object = pick(EntryKind::foreign, step.a))
                denied.objects.insert(object->guid);
            break;
        case StepKind::deny_tree:
            if (const ObjectPtr object = pick(EntryKind::container, step.a))
                denied.trees.insert(object->guid);
            break;
        case StepKind::deny_control:
            if (const ObjectPtr object = pick(EntryKind::user, step.a)) denied.controls.insert(object->guid);
            break;
        case StepKind::deny_tombstones:
            denied.tombstones.insert(step.a % forest_.domains().size());
            break;
        case StepKind::allow_one: {
            const auto forget = [&step](auto& set) {
                if (set.empty()) return false;
                set.erase(std::next(set.begin(), step.b % set.size()));
                return true;
            };
            if (!(step.a % 2 == 0 && forget(denied.objects)) && !forget(denied.trees) &&
                !forget(denied.controls))
                forget(denied.objects);
            break;
        }
        case StepKind::allow_all:
            denied = {};
            break;
        default:
            return false;
    }
    // What happened in the dark is not told when it is light again.
    witness_->distrust();
    return true;
}

}  // namespace dirsync::sim
