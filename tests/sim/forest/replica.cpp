#include "tests/sim/forest/replica.hpp"

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
            if (held.object && held.object->deleted && !change.object->deleted) held.reborn = position_;
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
        case Change::Kind::touch:
            objects_[change.guid].usn = usn_;
            break;
        case Change::Kind::expunge:
            if (const auto found = objects_.find(change.guid); found != objects_.end()) {
                expunged_[change.guid] = found->second.changed;
                objects_.erase(found);
            }
            break;
    }
}

namespace {

ObjectPtr with_parent(const ObjectPtr& object, const ObjectGuid& parent) {
    Object placed = *object;
    placed.parent = parent;
    return std::make_shared<const Object>(std::move(placed));
}

/// A visible object shows its DN. A container in it that may not be read is known by the name that it
/// had when it could be; under another name it is none, and the next one above it counts.
ObjectPtr as_placed(const ObjectPtr& object, const Replica& before, const Replica& served,
                    const Replica::Eyes& eyes) {
    ObjectGuid at = object->parent;
    for (int depth = 0; !at.is_nil() && depth < 64; ++depth) {
        const Replica::Held* now = served.find(at);
        const Replica::Held* then = before.find(at);
        const bool is_known = eyes(at) != Replica::Sight::invisible ||
                              (then != nullptr && now != nullptr && then->object->name == now->object->name &&
                               then->object->parent == now->object->parent);
        if (is_known || now == nullptr) break;
        at = now->object->parent;
    }
    return at == object->parent ? object : with_parent(object, at);
}

/// An expiry that may not be read is as it was; of a newcomer it counts as reached.
ObjectPtr with_expiry_of(const ObjectPtr& object, const Replica::Held* earlier) {
    Object known = *object;
    known.expires = earlier == nullptr ? 0 : earlier->object->expires;
    return std::make_shared<const Object>(std::move(known));
}

/// Whether the account is disabled may not be read: it is as it was; a newcomer counts as disabled.
ObjectPtr with_status_of(const ObjectPtr& object, const Replica::Held* earlier) {
    Object known = *object;
    known.disabled = earlier == nullptr || earlier->object->disabled;
    return std::make_shared<const Object>(std::move(known));
}

}  // namespace

Replica Replica::known(const Replica& before, const Replica& served, const Eyes& eyes, const Told& told) {
    Replica known;
    for (const auto& [guid, held] : before.objects_) {
        const Sight sight = eyes(guid);
        const bool is_news = sight == Sight::visible && (told.whole || told.entries.contains(guid));
        if (sight != Sight::deleted && !is_news) known.objects_.emplace(guid, held);
    }
    for (const auto& [guid, held] : served.objects_) {
        if (eyes(guid) != Sight::visible) continue;
        const auto entry = told.entries.find(guid);
        // A foreign principal has no entry here: it is known by the groups that list it.
        if (!told.whole && entry == told.entries.end() && held.object->kind != sync::EntryKind::foreign)
            continue;
        Held& now = known.objects_[guid] = held;
        const Held* earlier = before.find(guid);
        now.object = as_placed(held.object, before, served, eyes);
        // An object that was in a container which may not be read now stays in it: it may only have another
        // name.
        const ObjectGuid was_in = earlier == nullptr ? ObjectGuid() : earlier->object->parent;
        const bool is_elsewhere = now.object->parent != held.object->parent && !was_in.is_nil();
        if (is_elsewhere && eyes(was_in) == Sight::invisible) now.object = with_parent(held.object, was_in);
        const bool is_listed =
            !told.unlisted.contains(guid) && (told.whole || (entry != told.entries.end() && entry->second));
        if (told.hidden_expiry.contains(guid)) now.object = with_expiry_of(now.object, earlier);
        if (told.hidden_status.contains(guid)) now.object = with_status_of(now.object, earlier);
        if (!is_listed && held.object->kind == sync::EntryKind::group) {
            now.links = earlier == nullptr ? std::map<ObjectGuid, Link>() : earlier->links;
            // A list that is cut proves the members that it shows.
            for (const auto& [member, link] : held.links) {
                if (told.shown.contains({guid, member})) now.links[member] = link;
            }
        }
    }
    for (const auto& [edge, is_added] : told.links) {
        const auto group = known.objects_.find(edge.first);
        if (group != known.objects_.end()) group->second.links[edge.second].present = is_added;
    }
    for (auto& [guid, held] : known.objects_) {
        const Held* earlier = before.find(guid);
        // An account that does not see a member does not see the membership either; but one that a list
        // showed is told, though its member is known by no more than that: who left for another domain may be
        // told there later.
        std::erase_if(held.links, [&, &guid = guid](const auto& link) {
            const Sight sight = eyes(link.first);
            const auto change = told.links.find({guid, link.first});
            const bool is_shown =
                told.shown.contains({guid, link.first}) || (change != told.links.end() && change->second);
            const bool is_told =
                is_shown && (!told.deleted.contains(link.first) || known.alive(link.first) == nullptr);
            return !is_told && (sight == Sight::invisible || sight == Sight::deleted);
        });
        if (earlier == nullptr) continue;
        for (const auto& [member, link] : earlier->links) {
            if (eyes(member) == Sight::deleted) continue;
            if (eyes(member) == Sight::invisible || eyes(guid) == Sight::invisible)
                held.links.try_emplace(member, link);
        }
    }
    return known;
}

Replica Replica::without(const std::set<ObjectGuid>& guids) const {
    Replica rest = *this;
    for (const auto& guid : guids) {
        rest.objects_.erase(guid);
        rest.drop_links_to(guid);
    }
    return rest;
}

Replica Replica::without(const std::set<std::pair<ObjectGuid, ObjectGuid>>& links) const {
    Replica rest = *this;
    for (const auto& [group, member] : links) {
        if (const auto found = rest.objects_.find(group); found != rest.objects_.end())
            found->second.links.erase(member);
    }
    return rest;
}

Replica Replica::with(const std::set<std::pair<ObjectGuid, ObjectGuid>>& links) const {
    Replica more = *this;
    for (const auto& [group, member] : links) {
        if (const auto found = more.objects_.find(group); found != more.objects_.end())
            found->second.links[member].present = true;
    }
    return more;
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
