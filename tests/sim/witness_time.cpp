#include <algorithm>

#include "tests/sim/expect.hpp"
#include "tests/sim/witness.hpp"

// What a cycle may believe about the time, and what happens for the sake of it (semantics 4.5, 5.13).
namespace dirsync::sim {
namespace {

constexpr Duration tolerance{600};

bool agree(Time a, Time b) { return a - b <= tolerance && b - a <= tolerance; }

}  // namespace

void Witness::note_time(const Cycle& cycle) {
    judged_at_ = latest_ = cycle.now;
    in_doubt_ = false;
    for (const Time server : cycle.servers) {
        in_doubt_ |= !agree(server, cycle.now);
        latest_ = std::max(latest_, server);
    }
    if (!in_doubt_) latest_ = cycle.now;
    if (!in_doubt_ && !cycle.servers.empty()) agreed_[cycle.process] = {cycle.now, cycle.steady};
}

/// Of a cycle that read.
Verdict Witness::judge_time(const Cycle& cycle) const {
    if (cycle.report.time_doubt.empty() == in_doubt_)
        return in_doubt_ ? "5.13: clocks that differ are believed" : "5.13: clocks that agree are doubted";
    if (in_doubt_ && cycle.report.run.outcome != sync::Outcome::partial)
        return "5.13: a run in doubt is not partial";
    return std::nullopt;
}

/// Of a cycle that may have asked no domain controller.
bool Witness::is_time_certain(const Cycle& cycle) const {
    if (!cycle.servers.empty()) return !in_doubt_;
    const auto remembered = must(scene_.store.facts(), "facts").time.certain;
    if (remembered && cycle.now + tolerance < *remembered) return false;
    const auto agreed = agreed_.find(cycle.process);
    if (agreed == agreed_.end()) return remembered && agree(cycle.now, *remembered);
    const auto& [wall, steady] = agreed->second;
    return agree(cycle.now, wall + (cycle.steady - steady));
}

/// Nothing happens during a pause, but that it may last too long (semantics 4.5).
Verdict Witness::judge_pause(const Cycle& cycle) {
    const auto since = must(scene_.store.facts(), "facts").paused_since;
    const auto& limit = scene_.choice.paused_disable_after;
    const bool too_long = since && limit && cycle.now - *since >= *limit;
    for (const auto& line : lines_) {
        const bool disables = line.is_user() && line.reason == sync::text_of(sync::Reason::paused_too_long) &&
                              column(JournalLine::columns(line.after), "status") == "DISABLED";
        if (!too_long || !disables) return "4.5: during a pause " + line.text();
        if (!is_time_certain(cycle)) return "5.13: a pause ends by a clock that nothing bears out";
    }
    return take_lines_in();
}

void Witness::note_status(const JournalLine& line) {
    if (!line.is_user() || line.after.empty()) return;
    const Row after = JournalLine::columns(line.after);
    const std::string status = column(after, "status");
    const Row* row = replay_.store().row(line.object_id);
    const ObjectGuid guid = row != nullptr ? guid_of(*row) : guid_of(after);
    if (status.empty() || guid.is_nil()) return;
    if (line.reason == sync::text_of(sync::Reason::paused_too_long)) {
        paused_out_.insert(guid);
    } else {
        paused_out_.erase(guid);
    }
    statuses_[guid].push_back({judged_at_, status == "ENABLED",
                               line.reason == sync::text_of(sync::Reason::reverted), next_place_++});
}

/// Up to the first run that is not older: behind it may be runs of a clock that was set back.
void Witness::journal_was_pruned(Time before) {
    std::uint64_t kept = next_place_;
    for (const auto& [guid, lines] : statuses_) {
        for (const auto& line : lines) {
            if (line.at >= before) kept = std::min(kept, line.place);
        }
    }
    for (auto& [guid, lines] : statuses_)
        std::erase_if(lines, [kept](const StatusLine& line) { return line.place < kept; });
    std::erase_if(statuses_, [](const auto& entry) { return entry.second.empty(); });
}

/// Is the user only to be what it was before clocks were wrong? Disabled for an expiry or a clock that the
/// journal knows to have disabled it already; or enabled, because clocks ran past an expiry that is to come.
bool Witness::is_put_back(const ObjectGuid& guid) {
    const auto found = statuses_.find(guid);
    const Replica::Held* held = sight_of(guid);
    const Object* user = held == nullptr ? known_as(guid) : held->object.get();
    if (found == statuses_.end() || user == nullptr || user->disabled) return false;
    const auto& lines = found->second;
    const Time expires{Duration(user->expires)};
    std::optional<Time> moment;
    if (expires <= judged_at_) {
        moment = expires;
    } else {
        for (const auto& [id, row] : replay_.store().users) {
            const auto since = parse_time(column(row, "out_since"));
            if (guid_of(row) == guid && since && scene_.choice.disable_after)
                moment = *since + *scene_.choice.disable_after;
        }
    }
    const auto disabled = std::find_if(lines.begin(), lines.end(), [this, &moment](const StatusLine& line) {
        return moment && !line.enabled && line.at >= *moment && line.at <= judged_at_;
    });
    return std::any_of(disabled, lines.end(),
                       [](const StatusLine& line) { return line.enabled && !line.by_revert; });
}

}  // namespace dirsync::sim
