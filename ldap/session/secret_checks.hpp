#pragma once

#include <vector>

#include "config/config.hpp"
#include "core/check.hpp"

namespace dirsync::ldap {

/// Whether this process may read the files that `domain` names for its bind, and whether others may: password
/// file or credential, keytab, key and certificate. Their contents are neither kept nor told. Blocking,
/// local.
std::vector<Check> secret_checks(const config::DomainConfig& domain);

}  // namespace dirsync::ldap
