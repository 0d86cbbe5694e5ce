#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/check.hpp"
#include "core/sid.hpp"
#include "core/task.hpp"
#include "ldap/session/session.hpp"
#include "model/entry.hpp"

namespace dirsync::survey {

/// The account as the server sees it, and what the server says about itself.
struct AccountFacts {
    bool is_samba = false;              ///< the server says so; else a Windows domain controller
    std::vector<Sid> token;             ///< the account's own SID first, then its groups'
    std::string name;                   ///< sAMAccountName; empty when the account's entry cannot be read
    std::string dn;                     ///< of that entry
    std::vector<std::string> controls;  ///< supportedControl
    std::optional<Time> server_time;    ///< currentTime
    std::string schema_dn;              ///< schemaNamingContext
};

/// The account's name for commands; a placeholder when it is not known.
std::string account_name(const AccountFacts& account, const sync::DomainFacts& facts);
std::string own_sid(const AccountFacts& account);

/// Reads the root DSE and the account's own entry (found by its SID) on `session`. The account's entry may
/// stay unknown; everything else is an error.
Task<Result<AccountFacts>> read_account(std::shared_ptr<ldap::Session> session, sync::DomainFacts facts,
                                        std::vector<Check>& checks);

/// How the clock of the server compares with `now`: Kerberos allows five minutes.
Check clock_check(const std::string& domain, std::optional<Time> server, Time now, bool kerberos);

/// Whether the server has the controls that reads need and those that make them cheap.
Check controls_check(const std::string& domain, const std::vector<std::string>& offered);

/// Whether the groups in `token` give more than reading: administrators, operators, ... Names them.
std::vector<std::string> privileged_groups(const std::vector<Sid>& token, const Sid& domain);

}  // namespace dirsync::survey
