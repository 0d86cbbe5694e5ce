#include "sync/guard.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include <xxhash.h>
#include <boost/unordered/unordered_flat_map.hpp>

#include "sync/mirror.hpp"

namespace dirsync::sync {
namespace {

constexpr std::size_t percent_applies_above = 10;
constexpr std::size_t hold_classes = static_cast<std::size_t>(HoldClass::reverted) + 1;

bool removes(HoldClass hold) {
    return hold == HoldClass::remove_users || hold == HoldClass::remove_groups ||
           hold == HoldClass::remove_memberships || hold == HoldClass::remove_members_of_group;
}

std::string text_of(const GuardLimit& limit) {
    char text[64];
    std::snprintf(text, sizeof text, "%llu or %g%%", static_cast<unsigned long long>(limit.count),
                  limit.percent);
    return text;
}

}  // namespace

Guards::Guards(const SafetySettings& safety, const GuardWindow& passed, std::span<const Hold> in_force,
               std::span<const Approval> approvals, Time now)
    : safety_(safety), passed_(passed), in_force_(in_force), now_(now) {
    for (const auto& approval : approvals) {
        for (const auto& object : approval.objects) approved_.insert({approval.hold, object});
        const bool of_one_group = approval.hold == HoldClass::remove_members_of_group;
        if (!approval.objects.empty())
            restarted_.emplace_back(approval.hold, of_one_group ? approval.objects[0].first : ObjectGuid{});
    }
}

bool Guards::approved(HoldClass hold, const HeldObject& object) const {
    return approved_.contains(Key{hold, object});
}

bool Guards::counts(HoldClass hold, const HeldObject& object) const {
    // Who releases what a revert held back means that very change, whatever its class.
    return !approved(hold, object) && !approved(HoldClass::reverted, object);
}

std::uint64_t Guards::passed_before(HoldClass hold, const ObjectGuid& group) const {
    const auto from = window_start(safety_.window, in_force_, hold, group, now_);
    const bool restarts =
        std::find(restarted_.begin(), restarted_.end(), std::pair(hold, group)) != restarted_.end();
    return from && !restarts ? passed_.passed(hold, group, *from) : 0;
}

std::optional<Hold> Guards::hold_of(HoldClass hold, std::vector<HeldObject> objects, const GuardLimit& limit,
                                    std::uint64_t population, const ObjectGuid& group) const {
    std::erase_if(objects, [&](const HeldObject& object) { return !counts(hold, object); });
    if (objects.empty()) return std::nullopt;
    const std::uint64_t before = passed_before(hold, group);
    const auto exceeds = [&](std::uint64_t count, std::uint64_t of) {
        return count > limit.count ||
               (count > percent_applies_above && of > 0 &&
                static_cast<double>(count) * 100 > limit.percent * static_cast<double>(of));
    };
    if (!exceeds(objects.size() + before, population + (removes(hold) ? before : 0))) return std::nullopt;
    std::string text = text_of(limit);
    if (!exceeds(objects.size(), population))
        text += " in " + to_text(*safety_.window) + ", " + std::to_string(before) + " went through before";
    return make_hold(hold, std::move(objects), std::move(text));
}

GuardTally Guards::tally_of(const Plan& plan, const Mirror& mirror) const {
    GuardTally tally;
    tally.restarted = restarted_;
    if (!safety_.window) return tally;
    std::array<std::uint64_t, hold_classes> totals{};
    const auto count = [&](HoldClass hold, const ObjectGuid& guid) {
        const bool proved_by_admin = approved(HoldClass::absent, {guid, {}}) && removes(hold);
        if (counts(hold, {guid, {}}) && !proved_by_admin) ++totals[static_cast<std::size_t>(hold)];
    };
    for (const auto& user : plan.users) {
        const auto& guid = user.before.external_id;
        if (user.action == Action::remove) count(HoldClass::remove_users, guid);
        if (disables(user)) count(HoldClass::disable_users, guid);
        if (renames(user)) count(HoldClass::rename_users, guid);
    }
    for (const auto& group : plan.groups) {
        if (group.action == Action::remove) count(HoldClass::remove_groups, group.before.external_id);
    }
    boost::unordered_flat_map<Node, std::uint64_t> of_groups;
    for (const auto& membership : plan.memberships) {
        if (membership.add) continue;
        const HeldObject object{mirror.guid(membership.group), mirror.guid(membership.user)};
        if (!counts(HoldClass::remove_memberships, object) ||
            !counts(HoldClass::remove_members_of_group, object) || approved(HoldClass::absent, object)) {
            continue;
        }
        ++totals[static_cast<std::size_t>(HoldClass::remove_memberships)];
        ++of_groups[membership.group];
    }
    for (std::size_t hold = 0; hold < totals.size(); ++hold) {
        if (totals[hold] > 0)
            tally.passed.push_back({static_cast<HoldClass>(hold), ObjectGuid{}, now_, totals[hold]});
    }
    for (const auto& [group, removed] : of_groups)
        tally.passed.push_back({HoldClass::remove_members_of_group, mirror.guid(group), now_, removed});
    Time first = now_;
    for (const auto& hold : plan.holds) first = std::min(first, hold.since);
    tally.forget_until = first - *safety_.window;
    return tally;
}

Hold make_hold(HoldClass hold, std::vector<HeldObject> objects, std::string limit) {
    std::sort(objects.begin(), objects.end());
    XXH64_hash_t hash = static_cast<XXH64_hash_t>(hold) + 1;
    for (const auto& [first, second] : objects) {
        hash = XXH3_64bits_withSeed(first.bytes.data(), first.bytes.size(), hash);
        hash = XXH3_64bits_withSeed(second.bytes.data(), second.bytes.size(), hash);
    }
    char id[24];
    std::snprintf(id, sizeof id, "%012llx", static_cast<unsigned long long>(hash & 0xffffffffffffULL));
    Hold result;
    result.id = id;
    result.hold = hold;
    result.objects = std::move(objects);
    result.limit = std::move(limit);
    return result;
}

Error no_such_hold(const std::string& id) {
    return Error(ErrorCode::not_found,
                 "nothing is held under the id " + quoted_peer_text(id) +
                     ": another set is held by now, or none; 'dirsyncctl status' lists it");
}

const Hold* held_before(std::span<const Hold> in_force, const Hold& hold) {
    const auto same_id = [&hold](const Hold& before) { return before.id == hold.id; };
    const auto unchanged = std::find_if(in_force.begin(), in_force.end(), same_id);
    if (unchanged != in_force.end()) return &*unchanged;
    const auto shares_an_object = [&hold](const Hold& before) {
        if (before.hold != hold.hold) return false;
        return std::any_of(before.objects.begin(), before.objects.end(), [&hold](const HeldObject& object) {
            return std::binary_search(hold.objects.begin(), hold.objects.end(), object);
        });
    };
    const Hold* first = nullptr;
    for (const Hold& before : in_force) {
        if ((first == nullptr || before.since < first->since) && shares_an_object(before)) first = &before;
    }
    return first;
}

}  // namespace dirsync::sync
