#include "sync/put_back.hpp"

#include <algorithm>

namespace dirsync::sync {
namespace {

/// When time alone began to disable the user of a change; nullopt: something else does.
std::optional<Time> moment_of(const PlanInputs& in, const UserChange& change) {
    if (change.reason == Reason::expired_in_source && in.mirror.exists(change.node))
        return Time(Duration(in.mirror.row(change.node).expires));
    const auto& limit = in.settings.lifecycle.disable_after;
    if (change.reason == Reason::clock_ran_out && change.after.out_since && limit)
        return *change.after.out_since + *limit;
    return std::nullopt;
}

}  // namespace

bool was_disabled_for(Time moment, std::span<const HistoryStore::StatusLine> lines) noexcept {
    const auto disabled = std::find_if(lines.begin(), lines.end(), [moment](const auto& line) {
        return line.status == Status::disabled && line.at >= moment;
    });
    return std::any_of(disabled, lines.end(),
                       [](const auto& line) { return line.status == Status::enabled; });
}

Result<GuidSet> disabled_again(const PlanInputs& in, const Guards& guards,
                               std::span<const UserChange> changes, IdentityStore& rows) {
    struct Candidate {
        ObjectGuid guid;
        Time moment;
    };
    std::vector<HeldObject> objects;
    std::vector<Candidate> candidates;
    std::vector<RowId> ids;
    for (const auto& change : changes) {
        if (!disables(change)) continue;
        objects.emplace_back(change.before.external_id, ObjectGuid{});
        if (const auto moment = moment_of(in, change)) {
            candidates.push_back({change.before.external_id, *moment});
            ids.push_back(change.id);
        }
    }
    GuidSet again;
    if (candidates.empty() || !guards.hold_of(HoldClass::disable_users, std::move(objects),
                                              in.settings.safety.disable_users, in.stored.users())) {
        return again;
    }
    const auto histories = rows.history().statuses(ids);
    if (!histories) return histories.error();
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        if (was_disabled_for(candidates[i].moment, (*histories)[i])) again.insert(candidates[i].guid);
    }
    return again;
}

}  // namespace dirsync::sync
