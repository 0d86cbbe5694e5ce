#include "tests/sim/forest/forest_delivery.hpp"

#include <algorithm>

namespace dirsync::sim {

using sync::EntryKind;

ForestSource::Delivery::Delivery(ForestSource& source, const std::vector<std::string>& names,
                                 sync::EntrySink& sink)
    : source_(source), sink_(sink) {
    for (const auto& name : names) names_.add(name);
}

void ForestSource::Delivery::deliver(const Replica::Held& held, std::size_t domain, bool with_members) {
    const Object& object = *held.object;
    if (denied().controls.contains(object.guid)) {
        sync::QuarantinedEntry entry;
        entry.guid = object.guid;
        entry.kind = object.kind;
        entry.dn = dn_of(object, domain);
        entry.reason = "userAccountControl is missing: the account may not read it";
        entry.domain = place_of(domain);
        sink_.take(std::move(entry));
        return;
    }
    Told& told = source_.last_told_;
    told.entries[object.guid] |= object.kind != EntryKind::group || with_members;
    if (denied().hides_list(object.guid)) told.unlisted.insert(object.guid);
    if (denied().expiries.contains(object.guid)) told.hidden_expiry.insert(object.guid);
    if (denied().statuses.contains(object.guid)) told.hidden_status.insert(object.guid);
    sync::Entry entry = entry_of(held, domain, with_members);
    for (const auto& member : entry.members) told.shown.insert({object.guid, member.guid});
    if (entry.members_known && denied().halves.contains(object.guid)) note_half(held, domain, entry);
    if (told.whole && is_told_whole(held, domain)) source_.listed_now_.insert(object.guid);
    sink_.take(std::move(entry));
}

void ForestSource::Delivery::note_half(const Replica::Held& held, std::size_t domain,
                                       const sync::Entry& entry) {
    if (entry.members.empty() || is_unchanged(held, domain)) return;
    for (const auto& [guid, link] : held.links) {
        const bool is_shown = std::any_of(entry.members.begin(), entry.members.end(),
                                          [&guid = guid](const auto& ref) { return ref.guid == guid; });
        if (link.present && !is_shown) source_.last_told_.losses.insert({entry.guid, guid});
    }
}

/// Of the list, as far as a later one can be compared with it.
bool ForestSource::Delivery::is_told_whole(const Replica::Held& held, std::size_t domain) const {
    if (denied().hides_list(held.object->guid)) return is_unchanged(held, domain);
    return std::all_of(held.links.begin(), held.links.end(), [this](const auto& link) {
        const ObjectPtr member = source_.forest_.object(link.first);
        const auto& read = source_.configured;
        return !link.second.present ||
               (member && std::find(read.begin(), read.end(), member->domain) != read.end());
    });
}

/// Since the DC that is read now was read whole.
bool ForestSource::Delivery::is_unchanged(const Replica::Held& held, std::size_t domain) const {
    const Domain& of = source_.forest_.domains()[domain];
    const Dc& dc = of.dcs[source_.connected_.at(domain)];
    const auto whole = source_.whole_.find(domain);
    return whole != source_.whole_.end() && source_.listed_whole_.contains(held.object->guid) &&
           !of.numbers_twice && whole->second.dc == dc.name &&
           whole->second.invocation_id == dc.invocation_id && held.usn <= whole->second.highest_usn;
}

void ForestSource::Delivery::deliver_built_in(std::size_t domain) {
    const Domain& of = source_.forest_.domains()[domain];
    Object group;
    group.guid = of.guid;
    group.guid.bytes[15] = 0x52;
    group.kind = EntryKind::group;
    group.domain = domain;
    group.rid = 515;
    group.name = "Domain Computers";
    sync::Entry entry = entry_of({std::make_shared<const Object>(group), 0, 0, 0, {}}, domain, true);
    ObjectGuid computer = group.guid;
    computer.bytes[15] = 0x53;
    entry.members.push_back({computer, std::nullopt});
    sink_.take(std::move(entry));
}

void ForestSource::Delivery::deliver_deleted(const ObjectGuid& guid, std::size_t domain) {
    source_.last_told_.deleted.insert(guid);
    sink_.take_deleted(guid, place_of(domain));
}

void ForestSource::Delivery::deliver(sync::MemberChanges&& changes) {
    for (const auto& member : changes.added) source_.last_told_.links[{changes.group, member.guid}] = true;
    for (const auto& member : changes.removed) source_.last_told_.links[{changes.group, member.guid}] = false;
    sink_.take(std::move(changes));
}

sync::DomainIndex ForestSource::Delivery::place_of(std::size_t domain) const {
    const auto& configured = source_.configured;
    return static_cast<sync::DomainIndex>(std::find(configured.begin(), configured.end(), domain) -
                                          configured.begin());
}

std::optional<sync::MemberRef> ForestSource::Delivery::member(const ObjectGuid& guid,
                                                              std::size_t domain) const {
    const auto& domains = source_.forest_.domains();
    bool is_phantom = false;
    for (std::size_t i = 0; i < domains.size(); ++i) {
        // Members of a domain that is not read are listed all the same.
        const bool is_read = source_.connected_.contains(i);
        const Replica& of = is_read ? replica(i) : domains[i].truth;
        if (const Object* object = of.alive(guid)) {
            if (!source_.forest_.is_visible(*object, of)) return std::nullopt;
            return sync::MemberRef{guid, object->foreign_sid};
        }
        // The group's domain lists it, whatever the DC that is read of its own one has.
        is_phantom |= i != domain && domains[i].truth.find(guid) != nullptr;
    }
    return is_phantom ? std::optional(sync::MemberRef{guid, std::nullopt}) : std::nullopt;
}

const Replica& ForestSource::Delivery::replica(std::size_t domain) const {
    return source_.forest_.domains()[domain].dcs[source_.connected_.at(domain)].replica;
}

std::string ForestSource::Delivery::dn_of(const Object& object, std::size_t domain) const {
    std::string dn = source_.forest_.dn_of(object, replica(domain));
    if (object.mangled) dn.insert(dn.find(',', object.name.size()), "\\0ACNF:" + to_text(object.guid));
    return dn;
}

sync::PackedAttributes ForestSource::Delivery::attributes_of(const Object& object) const {
    sync::AttributesBuilder builder;
    const auto add = [&](const std::string& name, const std::string& value) {
        if (const auto index = names_.find(name); index && !value.empty()) builder.add(*index, value);
    };
    if (object.kind != EntryKind::container)
        add("sAMAccountName", object.mangled ? "$DUPLICATE-" + std::to_string(object.rid) : object.name);
    add("cn", object.mangled ? object.name + "\nCNF:" + to_text(object.guid) : object.name);
    for (const auto& [name, value] : object.attributes) {
        if (name != "mail" || !denied().mails.contains(object.guid)) add(name, value);
    }
    return builder.pack();
}

sync::Entry ForestSource::Delivery::entry_of(const Replica::Held& held, std::size_t domain,
                                             bool with_members) const {
    const Object& object = *held.object;
    sync::Entry entry;
    entry.guid = object.guid;
    entry.kind = object.kind;
    entry.domain = place_of(domain);
    entry.mangled = object.mangled;
    if (object.kind != EntryKind::container)
        entry.sid = source_.forest_.domains()[domain].sid.with_rid(object.rid);
    entry.dn = dn_of(object, domain);
    // AD itself goes wrong when a DC is put back in secret (a USN rollback): nothing is proved by numbers.
    entry.usn = source_.forest_.domains()[domain].numbers_twice ? 0 : held.usn;
    entry.control_known = !denied().statuses.contains(object.guid);
    entry.disabled = object.disabled && entry.control_known;
    if (!denied().expiries.contains(object.guid)) entry.expires = object.expires;
    // Every account has one: Domain Users, which this forest does not have as an object.
    const bool is_user = object.kind == EntryKind::user;
    entry.primary_group_rid = object.primary_group == 0 && is_user ? 513 : object.primary_group;
    entry.attributes = attributes_of(object);
    entry.members_known = object.kind != EntryKind::group || with_members;
    if (!entry.members_known || denied().lists.contains(object.guid)) return entry;
    const auto half = denied().halves.find(object.guid);
    const std::size_t most = half == denied().halves.end() ? held.links.size() : half->second;
    for (const auto& [guid, link] : held.links) {
        if (!link.present || entry.members.size() >= most) continue;
        if (const auto ref = member(guid, domain)) entry.members.push_back(*ref);
    }
    return entry;
}

}  // namespace dirsync::sim
