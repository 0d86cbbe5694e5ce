#pragma once

#include <span>

#include <boost/unordered/unordered_flat_set.hpp>

#include "sync/guard.hpp"
#include "sync/history_store.hpp"
#include "sync/planner.hpp"

namespace dirsync::sync {

/// Users by their objectGUID.
using GuidSet = boost::unordered_flat_set<ObjectGuid>;

/// Whether a user who is to be DISABLED because of `moment`, when the account expired or a clock ran out, was
/// so before and only came back while the clocks were wrong: the journal has a line that disabled after that
/// very moment, and a later one that enabled. A moment that was moved since, as by an extension that runs
/// out, lies behind all such lines.
bool was_disabled_for(Time moment, std::span<const HistoryStore::StatusLine> lines) noexcept;

/// Those among `changes` who are only put back to where they had been, for the guard on disabling (semantics
/// 5.13). The journal is asked only when that guard would hold something for the sake of time. Fails when it
/// cannot be read.
Result<GuidSet> disabled_again(const PlanInputs& in, const Guards& guards,
                               std::span<const UserChange> changes, IdentityStore& rows);

}  // namespace dirsync::sync
