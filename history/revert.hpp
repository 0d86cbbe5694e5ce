#pragma once

#include <string>
#include <vector>

#include "history/revert_admin.hpp"
#include "model/seams/history_store.hpp"
#include "sync/mirror.hpp"
#include "sync/stored_index.hpp"

namespace dirsync::sync {

/// The reverse of a run, as far as the store still allows it.
struct RevertPlan {
    RunRecord run;                   ///< that is undone
    Plan plan;                       ///< without holds
    MirrorDelta mirror;              ///< objects of rows that come back: proved deleted, or to be asked for
    std::vector<Reverted> reverted;  ///< all that is remembered after it
    AdminBack::Outcome admin;        ///< permission sets and assignments
    std::vector<NotRestored> not_restored;
};

/// References outlive the call.
struct RevertInputs {
    std::string run_id;
    const Mirror& mirror;
    const StoredIndex& stored;
    const StoredFacts& facts;
    /// A directory is read again and again: what is undone must be remembered, rows have objects in the
    /// mirror.
    bool mirrored = false;
};

/// Reads journal and rows from `store`, writes nothing: for the store's thread. not_found: no such run;
/// refused, with the reason: that run cannot be undone by a revert.
Result<RevertPlan> revert_plan(const RevertInputs& inputs, IdentityStore& store);

}  // namespace dirsync::sync
