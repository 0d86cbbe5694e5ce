#include "tests/sim/forest_source.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

#include "core/dn.hpp"

namespace dirsync::sim {
namespace {

using sync::EntryKind;

constexpr EntryKind order_of_kinds[] = {EntryKind::container, EntryKind::user, EntryKind::group};

std::string cookie_text(std::uint64_t epoch, std::uint64_t position) {
    return std::to_string(epoch) + ":" + std::to_string(position);
}

}  // namespace

/// Makes entries of what a DC holds and hands them to the sink.
class ForestSource::Delivery {
public:
    Delivery(ForestSource& source, const std::vector<std::string>& names, sync::EntrySink& sink)
        : source_(source), sink_(sink) {
        for (const auto& name : names) names_.add(name);
    }

    void deliver(const Replica::Held& held, std::size_t domain, bool with_members) {
        const Object& object = *held.object;
        if (source_.forest_.denied.controls.contains(object.guid)) {
            sync::QuarantinedEntry entry;
            entry.guid = object.guid;
            entry.kind = object.kind;
            entry.dn = source_.forest_.dn_of(object, replica(domain));
            entry.reason = "userAccountControl is missing: the account may not read it";
            entry.domain = place_of(domain);
            sink_.take(std::move(entry));
            return;
        }
        const bool is_whole = object.kind != EntryKind::group || with_members;
        source_.last_told_.entries[object.guid] |= is_whole;
        sink_.take(entry_of(held, domain, with_members));
    }

    void deliver_deleted(const ObjectGuid& guid, std::size_t domain) {
        source_.last_told_.deleted.insert(guid);
        sink_.take_deleted(guid, place_of(domain));
    }

    /// The domain's index in the configuration.
    sync::DomainIndex place_of(std::size_t domain) const {
        const auto& configured = source_.configured;
        return static_cast<sync::DomainIndex>(std::find(configured.begin(), configured.end(), domain) -
                                              configured.begin());
    }

    void deliver(sync::MemberChanges&& changes) {
        for (const auto& member : changes.added)
            source_.last_told_.links[{changes.group, member.guid}] = true;
        for (const auto& member : changes.removed)
            source_.last_told_.links[{changes.group, member.guid}] = false;
        sink_.take(std::move(changes));
    }

    /// As a group of `domain` lists it.
    std::optional<sync::MemberRef> member(const ObjectGuid& guid, std::size_t domain) const {
        for (std::size_t i = 0; i < source_.forest_.domains().size(); ++i) {
            // Members of a domain that is not read are listed all the same.
            const bool is_read = source_.connected_.contains(i);
            const Replica& of = is_read ? replica(i) : source_.forest_.domains()[i].truth;
            if (const Object* object = of.alive(guid)) {
                if (!source_.forest_.is_visible(*object, of)) return std::nullopt;
                return sync::MemberRef{guid, object->foreign_sid};
            }
            // A phantom: the group's domain lists it, whatever the DC that is read of its own one has.
            if (i != domain && source_.forest_.domains()[i].truth.find(guid) != nullptr)
                return sync::MemberRef{guid, std::nullopt};
        }
        return std::nullopt;
    }

    sync::EntrySink& sink() { return sink_; }

private:
    const Replica& replica(std::size_t domain) const {
        return source_.forest_.domains()[domain].dcs[source_.connected_.at(domain)].replica;
    }

    sync::Entry entry_of(const Replica::Held& held, std::size_t domain, bool with_members) const {
        const Object& object = *held.object;
        sync::Entry entry;
        entry.guid = object.guid;
        entry.kind = object.kind;
        entry.domain = place_of(domain);
        if (object.kind != EntryKind::container)
            entry.sid = source_.forest_.domains()[domain].sid.with_rid(object.rid);
        entry.dn = source_.forest_.dn_of(object, replica(domain));
        // AD itself goes wrong when a DC is put back in secret (a USN rollback): nothing is proved by
        // numbers.
        entry.usn = source_.forest_.domains()[domain].numbers_twice ? 0 : held.usn;
        entry.disabled = object.disabled;
        entry.expires = object.expires;
        // Every account has one: Domain Users, which is no object here.
        const bool is_user = object.kind == EntryKind::user;
        entry.primary_group_rid = object.primary_group == 0 && is_user ? 513 : object.primary_group;
        sync::AttributesBuilder builder;
        const auto add = [&](const std::string& name, const std::string& value) {
            if (const auto index = names_.find(name); index && !value.empty()) builder.add(*index, value);
        };
        if (object.kind != EntryKind::container) add("sAMAccountName", object.name);
        add("cn", object.name);
        for (const auto& [name, value] : object.attributes) add(name, value);
        entry.attributes = builder.pack();
        entry.members_known = object.kind != EntryKind::group || with_members;
        if (!entry.members_known) return entry;
        for (const auto& [guid, link] : held.links) {
            if (!link.present) continue;
            if (const auto ref = member(guid, domain)) entry.members.push_back(*ref);
        }
        return entry;
    }

    ForestSource& source_;
    sync::EntrySink& sink_;
    sync::AttributeNames names_;
};

const Dc* ForestSource::serving(std::size_t domain) const {
    const auto found = connected_.find(domain);
    return found == connected_.end() ? nullptr : &forest_.domains()[domain].dcs[found->second];
}

sync::DomainFacts ForestSource::facts_of(std::size_t place) {
    const std::size_t domain = configured[place];
    const Domain& of = forest_.domains()[domain];
    const Dc& dc = dc_of(domain);
    sync::DomainFacts facts;
    facts.domain = static_cast<sync::DomainIndex>(place);
    facts.dns_name = of.name;
    facts.netbios_name = of.netbios;
    facts.base_dn = base_dn_of(of.name);
    facts.guid = of.guid;
    facts.sid = of.sid;
    facts.server = "ldap://" + dc.name;
    facts.detection = text_of(of.detection);
    facts.at = {dc.name, dc.invocation_id, dc.replica.usn()};
    return facts;
}

sync::Task<Result<std::vector<sync::DomainFacts>>> ForestSource::connect() {
    std::vector<sync::DomainFacts> reached;
    for (std::size_t place = 0; place < configured.size(); ++place) {
        const Domain& domain = forest_.domains()[configured[place]];
        std::optional<std::size_t> chosen;
        for (std::size_t i = 0; i < domain.dcs.size() && !chosen; ++i) {
            const std::size_t candidate = (domain.preferred + i) % domain.dcs.size();
            if (!domain.dcs[candidate].down) chosen = candidate;
        }
        if (!chosen) co_return Error(ErrorCode::unreachable, domain.name + ": no server answers");
        connected_[configured[place]] = *chosen;
        reached.push_back(facts_of(place));
    }
    co_return reached;
}

sync::Task<Result<sync::ReadSummary>> ForestSource::read_all(std::vector<std::string> names,
                                                             sync::EntrySink& sink) {
    ++reads_;
    last_told_ = {};
    last_told_.whole = true;
    sync::ReadSummary summary;
    Delivery delivery(*this, names, sink);
    for (std::size_t place = 0; place < configured.size(); ++place) {
        const std::size_t domain = configured[place];
        if (!connected_.contains(domain)) co_return Error(ErrorCode::connection_lost, "not connected");
        const Replica& replica = dc_of(domain).replica;
        sync::DomainFacts facts = facts_of(place);
        told_[domain] = reached_[domain] = replica.position();
        facts.watermarks = {facts.at};
        if (forest_.domains()[domain].detection == Detection::dirsync)
            facts.cookie = cookie_text(forest_.domains()[domain].cookie_epoch, replica.position());
        summary.domains.push_back(std::move(facts));
        for (const EntryKind kind : order_of_kinds) {
            for (const auto& [guid, held] : replica.objects()) {
                const Object& object = *held.object;
                if (object.kind == kind && !object.deleted && forest_.is_visible(object, replica))
                    delivery.deliver(held, domain, true);
            }
        }
    }
    last_read_was_full_ = true;
    co_return summary;
}

Result<ForestSource::Start> ForestSource::start_of(const sync::DomainFacts& from, std::size_t domain) {
    const Domain& of = forest_.domains()[domain];
    const Dc& dc = dc_of(domain);
    const auto refused = [&](const std::string& why) {
        return Error(ErrorCode::cursor_refused, of.name + ": " + why);
    };
    const sync::Watermark* mark = nullptr;
    for (const auto& known : from.watermarks) {
        if (known.dc == dc.name) mark = &known;
    }
    if (mark != nullptr && mark->invocation_id != dc.invocation_id)
        return refused(dc.name + " was restored from a backup");
    if (mark != nullptr && mark->highest_usn > dc.replica.usn())
        return refused(dc.name + " counts its changes a second time");
    if (of.detection == Detection::usn) {
        if (mark == nullptr) return refused(dc.name + " was never read");
        return Start{true, mark->highest_usn};
    }
    if (of.detection != Detection::dirsync || from.cookie.empty()) return refused("no cursor");
    const std::size_t colon = from.cookie.find(':');
    std::uint64_t position = 0;
    const char* text = from.cookie.data();
    std::from_chars(text + colon + 1, text + from.cookie.size(), position);
    if (from.cookie.substr(0, colon) != std::to_string(of.cookie_epoch))
        return refused("unavailableCriticalExtension");
    return Start{false, position};
}

void ForestSource::deliver_changes(std::size_t domain, const Start& start, Delivery& delivery) {
    const Replica& replica = dc_of(domain).replica;
    std::vector<ObjectGuid> changed;
    bool containers = false;
    for (const auto& [guid, held] : replica.objects()) {
        bool is_new = start.by_usn ? held.usn > start.after : held.changed > start.after;
        for (const auto& [member, link] : held.links) is_new |= !start.by_usn && link.changed > start.after;
        if (!is_new) continue;
        if (held.object->deleted ? forest_.denied.tombstones.contains(domain)
                                 : !forest_.is_visible(*held.object, replica)) {
            continue;
        }
        changed.push_back(guid);
        containers |= held.object->kind == EntryKind::container;
    }
    let_die(domain);
    // Who died a moment ago may be gone for good already.
    std::erase_if(changed, [&replica](const ObjectGuid& guid) { return replica.find(guid) == nullptr; });
    // DirSync tells that isDeleted lost its value; an entry, that it once had a lastKnownParent.
    for (const auto& guid : changed) {
        const Replica::Held& held = *replica.find(guid);
        if (held.reborn > (start.by_usn ? 0 : start.after) && !held.object->deleted)
            delivery.sink().take_deleted(guid, delivery.place_of(domain));
    }
    for (const EntryKind kind : order_of_kinds) {
        if (kind == EntryKind::container && containers) {
            for (const auto& [guid, held] : replica.objects()) {
                if (held.object->kind == kind && !held.object->deleted &&
                    forest_.is_visible(*held.object, replica))
                    delivery.deliver(held, domain, true);
            }
        }
        for (const auto& guid : changed) {
            const Replica::Held& held = *replica.find(guid);
            if (held.object->kind != kind || held.object->deleted || kind == EntryKind::container) continue;
            for (int times = stutters && guid.bytes[0] % 3 == 0 ? 2 : 1; times > 0; --times)
                delivery.deliver(held, domain, start.by_usn || held.reborn > start.after);
        }
    }
    for (const auto& guid : changed) {
        const Replica::Held& held = *replica.find(guid);
        if (held.object->deleted) {
            // Found alive, and gone when it was to be read: not a tombstone that was seen.
            const bool is_seen = dies_during_read != guid && !forest_.denied.tombstones.contains(domain);
            is_seen ? delivery.deliver_deleted(guid, domain) : delivery.sink().take_unseen(guid);
            continue;
        }
        if (start.by_usn || held.object->kind != EntryKind::group) continue;
        sync::MemberChanges changes;
        changes.group = guid;
        for (const auto& [member, link] : held.links) {
            if (link.changed <= start.after) continue;
            if (const auto ref = delivery.member(member, domain))
                (link.present ? changes.added : changes.removed).push_back(*ref);
        }
        if (!changes.added.empty() || !changes.removed.empty()) delivery.deliver(std::move(changes));
    }
    dies_during_read.reset();
}

void ForestSource::let_die(std::size_t domain) {
    if (!dies_during_read) return;
    const ObjectPtr object = forest_.object(*dies_during_read);
    const bool is_known = object && object->domain == domain && dc_of(domain).replica.alive(object->guid);
    if (!is_known || object->kind == EntryKind::container) {
        dies_during_read.reset();
        return;
    }
    forest_.remove(object->guid, now);
    forest_.replicate(domain, connected_.at(domain), std::numeric_limits<std::size_t>::max());
}

sync::Task<Result<sync::ReadSummary>> ForestSource::read_changes(std::vector<sync::DomainFacts> from,
                                                                 std::vector<std::string> names,
                                                                 sync::EntrySink& sink) {
    ++change_reads_;
    last_told_ = {};
    if (from.size() != configured.size()) co_return Error(ErrorCode::internal, "not the domains configured");
    std::vector<Start> starts;
    for (std::size_t place = 0; place < configured.size(); ++place) {
        const std::size_t domain = configured[place];
        if (!connected_.contains(domain)) co_return Error(ErrorCode::connection_lost, "not connected");
        auto start = start_of(from[place], domain);
        if (!start) co_return start.error();
        starts.push_back(*start);
    }
    sync::ReadSummary summary;
    summary.complete = false;
    Delivery delivery(*this, names, sink);
    for (std::size_t place = 0; place < configured.size(); ++place) {
        const std::size_t domain = configured[place];
        const Domain& of = forest_.domains()[domain];
        sync::DomainFacts facts = facts_of(place);
        told_[domain] = dc_of(domain).replica.position();
        // Another DC may lag behind the one read before. What it told is then older than what the marks of
        // the others promise, so that only its own is kept.
        if (of.detection == Detection::usn && from[place].at.dc == facts.at.dc) {
            facts.watermarks = from[place].watermarks;
        } else if (of.detection == Detection::dirsync) {
            facts.watermarks = from[place].watermarks;
        }
        std::erase_if(facts.watermarks, [&](const auto& mark) { return mark.dc == facts.at.dc; });
        facts.watermarks.push_back(facts.at);
        if (of.detection == Detection::dirsync)
            facts.cookie = cookie_text(of.cookie_epoch, dc_of(domain).replica.position());
        summary.domains.push_back(std::move(facts));
        deliver_changes(domain, starts[place], delivery);
        reached_[domain] = std::max(reached_[domain], dc_of(domain).replica.position());
    }
    last_read_was_full_ = false;
    co_return summary;
}

sync::Task<Result<void>> ForestSource::wait_for_change() {
    co_return Error(ErrorCode::unreachable, "no notifications in this forest");
}

sync::Task<Result<std::vector<sync::Fate>>> ForestSource::look_up(std::vector<ObjectGuid> guids,
                                                                  std::vector<std::string> names,
                                                                  sync::EntrySink& sink) {
    Delivery delivery(*this, names, sink);
    std::vector<sync::Fate> fates;
    for (const auto& guid : guids) {
        sync::Fate fate = sync::Fate::invisible;
        for (const std::size_t domain : configured) {
            if (!connected_.contains(domain)) co_return Error(ErrorCode::connection_lost, "not connected");
            const Replica& replica = dc_of(domain).replica;
            const Replica::Held* held = replica.find(guid);
            if (held == nullptr) continue;
            if (held->object->deleted) {
                if (forest_.denied.tombstones.contains(domain)) continue;
                if (fate != sync::Fate::alive) fate = sync::Fate::deleted;
                delivery.deliver_deleted(guid, domain);
            } else if (forest_.is_visible(*held->object, replica)) {
                delivery.deliver(*held, domain, true);
                fate = sync::Fate::alive;
            }
        }
        fates.push_back(fate);
    }
    co_return fates;
}

}  // namespace dirsync::sim
