#include "sync/planner/guard.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include <xxhash.h>
#include <boost/unordered/unordered_flat_map.hpp>

#include "model/row_targets.hpp"
#include "sync/mirror.hpp"
#include "sync/settings_fingerprint.hpp"

namespace dirsync::sync {
namespace {

constexpr std::size_t percent_applies_above = 10;

bool removes(HoldClass hold) {
    return hold == HoldClass::remove_users || hold == HoldClass::remove_groups ||
           hold == HoldClass::remove_memberships || hold == HoldClass::remove_members_of_group;
}

/// What went through before is not in the population any more.
bool shrinks_the_population(HoldClass hold) { return removes(hold) || hold == HoldClass::clear_attribute; }

std::string text_of(const GuardLimit& limit) {
    char text[64];
    std::snprintf(text, sizeof text, "%llu or %g%%", static_cast<unsigned long long>(limit.count),
                  limit.percent);
    return text;
}

}  // namespace

Guards::Guards(const SafetySettings& safety, const GuardWindow& passed, std::span<const Hold> in_force,
               std::span<const Approval> approvals, Clock clock)
    : safety_(safety), passed_(passed), in_force_(in_force), clock_(std::move(clock)) {
    for (const auto& approval : approvals) {
        for (const auto& object : approval.objects) approved_.insert({approval.hold, object});
        if (approval.objects.empty()) continue;
        const std::pair counted(approval.hold,
                                is_counted_apart(approval.hold) ? approval.objects[0].first : ObjectGuid{});
        const auto of = std::find_if(in_force.begin(), in_force.end(),
                                     [&](const Hold& hold) { return hold.id == approval.hold_id; });
        if (of != in_force.end() && of->objects.size() > approval.objects.size()) {
            approved_apart_[counted] += approval.objects.size();
        } else {
            restarted_.push_back(counted);
        }
    }
}

bool Guards::approved(HoldClass hold, const HeldObject& object) const {
    return approved_.contains(Key{hold, object});
}

bool Guards::counts(HoldClass hold, const HeldObject& object) const {
    // An approval of what a revert held back means that very change, whatever its class.
    return !approved(hold, object) && !approved(HoldClass::reverted, object);
}

std::uint64_t Guards::passed_before(HoldClass hold, const ObjectGuid& group) const {
    auto from = window_start(safety_.window, in_force_, hold, group, clock_.earliest);
    if (from && !clock_.certain) from = Time::min();
    const bool restarts =
        std::find(restarted_.begin(), restarted_.end(), std::pair(hold, group)) != restarted_.end();
    return from && !restarts ? passed_.passed(hold, group, *from, clock_.latest + clock_tolerance) : 0;
}

/// Before, or with this plan by an approval of a part.
std::uint64_t Guards::counted_before(HoldClass hold, const ObjectGuid& group) const {
    const auto apart = approved_apart_.find({hold, group});
    return passed_before(hold, group) + (apart == approved_apart_.end() ? 0 : apart->second);
}

/// Held before, and not asked for now: while time is in doubt that says nothing.
std::uint64_t Guards::waiting_for_time(HoldClass hold, std::span<const HeldObject> objects) const {
    if (clock_.certain || !may_depend_on_time(hold)) return 0;
    const boost::unordered_flat_set<HeldObject> asked(objects.begin(), objects.end());
    std::uint64_t waiting = 0;
    for (const Hold& before : in_force_) {
        if (before.hold != hold) continue;
        for (const auto& object : before.objects)
            waiting += counts(hold, object) && !asked.contains(object) ? 1U : 0U;
    }
    return waiting;
}

std::optional<Hold> Guards::hold_of(HoldClass hold, std::vector<HeldObject> objects, const GuardLimit& limit,
                                    std::uint64_t population, const ObjectGuid& group) const {
    std::erase_if(objects, [&](const HeldObject& object) { return !counts(hold, object); });
    if (objects.empty()) return std::nullopt;
    const std::uint64_t before = counted_before(hold, group);
    const auto exceeds = [&](std::uint64_t number, std::uint64_t of) {
        return number > limit.count ||
               (number > percent_applies_above && of > 0 &&
                static_cast<double>(number) * 100 > limit.percent * static_cast<double>(of));
    };
    const std::uint64_t count = objects.size() + waiting_for_time(hold, objects);
    if (!exceeds(count + before, population + (shrinks_the_population(hold) ? before : 0)))
        return std::nullopt;
    std::string text = text_of(limit);
    if (!exceeds(count, population))
        text += " in " + to_text(*safety_.window) + ", " + std::to_string(before) + " went through before";
    return make_hold(hold, std::move(objects), std::move(text));
}

/// By target: how many lose their value without an approval. What is replaced comes with an edit of the
/// mapping, all at once, and never by and by.
std::map<ObjectGuid, std::uint64_t> Guards::emptied_targets(const Plan& plan) const {
    std::map<ObjectGuid, std::uint64_t> emptied;
    const auto note = [&](bool of_groups, const auto& changes) {
        for (const auto& change : changes) {
            if (change.action != Action::update) continue;
            for (const auto& target : lost_values(change.before, change.after)) {
                if (!target_value(change.after, target).empty()) continue;
                const ObjectGuid of_target = target_guid(target_name(of_groups, target));
                const bool is_reverted =
                    approved(HoldClass::reverted, {guid_of(change.before), ObjectGuid{}});
                if (!is_reverted && counts(HoldClass::clear_attribute, {of_target, guid_of(change.before)}))
                    ++emptied[of_target];
            }
        }
    };
    note(false, plan.users);
    note(true, plan.groups);
    return emptied;
}

GuardTally Guards::tally_of(const Plan& plan, const Mirror& mirror,
                            const boost::unordered_flat_set<ObjectGuid>& put_back) const {
    GuardTally tally;
    tally.restarted = restarted_;
    if (!safety_.window) return tally;
    // In doubt it counts until the doubt is over, and lies outside any window then.
    const Time now = clock_.certain ? clock_.now : clock_.earliest - *safety_.window;
    std::array<std::uint64_t, hold_classes> totals{};
    const auto count = [&](HoldClass hold, const ObjectGuid& guid) {
        const bool proved_by_admin = approved(HoldClass::absent, {guid, {}}) && removes(hold);
        if (counts(hold, {guid, {}}) && !proved_by_admin) ++totals[static_cast<std::size_t>(hold)];
    };
    for (const auto& user : plan.users) {
        const ObjectGuid guid = guid_of(user.before);
        if (user.action == Action::remove) count(HoldClass::remove_users, guid);
        const bool is_put_back = put_back.contains(guid);
        if (disables(user) && !is_put_back) count(HoldClass::disable_users, guid);
        if (enables(user) && !is_put_back) count(HoldClass::enable_users, guid);
        if (renames(user)) count(HoldClass::rename_users, guid);
    }
    for (const auto& group : plan.groups) {
        if (group.action == Action::remove) count(HoldClass::remove_groups, guid_of(group.before));
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
            tally.passed.push_back({static_cast<HoldClass>(hold), ObjectGuid{}, now, totals[hold]});
    }
    for (const auto& [group, removed] : of_groups)
        tally.passed.push_back({HoldClass::remove_members_of_group, mirror.guid(group), now, removed});
    for (const auto& [target, emptied] : emptied_targets(plan))
        tally.passed.push_back({HoldClass::clear_attribute, target, now, emptied});
    for (const auto& [counted, number] : approved_apart_)
        tally.passed.push_back({counted.first, counted.second, now, number});
    if (!clock_.certain) return tally;
    Time first = now;
    for (const auto& hold : plan.holds) first = std::min(first, hold.since);
    tally.forget_until = first - *safety_.window;
    tally.forget_after = now + clock_tolerance;
    return tally;
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
