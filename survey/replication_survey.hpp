#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/check.hpp"
#include "core/task.hpp"
#include "survey/account_survey.hpp"
#include "survey/domain_survey.hpp"

namespace dirsync::survey {

/// Whether a failover can tell that a domain controller lags behind: whether the account may read the
/// replication vector (replUpToDateVector) of the domain's root (semantics 5.16). A domain controller without
/// partners has none, so the permissions of the root are asked before anything is said. Adds one check.
Task<void> check_replication(const DomainSurvey& survey, AccountFacts account, std::vector<Check>& checks);

/// How to let `account` read the vector, as a command for an administrator of the domain.
std::string how_to_show_vector(const AccountFacts& account, const sync::DomainFacts& facts);

}  // namespace dirsync::survey
