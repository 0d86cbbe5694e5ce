#include "tests/sim/replica.hpp"

namespace dirsync::sim {

void Replica::drop_links_to(const ObjectGuid& member) {
    for (auto& [guid, held] : objects_) held.links.erase(member);
}

void Replica::apply(const Change& change) {
    ++position_;
    ++usn_;
    switch (change.kind) {
        case Change::Kind::put: {
            Held& held = objects_[change.object->guid];
            const bool dies = change.object->deleted && held.object && !held.object->deleted;
            if (dies) {
                held.links.clear();
                drop_links_to(change.object->guid);
            }
            held.object = change.object;
            held.changed = position_;
            held.usn = usn_;
            break;
        }
        case Change::Kind::link:
        case Change::Kind::unlink: {
            Held& held = objects_[change.guid];
            held.links[change.member] = {change.kind == Change::Kind::link, position_};
            held.usn = usn_;
            break;
        }
        case Change::Kind::forget_member:
            drop_links_to(change.member);
            break;
        case Change::Kind::expunge:
            objects_.erase(change.guid);
            break;
    }
}

Replica Replica::known(const Replica& before, const Replica& served, const Eyes& eyes) {
    Replica known;
    for (const auto& [guid, held] : before.objects_) {
        const Sight sight = eyes(guid);
        if (sight == Sight::invisible || sight == Sight::unreadable) known.objects_.emplace(guid, held);
    }
    for (const auto& [guid, held] : served.objects_) {
        if (eyes(guid) == Sight::visible) known.objects_[guid] = held;
    }
    for (auto& [guid, held] : known.objects_) {
        const Held* earlier = before.find(guid);
        // Who does not see a member does not see the membership either.
        std::erase_if(held.links, [&eyes](const auto& link) {
            const Sight sight = eyes(link.first);
            return sight == Sight::invisible || sight == Sight::deleted;
        });
        if (earlier == nullptr) continue;
        for (const auto& [member, link] : earlier->links) {
            if (eyes(member) == Sight::invisible || eyes(guid) == Sight::invisible)
                held.links.try_emplace(member, link);
        }
    }
    return known;
}

const Replica::Held* Replica::find(const ObjectGuid& guid) const {
    const auto found = objects_.find(guid);
    return found == objects_.end() ? nullptr : &found->second;
}

const Object* Replica::alive(const ObjectGuid& guid) const {
    const Held* held = find(guid);
    return held == nullptr || held->object->deleted ? nullptr : held->object.get();
}

}  // namespace dirsync::sim
