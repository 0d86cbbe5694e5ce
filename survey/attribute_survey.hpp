#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/check.hpp"
#include "core/task.hpp"
#include "ldap/session/session.hpp"
#include "model/entry.hpp"
#include "model/language/mapping.hpp"

namespace dirsync::survey {

/// Some entries of one kind as the sync would see them.
struct Sample {
    struct One {
        ObjectGuid guid;
        std::string dn;
        std::string account;         ///< sAMAccountName
        std::string principal_name;  ///< userPrincipalName; empty: none
        bool disabled = false;
        sync::PackedAttributes attributes;  ///< of `names`
    };
    std::vector<One> entries;
    std::vector<std::string> unreadable;  ///< "DN: reason" of entries that the sync could not use
    bool more = false;                    ///< there are others besides
};

/// Reads at most `limit` entries that match `filter` with the attributes `names`, users and groups alike,
/// without members. Errors as Session::search.
Task<Result<Sample>> read_sample(std::shared_ptr<ldap::Session> session, sync::DomainFacts facts,
                                 std::vector<std::string> names, std::string filter, std::uint32_t limit);

/// `names` with commas between them.
std::string joined(const std::vector<std::string>& names);

/// Users that people would know: not the built-in accounts.
std::string real_user_filter();

/// Whether the attributes of the mapping exist in the schema at `schema_dn`, and whether they and those that
/// every sync needs can be read of some users and groups.
Task<void> check_attributes(std::shared_ptr<ldap::Session> session, sync::DomainFacts facts,
                            std::string schema_dn, const sync::Mapping& mapping, std::vector<Check>& checks);

}  // namespace dirsync::survey
