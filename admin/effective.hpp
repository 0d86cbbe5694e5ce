#pragma once

#include <string>
#include <vector>

#include "model/seams/admin_store.hpp"

namespace dirsync::admin {

/// An assignment that gives somebody a permission set, and how they come by it.
struct EffectiveAssignment {
    sync::ListedAssignment listed;
    std::vector<std::string> path;  ///< names from the principal down to the user: `Staff, alice` or `alice`
};

/// What `effective` has to know.
sync::AdminKeys keys_for_effective(const std::string& user);

/// The assignments of a user and of the groups they are a member of, direct ones first. not_found when nobody
/// is called so. A disabled user has them as well: status is another matter.
Result<std::vector<EffectiveAssignment>> effective(const std::string& user, const sync::AdminFacts& facts);

}  // namespace dirsync::admin
