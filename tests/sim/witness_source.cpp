#include <algorithm>
#include <utility>

#include "tests/sim/expect.hpp"
#include "tests/sim/witness.hpp"

// What the store does when the configuration names another identity source (semantics 1.1 to 1.6).
namespace dirsync::sim {
namespace {

using sync::SourceKind;
using sync::SourceRecord;

std::string fault(const char* rule, const std::string& what) { return std::string(rule) + ": " + what; }

bool is_read(SourceKind kind) { return kind == SourceKind::active_directory; }

/// Not of Active Directory's domains, which may come and go.
bool is_same(const SourceRecord& a, const SourceRecord& b) {
    return a.kind == b.kind && (is_read(a.kind) || a.identity == b.identity);
}

std::string label_of(const SourceRecord& source) {
    return source.identity.empty() ? "directory" : source.identity;
}

bool is_by_change(const JournalLine& line) {
    return line.reason == sync::text_of(sync::Reason::source_changed);
}

}  // namespace

/// Before anything else of a cycle. Says as well whether the rest is to be judged by what the directory has.
Verdict Witness::judge_source(const Cycle& cycle) {
    const SourceRecord before = std::exchange(source_, must(scene_.store.facts(), "facts").source);
    reads_source_ = false;
    note_consent(cycle);
    if (!is_same(before, source_) || std::any_of(lines_.begin(), lines_.end(), is_by_change))
        return judge_change_of_source(cycle, before);
    if (cycle.report.changed) return fault("1.6", "says that the source was changed, and it was not");
    // A pause goes before: what waits is not even looked at.
    reads_source_ = cycle.report.paused || (names_source(scene_.choice, source_) && is_read(source_.kind));
    return reads_source_ ? std::nullopt : judge_frozen(cycle, before);
}

/// Another source is named, or one that no cycle reads: nothing is read or written.
Verdict Witness::judge_frozen(const Cycle& cycle, const SourceRecord& before) {
    if (!lines_.empty()) return fault("1.4", "written, though no cycle may: " + lines_[0].text());
    if (cycle.reads > 0) return fault("1.4", "the directory was read, though no cycle may");
    if (cycle.report.wrote) return fault("1.4", "says that it wrote, and no cycle may");
    if (auto wrong = replay_.difference(scene_.store)) return fault("1.4", *wrong);
    SourceRecord expected = before;
    expected.change_pending = source_.change_pending;
    if (source_ != expected) return fault("1.4", "the record of the source is another one");
    if (cycle.report.error) return std::nullopt;
    return judge_pending(cycle, before);
}

Verdict Witness::judge_pending(const Cycle& cycle, const SourceRecord& before) const {
    const auto& pending = cycle.report.pending;
    const bool waits = !names_source(scene_.choice, source_);
    if (waits != cycle.report.change_pending || waits != pending.has_value() ||
        waits != source_.change_pending)
        return fault("1.4", waits ? "a change waits, and nobody says so" : "there is no change that waits");
    if (!waits) return std::nullopt;
    if (!needs_consent(before)) return fault("1.4", "a change that removes nothing waits");
    const sync::SourcePair pair{label_of(before), source_label_of(scene_.choice, scene_.forest)};
    if (is_consented(cycle, pair) == true) return fault("1.4", "a change waits that was consented to");
    if (pending->from != pair.from || pending->to != pair.to)
        return fault("1.4", "another change waits: " + pending->from + " -> " + pending->to);
    const auto& store = replay_.store();
    const bool is_exact = pending->users == store.users.size() && pending->groups == store.groups.size() &&
                          pending->memberships == store.memberships.size() &&
                          pending->assignments == store.assignments.size();
    return is_exact ? std::nullopt : Verdict(fault("1.4", "the counts of what would be removed are wrong"));
}

Verdict Witness::judge_change_of_source(const Cycle& cycle, const SourceRecord& before) {
    const auto& store = replay_.store();
    const bool removes = is_read(before.kind) || is_read(source_.kind);
    const bool held_something = store.holds_something();
    if (cycle.report.paused) return fault("4.5", "the source was changed during a pause");
    if (!names_source(scene_.choice, source_)) return fault("1.2", "a source that nobody named");
    if (source_.change_pending) return fault("1.4", "the source was changed, and the change waits");
    const sync::SourcePair pair{label_of(before), source_label_of(scene_.choice, scene_.forest)};
    if (needs_consent(before) && is_consented(cycle, pair) == false)
        return fault("1.4", "the source was changed, and nobody consented");
    if (needs_consent(before) && !cycle.consent) used_consent_ = pair;
    if (held_something && !cycle.report.error && !cycle.report.changed)
        return fault("1.6", "the source was changed, and nobody says so");
    if (held_something && (source_.store_id == before.store_id) == removes)
        return fault("1.3", removes ? "the old id of the store" : "a new id of the store");
    if (removes) {
        if (is_read(source_.kind) && before.kind == SourceKind::directory && held_something) parked_ = store;
        if (auto wrong = take_removal_in()) return wrong;
        begin_anew();
    }
    if (!removes) {
        if (auto wrong = take_parked_in()) return wrong;
    }
    reads_source_ = is_read(source_.kind);
    if (reads_source_) return std::nullopt;
    if (!lines_.empty()) return fault("1.3", "more than the change asks for: " + lines_[0].text());
    if (cycle.reads > 0) return fault("1.1", "a directory was read that is no source");
    if (auto wrong = replay_.difference(scene_.store)) return fault("1.3", *wrong);
    return std::nullopt;
}

/// Everything goes but permission sets, and what the built-in directory had comes back with it; each by a
/// line of the journal. The lines behind these are those of the first read.
Verdict Witness::take_removal_in() {
    const auto& store = replay_.store();
    const auto end = std::find_if_not(lines_.begin(), lines_.end(), is_by_change);
    for (auto line = lines_.begin(); line != end; ++line) {
        const bool removes = line->action == "delete" || line->action == "remove_member";
        if (!removes && source_.kind != SourceKind::directory)
            return fault("1.3", "brought by a change of the source: " + line->text());
        if (removes && line->object_type == "PERMISSION_SET") return fault("1.3", line->text());
        if (auto wrong = replay_.apply(*line)) return fault("5.10", *wrong);
    }
    lines_.erase(lines_.begin(), end);
    ReplayedStore expected;
    if (source_.kind == SourceKind::directory && parked_) {
        expected = *parked_;
        expected.assignments.clear();
        parked_.reset();
    }
    expected.permission_sets = store.permission_sets;
    return store == expected ? std::nullopt : Verdict("1.3: a change of the source leaves something else");
}

/// Everything is kept, and what the built-in directory had comes back beside it: whoever is not there by id
/// or name (semantics 1.5).
Verdict Witness::take_parked_in() {
    ReplayedStore expected = replay_.store();
    if (source_.kind == SourceKind::directory && parked_) {
        const auto bring_back = [](const std::map<std::string, Row>& parked, std::map<std::string, Row>& rows,
                                   const char* name) {
            std::map<std::string, std::string> ids;
            for (const auto& [id, row] : parked) {
                auto found = rows.find(id);
                if (found == rows.end()) {
                    found = std::find_if(rows.begin(), rows.end(), [&](const auto& other) {
                        return column(other.second, name) == column(row, name);
                    });
                }
                if (found == rows.end()) found = rows.emplace(id, row).first;
                ids[id] = found->first;
            }
            return ids;
        };
        const auto users = bring_back(parked_->users, expected.users, "user_name");
        const auto groups = bring_back(parked_->groups, expected.groups, "display_name");
        for (const auto& [group, user] : parked_->memberships)
            expected.memberships.emplace(groups.at(group), users.at(user));
        parked_.reset();
    }
    const auto end = std::find_if_not(lines_.begin(), lines_.end(), is_by_change);
    for (auto line = lines_.begin(); line != end; ++line) {
        if (auto wrong = replay_.apply(*line)) return fault("5.10", *wrong);
    }
    lines_.erase(lines_.begin(), end);
    return replay_.store() == expected ? std::nullopt
                                       : Verdict("1.5: a change of the source leaves something else");
}

bool Witness::needs_consent(const SourceRecord& before) const {
    return (is_read(before.kind) || is_read(scene_.choice.source)) && replay_.store().holds_something();
}

std::optional<bool> Witness::is_consented(const Cycle& cycle, const sync::SourcePair& pair) const {
    const auto& consent = cycle.consent ? cycle.consent : scene_.choice.consent;
    if (!consent || consent->accept != "ACCEPT" || consent->pair != pair) return false;
    if (cycle.consent || used_consent_ != pair) return true;
    return may_have_forgotten_consent_ ? std::nullopt : std::optional(false);
}

/// One that is out of the configuration counts anew when it is written down again; a cycle that failed may
/// not have looked at it.
void Witness::note_consent(const Cycle& cycle) {
    const auto& consent = scene_.choice.consent;
    if (cycle.report.paused || !used_consent_ || (consent && consent->pair == *used_consent_)) return;
    may_have_forgotten_consent_ = cycle.report.error.has_value();
    if (!may_have_forgotten_consent_) used_consent_.reset();
}

/// Nothing that was known of the source before is known of this one.
void Witness::begin_anew() {
    Witness fresh(scene_);
    fresh.source_ = source_;
    fresh.used_consent_ = used_consent_;
    fresh.may_have_forgotten_consent_ = may_have_forgotten_consent_;
    fresh.parked_ = std::move(parked_);
    fresh.replay_ = std::move(replay_);
    fresh.lines_ = std::move(lines_);
    // What processes know of the time is not of the store.
    fresh.agreed_ = std::move(agreed_);
    fresh.next_place_ = next_place_;
    static_cast<Knowledge&>(*this) = std::move(static_cast<Knowledge&>(fresh));
}

Verdict Witness::judge_edit_of_directory() {
    if (auto wrong = replay_.fetch(scene_.store, lines_)) return fault("5.10", *wrong);
    for (const auto& line : lines_) {
        if (line.reason != sync::text_of(sync::Reason::by_admin)) return fault("5.12", line.text());
    }
    return take_lines_in();
}

}  // namespace dirsync::sim
