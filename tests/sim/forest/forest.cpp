#include "tests/sim/forest/forest.hpp"

#include <algorithm>
#include <limits>

#include "core/dn.hpp"

namespace dirsync::sim {
namespace {

using sync::EntryKind;

ObjectGuid numbered_guid(std::uint32_t number) {
    ObjectGuid guid;
    // Spread over the range, so that the order of GUIDs is not that of creation.
    const std::uint32_t mixed = number * 2654435761u;
    for (std::size_t i = 0; i < 4; ++i) {
        guid.bytes[i] = static_cast<std::uint8_t>(mixed >> (24 - 8 * i));
        guid.bytes[8 + i] = static_cast<std::uint8_t>(number >> (24 - 8 * i));
    }
    guid.bytes[15] = 0x51;
    return guid;
}

}  // namespace

std::string text_of(Detection detection) {
    switch (detection) {
        case Detection::full:
            return "full";
        case Detection::dirsync:
            return "dirsync";
        case Detection::usn:
            return "usn";
    }
    return {};
}

Forest::Forest(const Shape& shape) {
    const char* names[] = {"corp.example.com", "sub.example.com"};
    const char* netbios[] = {"CORP", "SUB"};
    for (std::size_t i = 0; i < shape.dcs.size(); ++i) {
        Domain domain;
        domain.name = names[i];
        domain.netbios = netbios[i];
        domain.guid = next_guid();
        domain.sid.authority = 5;
        domain.sid.count = 4;
        domain.sid.sub = {21, 1000u + static_cast<std::uint32_t>(i), 2, 3};
        domain.detection = shape.detection[i];
        for (std::size_t dc = 0; dc < shape.dcs[i]; ++dc) {
            const std::uint64_t usn = 1000 * (dc + 1);
            domain.dcs.push_back(
                {"dc" + std::to_string(dc) + "." + domain.name, next_guid(), usn, Replica(usn), false});
        }
        domains_.push_back(std::move(domain));
        Object root;
        root.guid = domains_.back().guid;
        root.kind = EntryKind::container;
        root.domain = i;
        root.name = names[i];
        put(root);
    }
}

ObjectGuid Forest::next_guid() { return numbered_guid(next_++); }

void Forest::write(std::size_t domain, Change change) {
    Domain& of = domains_[domain];
    of.truth.apply(change);
    of.log.push_back(std::move(change));
    // With one DC there is nowhere to be late from.
    if (of.dcs.size() == 1) of.dcs[0].replica.apply(of.log.back());
}

std::vector<ObjectPtr> Forest::living(EntryKind kind) const {
    std::vector<ObjectPtr> found;
    for (const auto& domain : domains_) {
        for (const auto& [guid, held] : domain.truth.objects()) {
            if (held.object->kind == kind && !held.object->deleted && guid != domain.guid)
                found.push_back(held.object);
        }
    }
    return found;
}

std::vector<ObjectPtr> Forest::tombstones() const {
    std::vector<ObjectPtr> found;
    for (const auto& domain : domains_) {
        for (const auto& [guid, held] : domain.truth.objects()) {
            if (held.object->deleted) found.push_back(held.object);
        }
    }
    return found;
}

ObjectPtr Forest::object(const ObjectGuid& guid) const {
    for (const auto& domain : domains_) {
        if (const auto* held = domain.truth.find(guid); held != nullptr && !held->object->deleted)
            return held->object;
    }
    return nullptr;
}

bool Forest::name_is_free(std::size_t domain, const std::string& name) const {
    const auto& objects = domains_[domain].truth.objects();
    return std::none_of(objects.begin(), objects.end(), [&name](const auto& item) {
        return !item.second.object->deleted && item.second.object->name == name;
    });
}

ObjectPtr Forest::add(Object object) {
    object.rid = 1000 + next_;
    object.guid = next_guid();
    auto added = std::make_shared<const Object>(std::move(object));
    write(added->domain, {Change::Kind::put, added, {}, {}});
    return added;
}

void Forest::put(Object object) {
    const std::size_t domain = object.domain;
    write(domain, {Change::Kind::put, std::make_shared<const Object>(std::move(object)), {}, {}});
}

void Forest::remove(const ObjectGuid& guid, Time now) {
    const ObjectPtr target = object(guid);
    if (!target || guid == domains_[target->domain].guid) return;
    std::vector<ObjectGuid> below;
    if (target->kind == EntryKind::container) {
        for (const auto& [child, held] : domains_[target->domain].truth.objects()) {
            if (!held.object->deleted && held.object->parent == guid) below.push_back(child);
        }
    }
    for (const auto& child : below) remove(child, now);
    Object tombstone = *target;
    tombstone.deleted = true;
    tombstone.deleted_at = now;
    put(std::move(tombstone));
    phantoms_.push_back({guid, target->domain, domains_[target->domain].log.size()});
    forget_phantoms();
}

/// An object does not come back while a group of another domain still lists it: whether that link lives on is
/// a matter of luck there, too.
bool Forest::is_forgotten_elsewhere(const Object& tombstone) const {
    for (std::size_t i = 0; i < domains_.size(); ++i) {
        if (i == tombstone.domain) continue;
        for (const auto& dc : domains_[i].dcs) {
            for (const auto& [guid, held] : dc.replica.objects()) {
                if (held.links.contains(tombstone.guid)) return false;
            }
        }
    }
    return true;
}

void Forest::forget_phantoms() {
    std::erase_if(phantoms_, [this](const Phantom& phantom) {
        const Domain& of = domains_[phantom.domain];
        const bool is_known = std::all_of(of.dcs.begin(), of.dcs.end(), [&phantom](const Dc& dc) {
            return dc.replica.position() >= phantom.position;
        });
        if (!is_known) return false;
        for (std::size_t i = 0; i < domains_.size(); ++i) {
            // An object that is back meanwhile was never missed.
            if (i == phantom.domain || object(phantom.guid)) continue;
            write(i, {Change::Kind::forget_member, nullptr, {}, phantom.guid});
            forgotten_.insert(phantom.guid);
        }
        return true;
    });
}

void Forest::undelete(const ObjectGuid& guid) {
    for (const auto& tombstone : tombstones()) {
        if (tombstone->guid != guid || !name_is_free(tombstone->domain, tombstone->name)) continue;
        // Alive in another domain.
        if (object(guid)) continue;
        if (!is_forgotten_elsewhere(*tombstone)) continue;
        Object back = *tombstone;
        back.deleted = false;
        const Object* parent = domains_[back.domain].truth.alive(back.parent);
        if (parent == nullptr || parent->kind != EntryKind::container) back.parent = ObjectGuid{};
        put(std::move(back));
    }
}

void Forest::link(const ObjectGuid& group, const ObjectGuid& member, bool present) {
    const ObjectPtr of = object(group);
    if (!of || of->kind != EntryKind::group || !object(member)) return;
    const auto& links = domains_[of->domain].truth.find(group)->links;
    const auto found = links.find(member);
    const bool is_present = found != links.end() && found->second.present;
    if (is_present == present) return;
    write(of->domain, {present ? Change::Kind::link : Change::Kind::unlink, nullptr, group, member});
}

void Forest::touch(const ObjectGuid& guid) {
    if (const ObjectPtr of = object(guid)) write(of->domain, {Change::Kind::touch, nullptr, guid, {}});
}

void Forest::change_domain(const ObjectGuid& user, std::size_t to, const std::string& name, Time now) {
    const ObjectPtr from = object(user);
    if (!from || from->kind != EntryKind::user || from->domain == to) return;
    Object tombstone = *from;
    tombstone.deleted = true;
    tombstone.deleted_at = now;
    Object moved = *from;
    moved.domain = to;
    moved.name = name;
    moved.parent = ObjectGuid{};
    moved.primary_group = 0;
    moved.rid = 1000 + next_++;
    put(std::move(tombstone));
    put(std::move(moved));
}

ObjectPtr Forest::foreign_of(const Object& target, std::size_t domain) {
    const Sid sid = domains_[target.domain].sid.with_rid(target.rid);
    for (const auto& foreign : living(EntryKind::foreign)) {
        if (foreign->domain == domain && foreign->foreign_sid == sid) return foreign;
    }
    Object foreign;
    foreign.kind = EntryKind::foreign;
    foreign.domain = domain;
    foreign.name = to_text(sid);
    foreign.foreign_sid = sid;
    return add(std::move(foreign));
}

void Forest::expire_tombstones(Time now) {
    for (const auto& tombstone : tombstones()) {
        if (now - tombstone->deleted_at < tombstone_lifetime) continue;
        write(tombstone->domain, {Change::Kind::expunge, nullptr, tombstone->guid, {}});
    }
}

void Forest::replicate(std::size_t domain, std::size_t dc, std::size_t lines) {
    const auto& log = domains_[domain].log;
    Replica& replica = domains_[domain].dcs[dc].replica;
    for (; lines > 0 && replica.position() < log.size(); --lines) replica.apply(log[replica.position()]);
    forget_phantoms();
}

void Forest::replicate_all() {
    // Twice: what one domain learns of another replicates as well.
    for (int round = 0; round < 2; ++round) {
        for (std::size_t i = 0; i < domains_.size(); ++i) {
            for (std::size_t dc = 0; dc < domains_[i].dcs.size(); ++dc)
                replicate(i, dc, std::numeric_limits<std::size_t>::max());
        }
    }
}

bool Forest::is_replicated() const {
    return std::all_of(domains_.begin(), domains_.end(), [](const Domain& domain) {
        return std::all_of(domain.dcs.begin(), domain.dcs.end(),
                           [&domain](const Dc& dc) { return dc.replica.position() == domain.log.size(); });
    });
}

void Forest::back_up(std::size_t domain) {
    Domain& of = domains_[domain];
    Domain::Backup backup{of.log.size(), of.truth, {}};
    for (const auto& dc : of.dcs) backup.replicas.push_back(dc.replica);
    of.backup = std::move(backup);
}

bool Forest::restore(std::size_t domain, bool new_identity) {
    Domain& of = domains_[domain];
    if (!of.backup) return false;
    const bool brings_back = std::any_of(forgotten_.begin(), forgotten_.end(), [&of](const ObjectGuid& guid) {
        return of.backup->truth.alive(guid) != nullptr;
    });
    if (brings_back) return false;
    of.log.resize(of.backup->log_size);
    std::erase_if(phantoms_, [&](const Phantom& phantom) {
        return phantom.domain == domain && phantom.position > of.log.size();
    });
    for (auto& [id, retired] : of.retired) {
        retired.lines = std::min<std::uint64_t>(retired.lines, of.log.size());
        of.lost[id] = retired.first_usn + retired.lines;
    }
    of.truth = of.backup->truth;
    of.numbers_twice = !new_identity;
    for (std::size_t i = 0; i < of.dcs.size(); ++i) {
        of.lost[of.dcs[i].invocation_id] = of.backup->replicas[i].usn();
        if (new_identity) of.retired[of.dcs[i].invocation_id] = {of.dcs[i].first_usn, of.log.size()};
        of.dcs[i].replica = of.backup->replicas[i];
        if (new_identity) of.dcs[i].invocation_id = next_guid();
    }
    return true;
}

bool Forest::restore_dc(std::size_t domain, std::size_t dc) {
    Domain& of = domains_[domain];
    // The only DC of a domain has no partner to catch up from.
    if (!of.backup || of.dcs.size() == 1) return false;
    of.retired[of.dcs[dc].invocation_id] = {of.dcs[dc].first_usn, of.dcs[dc].replica.position()};
    of.dcs[dc].replica = of.backup->replicas[dc];
    of.dcs[dc].invocation_id = next_guid();
    return true;
}

std::string Forest::dn_of(const Object& object, const Replica& replica) const {
    const Domain& domain = domains_[object.domain];
    const std::string base = base_dn_of(domain.name);
    if (object.guid == domain.guid) return base;
    std::string dn = (object.kind == EntryKind::container ? "OU=" : "CN=") + object.name;
    ObjectGuid at = object.parent;
    for (int depth = 0; !at.is_nil() && depth < 64; ++depth) {
        const Replica::Held* parent = replica.find(at);
        if (parent == nullptr) break;
        dn += ",OU=" + parent->object->name;
        at = parent->object->parent;
    }
    return dn + "," + base;
}

bool Forest::is_visible(const Object& object, const Replica& replica) const {
    if (denied.objects.contains(object.guid)) return false;
    if (denied.trees.empty()) return true;
    ObjectGuid at = object.kind == EntryKind::container ? object.guid : object.parent;
    for (int depth = 0; !at.is_nil() && depth < 64; ++depth) {
        if (denied.trees.contains(at)) return false;
        const Replica::Held* parent = replica.find(at);
        if (parent == nullptr) return true;
        at = parent->object->parent;
    }
    return true;
}

}  // namespace dirsync::sim
