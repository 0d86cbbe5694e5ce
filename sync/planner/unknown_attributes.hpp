#pragma once

#include <span>
#include <string>
#include <vector>

#include "model/seams/identity_store.hpp"
#include "model/settings.hpp"

namespace dirsync::sync {

// What becomes of settings that name an attribute which the directory's schema does not have: most likely a
// misspelt one (semantics 5.14).

/// Targets with a template that names one of the attributes, in the order of the mapping.
std::vector<std::string> targets_that_name(const std::vector<TargetMapping>& mapping,
                                           std::span<const UnknownAttribute> unknown);

/// Filters of the scope that name one of them, as scope entries are shown: `user_filters:
/// (departmnet=Sales)`.
std::vector<std::string> filters_that_name(const ScopeSettings& scope,
                                           std::span<const UnknownAttribute> unknown);

/// A sentence for each attribute that the settings name and no object can have: what is wrong, what is not
/// done, what to do. Empty: the settings can be used as they are.
std::vector<std::string> refusals_of(const SyncSettings& settings, std::span<const UnknownAttribute> unknown);

}  // namespace dirsync::sync
