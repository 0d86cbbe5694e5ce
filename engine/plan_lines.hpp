#pragma once

#include <vector>

#include "core/task.hpp"
#include "engine/store/store_client.hpp"
#include "model/describe.hpp"

namespace dirsync::sync {

/// A plan in words, in the order in which a store writes its changes. Fails when rows cannot be read.
Task<Result<std::vector<ChangeLine>>> lines_of(const Plan& plan, StoreClient& store);

/// What the run of a plan counts.
void count_changes(const Plan& plan, RunRecord& run);

}  // namespace dirsync::sync
