#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/check.hpp"
#include "ldap/session.hpp"
#include "sync/entry.hpp"
#include "sync/settings.hpp"

namespace dirsync::ldap {

/// Whether the account may read what the filters of the scope ask for in one domain. An attribute that it may
/// not read looks as if the user had none, so that a negated filter lets the user in (semantics 5.1). Looks
/// at some users and asks the permissions of those that do not show the attribute. Adds a check, and none
/// where no filter is for this domain.
Task<void> check_filters(std::shared_ptr<Session> session, sync::DomainFacts facts, std::string schema_dn,
                         const std::vector<sync::ScopeFilter>& filters, std::vector<Check>& checks);

}  // namespace dirsync::ldap
