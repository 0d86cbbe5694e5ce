#include "sync/planner/put_back.hpp"

#include <algorithm>

namespace dirsync::sync {
namespace {

/// When time alone began to disable the user of a change; nullopt: something else changes the status.
std::optional<Time> moment_of(const PlanInputs& in, const UserChange& change) {
    if (in.mirror.exists(change.node) && change.reason == Reason::expired_in_source)
        return Time(Duration(in.mirror.row(change.node).expires));
    const auto& limit = in.settings.lifecycle.disable_after;
    if (change.reason == Reason::clock_ran_out && change.after.out_since && limit)
        return *change.after.out_since + *limit;
    return std::nullopt;
}

/// Held as such before, and judged then.
GuidSet held_of(std::span<const Hold> holds, HoldClass hold) {
    GuidSet held;
    for (const Hold& before : holds) {
        if (before.hold != hold) continue;
        for (const auto& [guid, none] : before.objects) held.insert(guid);
    }
    return held;
}

/// Of the changes of one class, those that the guard would hold and the journal calls put back.
Result<void> find_put_back(const PlanInputs& in, const Guards& guards, std::span<const UserChange> changes,
                           HoldClass hold, IdentityStore& rows, GuidSet& found) {
    const bool disabling = hold == HoldClass::disable_users;
    const GuardLimit& limit = disabling ? in.settings.safety.disable_users : in.settings.safety.enable_users;
    const GuidSet judged = in.was_in_doubt ? GuidSet() : held_of(in.holds, hold);
    std::vector<HeldObject> objects;
    std::vector<std::pair<ObjectGuid, std::optional<Time>>> candidates;
    std::vector<RowId> ids;
    for (const auto& change : changes) {
        if (disabling ? !disables(change) : !enables(change)) continue;
        const ObjectGuid guid = guid_of(change.before);
        objects.emplace_back(guid, ObjectGuid{});
        const auto moment = moment_of(in, change);
        if (judged.contains(guid) || (disabling && !moment)) continue;
        candidates.emplace_back(guid, moment);
        ids.push_back(change.id);
    }
    if (candidates.empty() || !guards.hold_of(hold, std::move(objects), limit, in.stored.users())) return {};
    const auto histories = rows.history().statuses(ids);
    if (!histories) return histories.error();
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        const auto& [guid, moment] = candidates[i];
        const auto& lines = (*histories)[i];
        const bool is_put_back =
            disabling ? was_disabled_for(*moment, in.clock.now, lines) : was_disabled_by_pause(lines);
        if (is_put_back) found.insert(guid);
    }
    return {};
}

}  // namespace

bool was_disabled_for(Time moment, Time now, std::span<const HistoryStore::StatusLine> lines) noexcept {
    const auto disabled = std::find_if(lines.begin(), lines.end(), [moment, now](const auto& line) {
        return line.status == Status::disabled && line.at >= moment && line.at <= now;
    });
    return std::any_of(disabled, lines.end(),
                       [](const auto& line) { return line.status == Status::enabled && !line.by_revert; });
}

bool was_disabled_by_pause(std::span<const HistoryStore::StatusLine> lines) noexcept {
    return !lines.empty() && lines.back().status == Status::disabled && lines.back().by_pause;
}

Result<GuidSet> users_put_back(const PlanInputs& in, const Guards& guards,
                               std::span<const UserChange> changes, IdentityStore& rows) {
    GuidSet found;
    for (const HoldClass hold : {HoldClass::disable_users, HoldClass::enable_users}) {
        if (auto done = find_put_back(in, guards, changes, hold, rows, found); !done) return done.error();
    }
    return found;
}

}  // namespace dirsync::sync
