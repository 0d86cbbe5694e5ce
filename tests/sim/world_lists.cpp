#include <algorithm>
#include <iterator>

#include "tests/sim/world.hpp"

// Lists and attributes that are withheld, names that a conflict mangles, and what befalls many at once.
namespace dirsync::sim {
namespace {

using sync::EntryKind;

constexpr std::size_t most_in_a_crowd = 32;

}  // namespace

bool World::change_lists(const Step& step) {
    if (change_list_rights(step)) return true;
    const ObjectPtr group = pick(EntryKind::group, step.a);
    const ObjectPtr user = pick(EntryKind::user, step.a);
    switch (step.kind) {
        case StepKind::describe:
            if (group) {
                Object object = *group;
                object.attributes["description"] = "Group " + std::to_string(step.b % 9);
                forest_.put(std::move(object));
            }
            return true;
        case StepKind::empty_group: {
            if (!group) return true;
            const auto links = forest_.domains()[group->domain].truth.find(group->guid)->links;
            for (const auto& [member, link] : links) forest_.link(group->guid, member, false);
            return true;
        }
        case StepKind::change_domain:
            if (user && forest_.domains().size() > 1) {
                const std::size_t to = 1 - user->domain;
                forest_.change_domain(user->guid, to, free_name(to, "u", step.b), now_);
                // No user lives twice for long: the domain that is left hears of the move.
                auto& left = forest_.domains()[user->domain];
                for (std::size_t dc = 0; dc < left.dcs.size(); ++dc)
                    forest_.replicate(user->domain, dc, left.log.size());
            }
            return true;
        case StepKind::mangle:
            if (const ObjectPtr object = step.c % 3 == 0 ? group : user) {
                Object changed = *object;
                changed.mangled = !changed.mangled;
                forest_.put(std::move(changed));
            }
            return true;
        case StepKind::crowd:
            crowd(step);
            return true;
        default:
            return false;
    }
}

/// A right that is taken, or given, is a change of its own most of the time.
bool World::change_list_rights(const Step& step) {
    Denied& denied = forest_.denied;
    const ObjectPtr group = pick(EntryKind::group, step.a);
    const ObjectPtr user = pick(EntryKind::user, step.a);
    const auto touch = [&](const ObjectPtr& object) {
        if (step.c % 3 != 0) forest_.touch(object->guid);
        witness_->distrust();
    };
    switch (step.kind) {
        case StepKind::deny_list:
            if (!group) return true;
            denied.lists.insert(group->guid);
            touch(group);
            return true;
        case StepKind::half_list:
            if (!group) return true;
            denied.halves[group->guid] = step.b % 3;
            witness_->distrust();
            return true;
        case StepKind::deny_back_links:
            if (const ObjectPtr member = pick_member(step)) {
                denied.back_links.insert(member->guid);
                touch(member);
            }
            return true;
        case StepKind::deny_attribute:
            if (user) deny_attribute(step.c % 2 == 0 ? newest_user() : user, step);
            if (user) touch(user);
            return true;
        case StepKind::deny_status:
            if (user) deny_status(step.c % 2 == 0 ? newest_user() : user, step);
            if (user) touch(user);
            return true;
        case StepKind::allow_lists: {
            const auto lists = std::move(denied.lists);
            denied.lists = {};
            denied.halves = {};
            denied.back_links = {};
            denied.expiries = {};
            denied.mails = {};
            denied.statuses = {};
            if (step.c % 3 != 0) {
                for (const auto& guid : lists) forest_.touch(guid);
            }
            witness_->distrust();
            return true;
        }
        default:
            return false;
    }
}

ObjectPtr World::newest_user() const {
    const auto users = forest_.living(EntryKind::user);
    return *std::max_element(users.begin(), users.end(),
                             [](const auto& a, const auto& b) { return a->rid < b->rid; });
}

/// Leavers are among those whose expiry is withheld.
void World::deny_attribute(const ObjectPtr& user, const Step& step) {
    if (step.b % 2 != 0) {
        forest_.denied.mails.insert(user->guid);
        return;
    }
    forest_.denied.expiries.insert(user->guid);
    if (step.b % 4 != 0) return;
    Object leaver = *user;
    leaver.expires = (now_ - Duration(10 * 86400)).time_since_epoch().count();
    forest_.put(std::move(leaver));
}

/// Leavers are among those whose userAccountControl is withheld.
void World::deny_status(const ObjectPtr& user, const Step& step) {
    forest_.denied.statuses.insert(user->guid);
    if (step.b % 2 != 0) return;
    Object leaver = *user;
    leaver.disabled = !leaver.disabled;
    forest_.put(std::move(leaver));
}

/// Many come, or something befalls every second one.
void World::crowd(const Step& step) {
    const auto users = forest_.living(EntryKind::user);
    const ObjectPtr group = pick(EntryKind::group, step.b);
    if (step.c % 4 == 0) {
        for (std::uint32_t i = 0; i < 12 && forest_.living(EntryKind::user).size() < most_in_a_crowd; ++i) {
            Object user;
            user.domain = group ? group->domain : 0;
            user.parent = pick_container(user.domain, step.b);
            user.name = free_name(user.domain, "u", step.a + i);
            user.attributes["mail"] = user.name + "@example.com";
            const ObjectPtr added = forest_.add(std::move(user));
            if (group) forest_.link(group->guid, added->guid, true);
        }
        return;
    }
    for (std::size_t i = step.a % 2; i < users.size(); i += 2) {
        Object user = *users[i];
        if (step.c % 4 == 1) {
            user.disabled = step.a % 4 < 2;
            forest_.put(std::move(user));
        } else if (step.c % 4 == 2) {
            user.attributes.erase("mail");
            forest_.put(std::move(user));
        } else if (group) {
            forest_.link(group->guid, user.guid, step.a % 4 < 2);
        }
    }
}

}  // namespace dirsync::sim
