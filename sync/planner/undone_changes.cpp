#include "sync/planner/undone_changes.hpp"

#include <algorithm>

namespace dirsync::sync {

UndoneChanges::UndoneChanges(std::span<const Reverted> reverted, const Guards& guards) : guards_(guards) {
    entries_.reserve(reverted.size());
    places_.reserve(reverted.size());
    for (const auto& entry : reverted) {
        places_.emplace(entry.object, entries_.size());
        Entry& place = entries_.emplace_back();
        place.reverted = &entry;
        place.rest = entry.undone;
    }
}

UndoneChanges::Entry* UndoneChanges::find(Action action, const HeldObject& object) {
    if (none()) return nullptr;
    const auto found = places_.find(object);
    if (found == places_.end() || entries_[found->second].reverted->action != action) return nullptr;
    return &entries_[found->second];
}

void UndoneChanges::add_sample(std::string_view name) {
    if (name.empty() || sample_.size() == sample_size || std::ranges::find(sample_, name) != sample_.end())
        return;
    sample_.emplace_back(name);
}

bool UndoneChanges::holds(Action action, const HeldObject& object, std::string_view name) {
    Entry* entry = find(action, object);
    if (entry == nullptr || guards_.approved(HoldClass::reverted, object)) return false;
    entry->fate = Fate::held;
    add_sample(name);
    return true;
}

void UndoneChanges::leave(const HeldObject& object) {
    if (none()) return;
    const auto found = places_.find(object);
    if (found != places_.end() && entries_[found->second].fate == Fate::open)
        entries_[found->second].fate = Fate::left;
}

std::vector<HeldObject> UndoneChanges::open_memberships() const {
    std::vector<HeldObject> objects;
    for (const auto& entry : entries_) {
        if (entry.fate == Fate::open && !entry.reverted->object.second.is_nil())
            objects.push_back(entry.reverted->object);
    }
    return objects;
}

std::optional<Hold> UndoneChanges::hold() const {
    std::vector<HeldObject> objects;
    for (const auto& entry : entries_) {
        if (entry.fate == Fate::held) objects.push_back(entry.reverted->object);
    }
    if (objects.empty()) return std::nullopt;
    Hold hold = make_hold(HoldClass::reverted, std::move(objects), "an admin reverted these very changes");
    hold.sample = sample_;
    return hold;
}

std::vector<Reverted> UndoneChanges::rest(const std::function<bool(const ObjectGuid&)>& is_decided) const {
    std::vector<Reverted> list;
    for (const auto& entry : entries_) {
        const auto& [first, second] = entry.reverted->object;
        if (entry.fate == Fate::open && is_decided(second.is_nil() ? first : second)) continue;
        list.push_back(*entry.reverted);
        if (entry.reverted->action == Action::update) list.back().undone = entry.rest;
    }
    return list;
}

}  // namespace dirsync::sync
