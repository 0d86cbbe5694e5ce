#pragma once

#include <cstdint>
#include <vector>

#include "model/plan.hpp"
#include "store/sqlite/file/db.hpp"

namespace dirsync::store {

/// The objects of holds as consumers see them (view v1_holds), inside the caller's transaction. Throw
/// DbFailure.

/// Those of the hold with this number become `now`, where `before` are listed: both sorted.
void list_held(Db& db, std::int64_t num, const std::vector<sync::HeldObject>& before,
               const std::vector<sync::HeldObject>& now);
void forget_held(Db& db, std::int64_t num);
/// Gives a number and a list to holds that an older version left without; true when there were any.
bool list_all_held(Db& db);

}  // namespace dirsync::store
