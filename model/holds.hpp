#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "model/plan.hpp"

// What a store and a plan say of holds alike.
namespace dirsync::sync {

/// A hold of just these objects, with its id: the same class and set, the same id.
Hold make_hold(HoldClass hold, std::vector<HeldObject> objects, std::string limit);

/// What an admin is told who approves an id that nothing has (any more).
Error no_such_hold(const std::string& id);

/// What of a hold names one of `only`; all of it when that is empty. not_found: nothing does.
Result<Hold> part_of(const Hold& hold, std::span<const ObjectGuid> only);

/// An approval, maybe still empty, that covers what `part` has as well.
Approval with_approved(Approval approval, const Hold& part);

}  // namespace dirsync::sync
