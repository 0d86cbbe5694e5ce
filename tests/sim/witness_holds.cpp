#include <algorithm>

#include "tests/sim/witness.hpp"

// What may be held, and what may not (semantics 5.2, 5.3, 5.13, 5.15).
namespace dirsync::sim {
namespace {

using sync::HoldClass;

std::string fault(const char* rule, const std::string& what) { return std::string(rule) + ": " + what; }

bool is_by_guard(HoldClass hold) {
    return hold != HoldClass::absent && hold != HoldClass::reverted && hold != HoldClass::scope_edit;
}

/// Classes whose reason may lie in time.
bool may_lapse(HoldClass hold) {
    return hold == HoldClass::remove_users || hold == HoldClass::disable_users ||
           hold == HoldClass::remove_groups || hold == HoldClass::enable_users;
}

}  // namespace

/// While time is in doubt no such hold ends, though its reason may have (semantics 5.13).
bool Witness::stays_for_want_of_time(const sync::Hold& hold) const {
    const auto before = held_before_.find(hold.hold);
    if (!in_doubt_ || !may_lapse(hold.hold) || before == held_before_.end()) return false;
    return std::all_of(hold.objects.begin(), hold.objects.end(),
                       [&before](const auto& object) { return before->second.contains(object); });
}

Verdict Witness::judge_holds(const sync::CycleReport& report) {
    for (const auto& hold : report.holds) {
        const auto [at, is_new] = hold_ids_.try_emplace({hold.hold, hold.objects}, hold.id);
        if (!is_new && at->second != hold.id) return fault("5.3", "one hold under two ids: " + hold.id);
        for (const auto& [what, id] : hold_ids_) {
            if (id == hold.id && what != at->first) return fault("5.3", "two holds under one id: " + id);
        }
        if (auto wrong = judge_hold(hold, is_new && report.wrote)) return wrong;
    }
    held_before_.clear();
    for (const auto& hold : report.holds)
        held_before_[hold.hold].insert(hold.objects.begin(), hold.objects.end());
    return std::nullopt;
}

/// Holding too much keeps leavers in.
Verdict Witness::judge_hold(const sync::Hold& hold, bool is_new) {
    if (hold.objects.empty()) return fault("5.3", "a hold of nothing: " + hold.id);
    const std::uint64_t size = hold.objects.size();
    const bool is_judged = is_by_guard(hold.hold) && !stays_for_want_of_time(hold);
    if (is_judged && size <= scene_.choice.most && !scene_.choice.window) {
        // Of how many a target is emptied is not known here.
        const bool may_be_by_percent = size > 10 && (!is_new || hold.hold == HoldClass::clear_attribute);
        const ObjectGuid of =
            hold.hold == HoldClass::remove_members_of_group ? hold.objects[0].first : ObjectGuid{};
        if (!may_be_by_percent && !exceeds(size, population({hold.hold, of})))
            return fault("5.3", "held, and within the limit: " + hold.id);
    }
    // The users whom a filter matched when everything was read last are not known here.
    const bool may_name_nobody =
        has_unnamed_entry(false) || has_unnamed_entry(true) || !scene_.choice.department.empty();
    if (hold.hold == HoldClass::scope_edit && !may_name_nobody)
        return fault("2.10", "held, and every entry has named somebody: " + hold.id);
    if (hold.hold == HoldClass::absent) return judge_absent(hold);
    return hold.hold == HoldClass::disable_users ? judge_put_back(hold) : std::nullopt;
}

Verdict Witness::judge_put_back(const sync::Hold& hold) {
    if (in_doubt_ || !sees_all()) return std::nullopt;
    for (const auto& [guid, none] : hold.objects) {
        if (is_put_back(guid)) return fault("5.13", "held, though it is only put back: " + to_text(guid));
    }
    return std::nullopt;
}

/// After a cycle that succeeded, `absent` is only what is withheld, or gone without a proof.
Verdict Witness::judge_absent(const sync::Hold& hold) const {
    const Denied& denied = scene_.forest.denied;
    for (const auto& [guid, member] : hold.objects) {
        const bool is_seen = sight_of(guid) != nullptr;
        if (member.is_nil()) {
            if (is_seen) return fault("5.2", "held as absent, and there to be seen: " + to_text(guid));
            continue;
        }
        const bool can_be_read = is_seen && !denied.hides_list(guid) && sight_of(member) != nullptr;
        if (can_be_read) return fault("5.15", "held, and the list can be read: " + to_text(guid));
    }
    return std::nullopt;
}

}  // namespace dirsync::sim
