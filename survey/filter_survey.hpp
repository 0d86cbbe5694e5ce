#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/check.hpp"
#include "core/task.hpp"
#include "ldap/session/session.hpp"
#include "model/entry.hpp"
#include "model/settings.hpp"

namespace dirsync::survey {

/// Whether the account may read what the filters of the scope ask for in one domain. An attribute that it may
/// not read looks as if the user had none, so that a negated filter lets the user in (semantics 5.1). Looks
/// at some users and asks the permissions of those that do not show the attribute. Adds a check, and none
/// where no filter is for this domain.
Task<void> check_filters(std::shared_ptr<ldap::Session> session, sync::DomainFacts facts,
                         std::string schema_dn, const std::vector<sync::ScopeFilter>& filters,
                         std::vector<Check>& checks);

}  // namespace dirsync::survey
