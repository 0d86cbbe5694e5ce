#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "core/check.hpp"
#include "core/task.hpp"
#include "model/settings.hpp"
#include "survey/account_survey.hpp"
#include "survey/domain_survey.hpp"

namespace dirsync::survey {

/// What the account may do in one domain, on a connection that `survey` holds: clock, controls, the account
/// itself, DirSync, deleted objects, the replication vector, mapped attributes and those that filters ask
/// for, and whether it may more than it needs. Adds a check for each; asks the directory for a few hundred
/// entries at most, and writes nothing.
Task<void> check_rights(const DomainSurvey& survey, const sync::SyncSettings& settings,
                        std::vector<Check>& checks);

/// How to give `account` a right, as commands for an administrator of the domain.
std::string how_to_grant_dir_sync(const AccountFacts& account, const sync::DomainFacts& facts);
std::string how_to_show_deleted_objects(const AccountFacts& account, const sync::DomainFacts& facts);

}  // namespace dirsync::survey
