#pragma once

#include <string>
#include <vector>

#include "api/admin_operations.hpp"

namespace dirsync::api {

/// What an import did, or would do: `created`, `updated`, `removed`, `unchanged`, `changes` (of a dry run, as
/// `plan` shows them), `problems`, `unmatched`, `dry_run`, `exit_code`.
std::string json_of(const admin::Decision& decision, bool dry_run);
/// Arrays of the columns of v1_assignments and of names.
std::string json_of(const std::vector<sync::ListedAssignment>& assignments);
/// The same with `path`.
std::string json_of(const std::vector<admin::EffectiveAssignment>& assignments);

}  // namespace dirsync::api
