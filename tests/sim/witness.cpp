#include "tests/sim/witness.hpp"

#include <algorithm>
#include <utility>

#include "tests/sim/expect.hpp"

namespace dirsync::sim {
namespace {

using sync::HoldClass;

std::string fault(const char* rule, const std::string& what) { return std::string(rule) + ": " + what; }

}  // namespace

Pins Witness::stored_pins() const {
    Pins pins;
    for (const auto& pin : must(scene_.store.facts(), "facts").pins) pins[pin.key] = pin.guid;
    return pins;
}

void Witness::approved(const sync::Hold& hold) {
    approved_[hold.hold].insert(hold.objects.begin(), hold.objects.end());
}

bool Witness::is_approved(HoldClass hold, const ObjectGuid& first, const ObjectGuid& second) const {
    const auto found = approved_.find(hold);
    return found != approved_.end() && found->second.contains({first, second});
}

Views Witness::served() const {
    Views views(scene_.forest.domains().size());
    for (const std::size_t domain : scene_.choice.domains) {
        const Dc* dc = scene_.source.serving(domain);
        views[domain] = dc == nullptr ? nullptr : &dc->replica;
    }
    return views;
}

const std::vector<std::unique_ptr<Model>>& Witness::possible() {
    if (!possible_.empty()) return possible_;
    const auto& domains = scene_.forest.domains();
    std::vector<Views> mixtures{Views(domains.size())};
    for (const std::size_t domain : scene_.choice.domains) {
        std::vector<const Replica*> states{&domains[domain].truth};
        for (const auto& dc : domains[domain].dcs) {
            if (dc.replica.position() != domains[domain].log.size()) states.push_back(&dc.replica);
        }
        std::vector<Views> next;
        for (const auto& mixture : mixtures) {
            for (const Replica* state : states) {
                next.push_back(mixture);
                next.back()[domain] = state;
            }
        }
        mixtures = std::move(next);
    }
    Views known(domains.size());
    for (const std::size_t domain : scene_.choice.domains) known[domain] = &known_[domain];
    mixtures.push_back(std::move(known));
    // Who was given up may not have been missed by the engine so far: a row tells that it has not.
    std::set<ObjectGuid> rowless = given_up_;
    for (const auto* rows : {&replay_.store().users, &replay_.store().groups}) {
        for (const auto& [id, row] : *rows) {
            const bool goes = std::any_of(lines_.begin(), lines_.end(), [&id = id](const JournalLine& line) {
                return line.action == "delete" && line.object_id == id;
            });
            if (!goes) rowless.erase(guid_of(row));
        }
    }
    Views without(domains.size());
    Views with_rows(domains.size());
    for (const std::size_t domain : scene_.choice.domains) {
        known_without_[domain] = known_[domain].without(given_up_);
        known_rowless_[domain] = known_[domain].without(rowless);
        without[domain] = &known_without_[domain];
        with_rows[domain] = &known_rowless_[domain];
    }
    mixtures.push_back(std::move(without));
    mixtures.push_back(std::move(with_rows));
    for (auto& views : mixtures)
        possible_.push_back(std::make_unique<Model>(scene_.forest, views, scene_.choice, pins_, judged_at_));
    return possible_;
}

bool Witness::clock_ran_out(const Row& row, const Limit& limit, Time now) const {
    const auto since = parse_time(column(row, "out_since"));
    return limit && since && now - *since >= *limit;
}

Verdict Witness::judge(const Cycle& cycle) {
    possible_.clear();
    judged_at_ = cycle.now;
    if (auto wrong = replay_.fetch(scene_.store, lines_)) return fault("5.10", *wrong);
    const Pins before = std::exchange(pins_, stored_pins());
    note_domains();
    // A commit may take effect though nobody hears of it.
    const bool moved = notes_a_commit();
    if (cycle.report.paused) return judge_pause(cycle);
    const bool succeeded = !cycle.report.error;
    if (cycle.directory_failed && !lines_.empty())
        return fault("5.1", "a read failed, and yet: " + lines_[0].text());
    if (!succeeded && !lines_.empty() && !cycle.store_failed)
        return fault("5.7", "the cycle failed, and yet: " + lines_[0].text());
    if (succeeded && !cycle.report.wrote && !lines_.empty())
        return fault("5.6", "says that it wrote nothing: " + lines_[0].text());
    if (succeeded || moved || !lines_.empty()) note_what_was_seen(cycle);

    if (auto wrong = judge_guards()) return wrong;
    for (const auto& line : lines_) {
        if (auto wrong = judge_line(line, cycle)) return wrong;
        if (auto wrong = replay_.apply(line)) return fault("5.10", *wrong);
    }
    if (!lines_.empty() || cycle.report.wrote || cycle.store_failed) {
        if (auto wrong = replay_.difference(scene_.store)) return fault("5.10", *wrong);
        const auto sound = scene_.store.check_integrity();
        if (!sound) return fault("3.5", sound.error().message());
    }
    if (auto wrong = judge_pins(before, pins_)) return wrong;
    if (!succeeded) return std::nullopt;
    if (auto wrong = judge_holds(cycle.report)) return wrong;
    if (must(scene_.store.facts(), "facts").approvals.empty()) approved_.clear();
    if (!sees_all()) return std::nullopt;
    const Model model(scene_.forest, served(), scene_.choice, pins_, cycle.now);
    if (auto wrong = judge_leavers(model, cycle.report)) return wrong;
    if (!cycle.report.holds.empty()) return std::nullopt;
    const auto wrong = difference(model, replay_.store(), view_rows(scene_.store, "v1_entity_errors"),
                                  scene_.choice, crossing_, cycle.now);
    return wrong ? Verdict("not what the directory says: " + *wrong) : std::nullopt;
}

/// Before the lines of a cycle are taken in.
void Witness::note_domains() {
    const std::set<std::size_t> now(scene_.choice.domains.begin(), scene_.choice.domains.end());
    const bool some_left = std::any_of(domains_.begin(), domains_.end(),
                                       [&now](std::size_t domain) { return !now.contains(domain); });
    const auto& memberships = replay_.store().memberships;
    if (some_left) crossing_.insert(memberships.begin(), memberships.end());
    if (now.size() == scene_.forest.domains().size()) crossing_.clear();
    domains_ = now;
}

bool Witness::is_configured(std::size_t domain) const { return domains_.contains(domain); }

bool Witness::a_clock_ran_out(const Row& user) const {
    const auto ran_out = [this](const Row& row) {
        return clock_ran_out(row, scene_.choice.disable_after, judged_at_);
    };
    const auto& groups = replay_.store().groups;
    return ran_out(user) || std::any_of(groups.begin(), groups.end(),
                                        [&ran_out](const auto& group) { return ran_out(group.second); });
}

Verdict Witness::take_lines_in() {
    for (const auto& line : lines_) {
        if (line.action == "create") {
            if (auto wrong = judge_ids(line)) return wrong;
        }
        if (auto wrong = replay_.apply(line)) return fault("5.10", *wrong);
    }
    if (auto wrong = replay_.difference(scene_.store)) return fault("5.10", *wrong);
    const auto sound = scene_.store.check_integrity();
    return sound ? std::nullopt : Verdict(fault("3.5", sound.error().message()));
}

/// Nothing happens during a pause, but that it may last too long (semantics 4.5).
Verdict Witness::judge_pause(const Cycle& cycle) {
    const auto since = must(scene_.store.facts(), "facts").paused_since;
    const auto& limit = scene_.choice.paused_disable_after;
    const bool too_long = since && limit && cycle.now - *since >= *limit;
    for (const auto& line : lines_) {
        const bool disables = line.is_user() && line.reason == sync::text_of(sync::Reason::paused_too_long) &&
                              column(JournalLine::columns(line.after), "status") == "DISABLED";
        if (!too_long || !disables) return fault("4.5: during a pause", line.text());
    }
    return take_lines_in();
}

bool Witness::notes_a_commit() {
    const auto generation = must(scene_.store.facts(), "facts").cursor.generation;
    return std::exchange(generation_, generation) != generation;
}

Verdict Witness::judge_revert(bool wrote) {
    possible_.clear();
    notes_a_commit();
    if (auto wrong = replay_.fetch(scene_.store, lines_)) return fault("5.10", *wrong);
    if (wrote == lines_.empty()) return fault("5.10", "a revert tells of something else than it did");
    for (const auto& line : lines_) {
        if (line.reason != sync::text_of(sync::Reason::reverted)) return fault("5.10", line.text());
    }
    return take_lines_in();
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
        for (const auto& [guid, held] : dc->replica.objects()) {
            if (held.object->deleted) {
                if (!scene_.forest.denied.tombstones.contains(domain)) proved_deleted_.insert(guid);
            } else if (scene_.forest.is_visible(*held.object, dc->replica) &&
                       (whole || scene_.source.last_told().entries.contains(guid))) {
                proved_deleted_.erase(guid);
            }
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
            auto& since = missed_since_.try_emplace(guid, now).first->second;
            since = std::min(since, now);
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
    if (!scene_.choice.unproven_deletion) return false;
    const auto missed = missed_since_.find(guid);
    return missed != missed_since_.end() && judged_at_ - missed->second >= *scene_.choice.unproven_deletion;
}

void Witness::learn() {
    const auto& forest = scene_.forest;
    const Told& told = scene_.source.last_told();
    const Replica::Eyes eyes = [&](const ObjectGuid& guid) {
        Replica::Sight sight = Replica::Sight::invisible;
        for (const std::size_t domain : scene_.choice.domains) {
            const Dc* dc = scene_.source.serving(domain);
            const Replica::Held* held = dc == nullptr ? nullptr : dc->replica.find(guid);
            if (held == nullptr) continue;
            if (held->object->deleted) {
                const bool is_seen = told.whole || told.deleted.contains(guid);
                if (is_seen && !forest.denied.tombstones.contains(domain)) sight = Replica::Sight::deleted;
            } else if (forest.is_visible(*held->object, dc->replica)) {
                return forest.denied.controls.contains(guid) ? Replica::Sight::unreadable
                                                             : Replica::Sight::visible;
            }
        }
        return sight;
    };
    for (const std::size_t domain : scene_.choice.domains) {
        const Dc* dc = scene_.source.serving(domain);
        if (dc != nullptr) known_[domain] = Replica::known(known_[domain], dc->replica, eyes, told);
    }
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

Verdict Witness::judge_holds(const sync::CycleReport& report) {
    for (const auto& hold : report.holds) {
        const auto [at, is_new] = hold_ids_.try_emplace({hold.hold, hold.objects}, hold.id);
        if (!is_new && at->second != hold.id) return fault("5.3", "one hold under two ids: " + hold.id);
        for (const auto& [what, id] : hold_ids_) {
            if (id == hold.id && what != at->first) return fault("5.3", "two holds under one id: " + id);
        }
        const bool is_by_guard = hold.hold != HoldClass::absent && hold.hold != HoldClass::reverted;
        if (is_by_guard && hold.objects.size() <= scene_.choice.most && !scene_.choice.window)
            return fault("5.3", "held, and within the limit: " + hold.id);
        if (hold.objects.empty()) return fault("5.3", "a hold of nothing: " + hold.id);
    }
    return std::nullopt;
}

Verdict Witness::judge_pins(const Pins& before, const Pins& after) const {
    for (const auto& [key, guid] : after) {
        const auto earlier = before.find(key);
        if (earlier == before.end() || earlier->second == guid) continue;
        if (!proved_deleted_.contains(earlier->second) && !is_approved(HoldClass::absent, earlier->second) &&
            !scene_.choice.unproven_deletion)
            return fault("2.8", key + " stands for somebody else, and the first is not deleted");
    }
    return std::nullopt;
}

/// Whoever was disabled in the directory is disabled, whatever else is held (semantics 4.4, 5.3).
Verdict Witness::judge_leavers(const Model& model, const sync::CycleReport& report) const {
    std::set<ObjectGuid> held;
    for (const auto& hold : report.holds) {
        if (hold.hold != HoldClass::disable_users && hold.hold != HoldClass::reverted) continue;
        for (const auto& [guid, none] : hold.objects) held.insert(guid);
    }
    for (const auto& [id, row] : replay_.store().users) {
        const ObjectGuid guid = guid_of(row);
        const Object* user = model.object(guid);
        if (user == nullptr || held.contains(guid) || column(row, "status") == "DISABLED") continue;
        if (model.is_disabled(*user)) return fault("4.4", column(row, "user_name") + " should be DISABLED");
        if (clock_ran_out(row, scene_.choice.disable_after, judged_at_))
            return fault("4.4", column(row, "user_name") + " is out of scope for too long");
    }
    return std::nullopt;
}

}  // namespace dirsync::sim
