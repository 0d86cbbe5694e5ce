#include "tests/sim/forest/forest_source.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

#include "core/dn.hpp"
#include "model/replication.hpp"
#include "tests/sim/forest/forest_delivery.hpp"

namespace dirsync::sim {
namespace {

using sync::EntryKind;

constexpr EntryKind order_of_kinds[] = {EntryKind::container, EntryKind::user, EntryKind::group};

std::string cookie_text(std::uint64_t epoch, std::uint64_t position) {
    return std::to_string(epoch) + ":" + std::to_string(position);
}

}  // namespace

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
    facts.current_time = now + dc.clock_error;
    return facts;
}

/// As an Active Directory's DC says by its replication vector. Nothing is late where there is one DC only.
bool ForestSource::is_believed(std::size_t domain, const Dc& dc,
                               const std::vector<sync::DomainFacts>& known) const {
    const Domain& of = forest_.domains()[domain];
    const auto position = dc.replica.position();
    std::vector<sync::ReplicationCursor> cursors;
    for (const auto& other : of.dcs)
        cursors.push_back(
            {other.invocation_id, other.first_usn + std::min(position, other.replica.position())});
    for (const auto& [id, retired] : of.retired)
        cursors.push_back({id, retired.first_usn + std::min(position, retired.lines)});
    for (const auto& facts : known) {
        if (facts.guid != of.guid) continue;
        if (sync::lacked_by({dc.name, dc.invocation_id, dc.replica.usn()}, cursors, facts.seen)) return false;
    }
    return true;
}

/// The highest uSNChanged that a reader of everything can see.
std::uint64_t ForestSource::newest_usn(std::size_t domain, const Dc& dc) const {
    if (forest_.denied.tombstones.contains(domain)) return dc.replica.usn();
    std::uint64_t newest = 0;
    for (const auto& [guid, held] : dc.replica.objects()) newest = std::max(newest, held.usn);
    return newest;
}

bool ForestSource::is_behind(std::size_t domain, const Dc& dc) const {
    // The ids of those that were put back in secret are named as lost, and go on: what is seen under them
    // since is no mark for anybody (semantics 5.16).
    if (forest_.domains()[domain].numbers_twice) return false;
    const auto process = shown_.find(process_);
    if (process == shown_.end()) return false;
    const auto shown = process->second.find(domain);
    return shown != process->second.end() && dc.replica.position() < shown->second;
}

void ForestSource::read_for(std::uint64_t process, bool loads) {
    process_ = process;
    if (loads) shown_[process] = stored_;
}

void ForestSource::was_taken_in(bool by_the_store) {
    auto& shown = shown_[process_];
    for (const auto& [domain, newest] : shows_) shown[domain] = std::max(shown[domain], newest);
    shows_.clear();
    if (by_the_store) stored_ = shown;
}

void ForestSource::was_put_back(std::size_t domain) {
    reached_.erase(domain);
    stored_.erase(domain);
    for (auto& [process, shown] : shown_) shown.erase(domain);
    ++put_back_[domain];
}

void ForestSource::go_back_to(const Reach& reach) {
    told_ = reach.told;
    reached_ = reach.reached;
    stored_ = reach.stored;
    for (const auto& [domain, times] : put_back_) {
        const auto then = reach.put_back.find(domain);
        if (then != reach.put_back.end() && then->second == times) continue;
        reached_.erase(domain);
        stored_.erase(domain);
    }
}

/// After a read.
void ForestSource::note_seen(std::size_t domain, sync::DomainFacts& facts) {
    const std::uint64_t newest = newest_usn(domain, dc_of(domain));
    shows_[domain] = newest - std::min(newest, dc_of(domain).first_usn);
    facts.seen = seen_[domain];
    std::erase_if(facts.seen, [&facts](const auto& mark) { return mark.dc == facts.at.dc; });
    facts.seen.push_back({facts.at.dc, facts.at.invocation_id, newest});
}

Task<Result<std::vector<sync::DomainFacts>>> ForestSource::connect(std::vector<sync::DomainFacts> known) {
    for (auto& facts : known) {
        for (const Domain& domain : forest_.domains()) {
            if (facts.guid == domain.guid)
                std::erase_if(facts.seen, [&](const auto& mark) { return domain.is_lost(mark); });
        }
    }
    std::vector<sync::DomainFacts> reached;
    for (std::size_t place = 0; place < configured.size(); ++place) {
        const Domain& domain = forest_.domains()[configured[place]];
        std::optional<std::size_t> chosen;
        bool is_late = false;
        for (std::size_t i = 0; i < domain.dcs.size() && !chosen; ++i) {
            const std::size_t candidate = (domain.preferred + i) % domain.dcs.size();
            const Dc& dc = domain.dcs[candidate];
            if (dc.down) continue;
            if (is_believed(configured[place], dc, known)) {
                chosen = candidate;
            } else {
                is_late = true;
            }
        }
        if (!chosen && is_late) co_return Error(ErrorCode::server_behind, domain.name + ": all lag behind");
        if (!chosen) co_return Error(ErrorCode::unreachable, domain.name + ": no server answers");
        connected_[configured[place]] = *chosen;
        reached.push_back(facts_of(place));
        auto& facts = reached.back();
        for (const auto& before : known) {
            if (before.guid != facts.guid) continue;
            facts.seen = sync::seen_through(facts.at, true, before.seen);
            whole_[configured[place]] = before.whole;
        }
        seen_[configured[place]] = facts.seen;
    }
    if (!asked_) {
        asked_ = Asked{now, {}};
        for (const auto& facts : reached) asked_->servers.push_back(*facts.current_time);
    }
    co_return reached;
}

Task<Result<sync::ReadSummary>> ForestSource::read_all(std::vector<std::string> names,
                                                       sync::EntrySink& sink) {
    ++reads_;
    last_told_ = {};
    went_on_ = false;
    last_told_.whole = true;
    listed_now_.clear();
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
        note_seen(domain, facts);
        summary.domains.push_back(std::move(facts));
        for (const EntryKind kind : order_of_kinds) {
            for (const auto& [guid, held] : replica.objects()) {
                const Object& object = *held.object;
                if (object.kind == kind && !object.deleted && forest_.is_visible(object, replica))
                    delivery.deliver(held, domain, true);
            }
        }
        delivery.deliver_built_in(domain);
    }
    last_read_was_full_ = true;
    listed_whole_ = listed_now_;
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
    // An object that died a moment ago may be gone for good already.
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
        if (start.by_usn || held.object->kind != EntryKind::group || forest_.denied.lists.contains(guid))
            continue;
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
    went_on_ = true;
    forest_.remove(object->guid, now);
    forest_.replicate(domain, connected_.at(domain), std::numeric_limits<std::size_t>::max());
}

Task<Result<sync::ReadSummary>> ForestSource::read_changes(std::vector<sync::DomainFacts> from,
                                                           std::vector<std::string> names,
                                                           sync::EntrySink& sink) {
    ++change_reads_;
    last_told_ = {};
    went_on_ = false;
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
        deliver_changes(domain, starts[place], delivery);
        // An object that died meanwhile was told as unseen, and is a tombstone by now.
        note_seen(domain, facts);
        summary.domains.push_back(std::move(facts));
        reached_[domain] = std::max(reached_[domain], dc_of(domain).replica.position());
    }
    last_read_was_full_ = false;
    co_return summary;
}

Task<Result<void>> ForestSource::wait_for_change() {
    co_return Error(ErrorCode::unreachable, "no notifications in this forest");
}

}  // namespace dirsync::sim
