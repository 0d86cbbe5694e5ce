#include "ldap/reported_changes.hpp"

#include <algorithm>
#include <utility>

namespace dirsync::ldap {

void ReportedChanges::end() {
    auto change = decoder_.end();
    if (!change) {
        if (!error_) error_ = std::move(change).error();
        return;
    }
    const auto [at, added] = objects_.try_emplace(change->guid);
    if (added) order_.push_back(change->guid);
    auto& object = at->second;
    if (change->deleted) {
        object = Object{Fate::deleted, false};
        return;
    }
    object.restored = object.restored || change->restored;
    if (change->whole) {
        object.fate = Fate::whole;
    } else if (object.fate == Fate::deleted) {
        // Alive again, and the round that would have said so is not needed to see it.
        object = Object{Fate::whole, true};
    } else if (change->changed && object.fate == Fate::members_only) {
        object.fate = Fate::changed;
    }
    if (change->added.empty() && change->removed.empty()) return;
    sync::MemberChanges changes;
    changes.group = change->guid;
    changes.added = std::move(change->added);
    changes.removed = std::move(change->removed);
    member_changes_.push_back(std::move(changes));
}

void ReportedChanges::read_whole(const ObjectGuid& group) {
    const auto [at, added] = objects_.try_emplace(group);
    if (added) order_.push_back(group);
    if (at->second.fate != Fate::deleted) at->second.fate = Fate::whole;
}

std::vector<ObjectGuid> ReportedChanges::of(Fate fate) const {
    std::vector<ObjectGuid> guids;
    for (const auto& guid : order_) {
        if (objects_.at(guid).fate == fate) guids.push_back(guid);
    }
    return guids;
}

std::vector<ObjectGuid> ReportedChanges::restored() const {
    std::vector<ObjectGuid> guids;
    for (const auto& guid : order_) {
        const auto& object = objects_.at(guid);
        if (object.fate == Fate::whole && object.restored) guids.push_back(guid);
    }
    return guids;
}

std::vector<sync::MemberChanges> ReportedChanges::take_member_changes() {
    std::erase_if(member_changes_, [this](const sync::MemberChanges& changes) {
        const auto fate = objects_.at(changes.group).fate;
        return fate == Fate::whole || fate == Fate::deleted;
    });
    return std::exchange(member_changes_, {});
}

}  // namespace dirsync::ldap
