#pragma once

#include <span>

#include <boost/unordered/unordered_flat_set.hpp>

#include "model/seams/history_store.hpp"
#include "sync/planner/guard.hpp"
#include "sync/planner/planner.hpp"

namespace dirsync::sync {

/// Users by their objectGUID.
using GuidSet = boost::unordered_flat_set<ObjectGuid>;

/// Whether a user who is to be DISABLED because of `moment`, when the account expired or a clock ran out, was
/// so before and only came back while the clocks were wrong: the journal has a line that disabled after that
/// very moment, and a later one that enabled. A moment that was moved since, as by an extension that runs
/// out, lies behind all such lines. A line from after `now` was written by a clock that was fast: it proves
/// nothing. Nor does an admin who enabled the user by a revert.
bool was_disabled_for(Time moment, Time now, std::span<const HistoryStore::StatusLine> lines) noexcept;

/// Whether a pause that was too long is what the user is DISABLED by: enabling them undoes what the admin
/// asked for, and needs no approval of its own (semantics 4.5).
bool was_disabled_by_pause(std::span<const HistoryStore::StatusLine> lines) noexcept;

/// Those among `changes` whose status is only put back to what it had been, for the guards on disabling and
/// enabling (semantics 5.13). The journal is asked only when one of the guards would hold a user whom it did
/// not hold before: a verdict stands until time was in doubt. Fails when it cannot be read.
Result<GuidSet> users_put_back(const PlanInputs& in, const Guards& guards,
                               std::span<const UserChange> changes, IdentityStore& rows);

}  // namespace dirsync::sync
