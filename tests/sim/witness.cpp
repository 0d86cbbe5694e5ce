#include "tests/sim/witness.hpp"

#include <algorithm>
#include <list>
#include <utility>

#include "tests/sim/expect.hpp"

namespace dirsync::sim {
namespace {

using sync::HoldClass;

std::string fault(const char* rule, const std::string& what) { return std::string(rule) + ": " + what; }

}  // namespace

Witness::Witness(Scene scene) : scene_(scene) { source_ = must(scene.store.facts(), "facts").source; }

Pins Witness::stored_pins() {
    Pins pins;
    named_.clear();
    for (const auto& pin : must(scene_.store.facts(), "facts").pins) {
        named_.insert(pin.key);
        // One that lost its object: the name is free.
        if (!pin.guid.is_nil()) pins[pin.key] = pin.guid;
    }
    return pins;
}

void Witness::approved(const sync::Hold& hold) {
    approved_[hold.hold].insert(hold.objects.begin(), hold.objects.end());
}

bool Witness::is_approved(HoldClass hold, const ObjectGuid& first, const ObjectGuid& second) const {
    const auto found = approved_.find(hold);
    return found != approved_.end() && found->second.contains({first, second});
}

bool Witness::clock_ran_out(const Row& row, const Limit& limit, Time now) const {
    const auto since = parse_time(column(row, "out_since"));
    return !in_doubt_ && limit && since && now - *since >= *limit;
}

Verdict Witness::judge(const Cycle& cycle) {
    possible_.clear();
    if (auto wrong = replay_.fetch(scene_.store, lines_)) return fault("5.10", *wrong);
    if (auto wrong = judge_source(cycle)) return wrong;
    if (!reads_source_) return std::nullopt;
    note_time(cycle);
    note_populations();
    rows_before_ = rows();
    known_before_ = known_groups_;
    known_before_.insert(rows_before_.begin(), rows_before_.end());
    pins_before_ = std::exchange(pins_, stored_pins());
    note_domains();
    // A commit may take effect though its answer is lost.
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

    if (succeeded) {
        if (auto wrong = judge_time(cycle)) return wrong;
    }
    if (auto wrong = judge_guards()) return wrong;
    for (const auto& line : lines_) {
        if (auto wrong = judge_line(line, cycle)) return wrong;
        note_status(line);
        if (auto wrong = replay_.apply(line)) return fault("5.10", *wrong);
    }
    note_choice(moved || cycle.report.wrote);
    if (!lines_.empty() || cycle.report.wrote || cycle.store_failed) {
        if (auto wrong = replay_.difference(scene_.store)) return fault("5.10", *wrong);
        const auto sound = scene_.store.check_integrity();
        if (!sound) return fault("3.5", sound.error().message());
    }
    if (auto wrong = judge_pins(pins_before_, pins_)) return wrong;
    if (!succeeded) return std::nullopt;
    if (auto wrong = judge_holds(cycle.report)) return wrong;
    if (must(scene_.store.facts(), "facts").approvals.empty()) approved_.clear();
    if (!sees_all()) return std::nullopt;
    return judge_store(cycle);
}

/// The store after a cycle that was told everything.
Verdict Witness::judge_store(const Cycle& cycle) {
    if (somebody_lives_twice()) return std::nullopt;
    const Model model(scene_.forest, served(), scene_.choice, pins_, cycle.now, known_before_);
    if (auto wrong = judge_leavers(model, cycle.report)) return wrong;
    if (cycle.report.holds.empty() && !in_doubt_) {
        if (auto wrong = judge_newcomers(model)) return wrong;
    }
    Views with_links = remembered();
    std::list<Replica> kept;
    for (auto& view : with_links) {
        if (view != nullptr) view = &kept.emplace_back(view->with(links_out_));
    }
    const Model memory(scene_.forest, with_links, scene_.choice, pins_, cycle.now, known_before_);
    Excused excused{crossing_, &memory};
    for (const auto& line : lines_) {
        // An object that lost its row in this very cycle does not count under a mangled name any more.
        const ObjectGuid guid =
            line.action == "delete" ? guid_of(JournalLine::columns(line.before)) : ObjectGuid{};
        const Object* object = model.object(guid);
        if (object != nullptr && object->mangled) excused.rows.insert(guid);
    }
    for (const auto& hold : cycle.report.holds) {
        // What is reached through an object that is held so is not known here.
        if (hold.hold == HoldClass::absent || hold.hold == HoldClass::reverted) return std::nullopt;
        for (const auto& [first, second] : hold.objects) {
            if (second.is_nil()) {
                excused.rows.insert(first);
                // A group that is kept out may keep out its members as well.
                if (hold.hold == HoldClass::scope_edit && model.object(first) != nullptr)
                    excused.rows.merge(model.below(first));
            } else if (hold.hold == HoldClass::clear_attribute) {
                excused.rows.insert(second);
            } else {
                excused.memberships.insert({first, second});
            }
        }
    }
    // What depends on time is as it was.
    if (in_doubt_) return std::nullopt;
    const auto wrong = difference(model, replay_.store(), view_rows(scene_.store, "v1_entity_errors"),
                                  scene_.choice, excused, cycle.now);
    return wrong ? Verdict("not what the directory says: " + *wrong) : std::nullopt;
}

bool Witness::somebody_lives_twice() const {
    std::set<ObjectGuid> alive;
    for (const Replica* view : served()) {
        if (view == nullptr) continue;
        for (const auto& [guid, held] : view->objects()) {
            if (!held.object->deleted && !alive.insert(guid).second) return true;
        }
    }
    return false;
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
        note_status(line);
        if (auto wrong = replay_.apply(line)) return fault("5.10", *wrong);
    }
    if (auto wrong = replay_.difference(scene_.store)) return fault("5.10", *wrong);
    const auto sound = scene_.store.check_integrity();
    return sound ? std::nullopt : Verdict(fault("3.5", sound.error().message()));
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

/// A user who was disabled in the directory is disabled, whatever else is held (semantics 4.4, 5.3).
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
        // In doubt nobody expires, and no clock runs out.
        if (in_doubt_ ? user->disabled : model.is_disabled(*user))
            return fault("4.4", column(row, "user_name") + " should be DISABLED");
        if (clock_ran_out(row, scene_.choice.disable_after, judged_at_))
            return fault("4.4", column(row, "user_name") + " is out of scope for too long");
    }
    return std::nullopt;
}

}  // namespace dirsync::sim
