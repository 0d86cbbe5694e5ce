#include <algorithm>
#include <utility>

#include "tests/sim/expect.hpp"
#include "tests/sim/witness.hpp"

// What could be known of the forest.
namespace dirsync::sim {

using sync::HoldClass;

Views Witness::served() const {
    Views views(scene_.forest.domains().size());
    for (const std::size_t domain : scene_.choice.domains) {
        const Dc* dc = scene_.source.serving(domain);
        views[domain] = dc == nullptr ? nullptr : &dc->replica;
    }
    return views;
}

Views Witness::remembered() const {
    Views views = served();
    for (const auto& [domain, known] : known_) {
        if (views[domain] == nullptr) views[domain] = &known;
    }
    return views;
}

const Replica::Held* Witness::sight_of(const ObjectGuid& guid) const {
    for (const std::size_t at : scene_.choice.domains) {
        const Dc* dc = scene_.source.serving(at);
        const Replica::Held* held = dc == nullptr ? nullptr : dc->replica.find(guid);
        if (held == nullptr || held->object->deleted || !scene_.forest.is_visible(*held->object, dc->replica))
            continue;
        return held;
    }
    return nullptr;
}

const Object* Witness::known_as(const ObjectGuid& guid) const {
    for (const auto& [domain, known] : known_) {
        if (const Object* object = known.alive(guid)) return object;
    }
    return nullptr;
}

bool Witness::was_somebody(const ObjectGuid& guid) const {
    return std::any_of(known_.begin(), known_.end(), [&](const auto& known) {
        const Object* object = known.second.alive(guid);
        return object != nullptr &&
               (!object->mangled || rows_before_.contains(guid) || known_groups_.contains(guid));
    });
}

/// A link to an object that was nobody may end with a list that is withheld: nobody misses it.
void Witness::note_links_to_nobody(const Told& told) {
    for (const auto& [domain, known] : known_) {
        for (const auto& group : told.unlisted) {
            const Replica::Held* held = known.find(group);
            if (held == nullptr) continue;
            for (const auto& [member, link] : held->links) {
                if (link.present && !was_somebody(member)) lost_links_.insert({group, member});
            }
        }
    }
}

std::set<ObjectGuid> Witness::rows() const {
    std::set<ObjectGuid> guids;
    for (const auto* rows : {&replay_.store().users, &replay_.store().groups}) {
        for (const auto& [id, row] : *rows) guids.insert(guid_of(row));
    }
    return guids;
}

/// The states of a domain that a cycle may go by: not those of a DC that lacks what was seen before
/// (semantics 5.16).
std::vector<const Replica*> Witness::believable(std::size_t domain) const {
    const Domain& of = scene_.forest.domains()[domain];
    std::vector<const Replica*> states{&of.truth};
    for (const auto& dc : of.dcs) {
        if (dc.replica.position() != of.log.size() && !scene_.source.is_behind(domain, dc))
            states.push_back(&dc.replica);
    }
    return states;
}

/// The model on every mixture of what the DCs have, and on what could be known.
const std::vector<std::shared_ptr<Model>>& Witness::possible() {
    if (!possible_.empty()) return possible_;
    const std::size_t domains = scene_.forest.domains().size();
    std::vector<Views> mixtures{Views(domains)};
    for (const std::size_t domain : scene_.choice.domains) {
        const auto states = believable(domain);
        std::vector<Views> next;
        for (const auto& mixture : mixtures) {
            for (const Replica* state : states) {
                next.push_back(mixture);
                next.back()[domain] = state;
            }
        }
        mixtures = std::move(next);
    }
    Views known(domains);
    for (const std::size_t domain : scene_.choice.domains) known[domain] = &known_[domain];
    // The engine may not have missed so far what was given up: a row tells that it has not.
    std::set<ObjectGuid> rowless = given_up_;
    for (const auto* rows : {&replay_.store().users, &replay_.store().groups}) {
        for (const auto& [id, row] : *rows) {
            const bool goes = std::any_of(lines_.begin(), lines_.end(), [&id = id](const JournalLine& line) {
                return line.action == "delete" && line.object_id == id;
            });
            if (!goes) rowless.erase(guid_of(row));
        }
    }
    Views without(domains);
    Views with_rows(domains);
    for (const std::size_t domain : scene_.choice.domains) {
        known_without_[domain] = known_[domain].without(given_up_).without(lost_links_);
        known_rowless_[domain] = known_[domain].without(rowless).without(lost_links_);
        without[domain] = &known_without_[domain];
        with_rows[domain] = &known_rowless_[domain];
    }
    if (scene_.choice.domains.size() > 1) {
        // What is withheld of one domain is as it was, beside what the other one says now.
        for (const std::size_t domain : scene_.choice.domains) {
            const std::size_t other = 1 - domain;
            for (const Replica* state : believable(other)) {
                for (const Views* before : {&known, &without}) {
                    mixtures.push_back(*before);
                    mixtures.back()[other] = state;
                }
            }
        }
    }
    mixtures.push_back(std::move(known));
    mixtures.push_back(std::move(without));
    mixtures.push_back(std::move(with_rows));
    for (auto& views : mixtures)
        possible_.push_back(
            std::make_shared<Model>(scene_.forest, views, scene_.choice, pins_, latest_, known_before_));
    return possible_;
}

void Witness::note_what_was_seen(const Cycle& cycle) {
    const bool whole = scene_.source.last_read_was_full();
    if (whole && scene_.forest.denied.empty()) trusted_ = true;
    if (!scene_.forest.denied.empty()) trusted_ = false;
    note_who_is_missed(cycle.now);
    learn();
    for (const std::size_t domain : scene_.choice.domains) {
        const Dc* dc = scene_.source.serving(domain);
        if (dc == nullptr) continue;
        const auto position = scene_.source.told(domain);
        // Deleted and forgotten between two reads of changes: nothing tells of it.
        for (const auto& [guid, deleted_at] : dc->replica.expunged()) {
            if (!whole && deleted_at > told_[domain]) trusted_ = false;
        }
        told_[domain] = whole ? position : std::max(told_[domain], position);
    }
    note_tombstones(whole);
    note_lost_links();
}

/// Memberships that may have ended by what could be read, though the directory has them still.
void Witness::note_lost_links() {
    const Told& told = scene_.source.last_told();
    std::erase_if(lost_links_, [this, &told](const auto& link) {
        const auto entry = told.entries.find(link.first);
        const bool is_listed =
            entry != told.entries.end() && entry->second && !told.unlisted.contains(link.first);
        // A list does not show members that the account may not see: it does not bring back what was
        // released.
        return is_listed && (told.shown.contains(link) || sight_of(link.second) != nullptr);
    });
    for (const auto& object : approved_[HoldClass::absent]) {
        if (!object.second.is_nil()) lost_links_.insert(object);
    }
    lost_links_.insert(told.losses.begin(), told.losses.end());
    // Of what cannot be read it may be proved from another side that it ended.
    for (const std::size_t domain : scene_.choice.domains) {
        const Dc* dc = scene_.source.serving(domain);
        if (dc == nullptr) continue;
        for (const auto& [group, known] : known_[domain].objects()) {
            const auto* now = dc->replica.find(group);
            if (now == nullptr || !scene_.forest.denied.hides_list(group)) continue;
            const auto entry = told.entries.find(group);
            const bool is_listed = entry != told.entries.end() && entry->second;
            for (const auto& [member, link] : known.links) {
                const auto listed = now->links.find(member);
                const bool ended = listed == now->links.end() || !listed->second.present;
                // Every list loses deleted members: of a part of one nobody can tell that it was hidden.
                const bool of_the_dead =
                    is_listed && !told.shown.contains({group, member}) && proved_deleted_.contains(member);
                if (link.present && (ended || of_the_dead)) lost_links_.insert({group, member});
            }
        }
    }
}

/// An object that lives in one domain is not deleted, whatever tombstone another one has (semantics 5.17).
void Witness::note_tombstones(bool whole) {
    for (const std::size_t domain : scene_.choice.domains) {
        const Dc* dc = scene_.source.serving(domain);
        if (dc == nullptr) continue;
        for (const auto& [guid, held] : dc->replica.objects()) {
            const bool is_alive = sight_of(guid) != nullptr;
            if (is_alive && (whole || scene_.source.last_told().entries.contains(guid)) &&
                proved_deleted_.erase(guid) > 0 && !whole) {
                // It went to another domain, and its old one told first: no group tells of it again. The
                // tombstone may have expired since.
                const auto views = served();
                trusted_ &= std::none_of(views.begin(), views.end(), [&guid = guid](const Replica* view) {
                    if (view == nullptr) return false;
                    const bool is_dead = view->find(guid) != nullptr && view->alive(guid) == nullptr;
                    return is_dead || view->expunged().contains(guid);
                });
            }
            if (held.object->deleted && !is_alive && !scene_.forest.denied.tombstones.contains(domain))
                proved_deleted_.insert(guid);
        }
    }
}

void Witness::note_who_is_missed(Time now) {
    std::set<ObjectGuid> seen;
    for (const std::size_t domain : scene_.choice.domains) {
        const Dc* dc = scene_.source.serving(domain);
        if (dc == nullptr) continue;
        for (const auto& [guid, held] : dc->replica.objects()) {
            if (!held.object->deleted && scene_.forest.is_visible(*held.object, dc->replica))
                seen.insert(guid);
        }
    }
    std::erase_if(missed_since_, [&seen](const auto& missed) { return seen.contains(missed.first); });
    for (const std::size_t domain : scene_.choice.domains) {
        for (const auto& [guid, held] : known_[domain].objects()) {
            if (seen.contains(guid)) continue;
            // In doubt no clock starts.
            if (!in_doubt_) {
                auto& since = missed_since_.try_emplace(guid, now).first->second;
                since = std::min(since, now);
            }
            if (counts_as_deleted(guid)) given_up_.insert(guid);
        }
    }
    const Told& told = scene_.source.last_told();
    std::erase_if(given_up_, [&](const ObjectGuid& guid) {
        return seen.contains(guid) && (told.whole || told.entries.contains(guid));
    });
}

/// An admin said so, or an object was not seen for the time that the configuration names (semantics 5.2).
bool Witness::counts_as_deleted(const ObjectGuid& guid) const {
    if (is_approved(HoldClass::absent, guid)) return true;
    if (!scene_.choice.unproven_deletion || in_doubt_) return false;
    const auto missed = missed_since_.find(guid);
    return missed != missed_since_.end() && judged_at_ - missed->second >= *scene_.choice.unproven_deletion;
}

/// Known groups go on bringing their members in when their names are mangled (semantics 5.17): one that is
/// first told under such a name counts as nothing, and a deleted one is forgotten.
void Witness::note_known_groups() {
    const auto held = [this](const ObjectGuid& guid) {
        return std::any_of(known_.begin(), known_.end(),
                           [&guid](const auto& known) { return known.second.alive(guid) != nullptr; });
    };
    std::erase_if(known_groups_, [&held](const ObjectGuid& guid) { return !held(guid); });
    for (auto& [domain, known] : known_) {
        std::set<std::pair<ObjectGuid, ObjectGuid>> not_taken;
        for (const auto& [guid, of] : known.objects()) {
            const Object& object = *of.object;
            if (object.kind != sync::EntryKind::group || object.deleted) continue;
            if (!object.mangled || rows_before_.contains(guid)) known_groups_.insert(guid);
            if (known_groups_.contains(guid)) continue;
            for (const auto& [member, link] : of.links) not_taken.insert({guid, member});
        }
        if (!not_taken.empty()) known = known.without(not_taken);
    }
}

/// Members of domains that were read once and are not any more stay in the lists of the others as they were.
void Witness::note_links_out() {
    const auto is_out = [this](const ObjectGuid& guid) {
        bool out = false;
        for (const auto& [domain, known] : known_) {
            if (known.alive(guid) == nullptr) continue;
            if (domains_.contains(domain)) return false;
            out = true;
        }
        return out;
    };
    std::erase_if(links_out_, [&is_out](const auto& link) { return !is_out(link.second); });
    for (const std::size_t domain : domains_) {
        for (const auto& [group, held] : known_[domain].objects()) {
            for (const auto& [member, link] : held.links) {
                if (link.present && is_out(member)) links_out_.insert({group, member});
            }
        }
    }
}

void Witness::learn() {
    note_links_out();
    note_links_to_nobody(scene_.source.last_told());
    if (scene_.source.went_on_while_read()) known_earlier_ = known_;
    const auto& forest = scene_.forest;
    const Told& told = scene_.source.last_told();
    const Replica::Eyes eyes = [&](const ObjectGuid& guid) {
        Replica::Sight sight = Replica::Sight::invisible;
        for (const std::size_t domain : scene_.choice.domains) {
            const Dc* dc = scene_.source.serving(domain);
            const Replica::Held* held = dc == nullptr ? nullptr : dc->replica.find(guid);
            if (held == nullptr) continue;
            if (held->object->deleted) {
                // Nothing asks for a member that no read ever showed but by a group that lists it.
                const bool is_seen = told.deleted.contains(guid);
                // The tombstone of the old home says nothing of a user who moved on.
                const bool lives_elsewhere =
                    std::any_of(known_.begin(), known_.end(), [&](const auto& known) {
                        return known.first != domain && known.second.alive(guid) != nullptr;
                    });
                if (is_seen && !lives_elsewhere && !forest.denied.tombstones.contains(domain))
                    sight = Replica::Sight::deleted;
            } else if (forest.is_visible(*held->object, dc->replica)) {
                return forest.denied.controls.contains(guid) ? Replica::Sight::unreadable
                                                             : Replica::Sight::visible;
            }
        }
        if (sight != Replica::Sight::invisible) return sight;
        // Groups list members of a domain that is not configured as well.
        for (std::size_t domain = 0; domain < forest.domains().size(); ++domain) {
            const Object* object =
                domains_.contains(domain) ? nullptr : forest.domains()[domain].truth.alive(guid);
            if (object != nullptr && forest.is_visible(*object, forest.domains()[domain].truth))
                return Replica::Sight::unreadable;
        }
        return sight;
    };
    for (const std::size_t domain : scene_.choice.domains) {
        const Dc* dc = scene_.source.serving(domain);
        // What lacks what was seen before is not to be believed (semantics 5.16).
        if (dc != nullptr && !scene_.source.is_behind(domain, *dc))
            known_[domain] = Replica::known(known_[domain], dc->replica, eyes, told);
    }
    note_known_groups();
}

/// Was the engine told all that the DCs which serve it have?
bool Witness::sees_all() const {
    if (!trusted_) return false;
    return std::all_of(
        scene_.choice.domains.begin(), scene_.choice.domains.end(), [this](std::size_t domain) {
            const Dc* dc = scene_.source.serving(domain);
            const auto told = told_.find(domain);
            return dc != nullptr && told != told_.end() && dc->replica.position() == told->second &&
                   told->second >= scene_.source.reached(domain);
        });
}

}  // namespace dirsync::sim
