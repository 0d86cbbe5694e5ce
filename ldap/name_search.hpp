#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/task.hpp"
#include "ldap/session/session.hpp"
#include "model/entry.hpp"
#include "model/settings.hpp"

namespace dirsync::ldap {

enum class NameKind : std::uint8_t { user, group, organizational_unit };

/// Something that a scope may name.
struct FoundName {
    NameKind kind = NameKind::user;
    std::string scope_name;  ///< as a scope would name it: userPrincipalName, name@domain, or a DN
    std::string title;       ///< display name or description; may be empty
    std::string account;     ///< sAMAccountName; of a unit its name
    std::string dn;
    bool disabled = false;
    bool operator==(const FoundName&) const = default;
};

struct FoundNames {
    std::vector<FoundName> names;  ///< groups, units, users; each by name
    bool more = false;             ///< there are others besides
};

/// Users, groups and organizational units whose names begin with `text`, or match it where it holds `*`; one
/// kind only, when asked for. Errors as Session::search.
Task<Result<FoundNames>> search_names(std::shared_ptr<Session> session, sync::DomainFacts facts,
                                      std::string text, std::optional<NameKind> kind, std::uint32_t limit);

/// What an entry of the scope names in this domain: userPrincipalName first, then sAMAccountName
/// (semantics 2.1). Nothing: it names nothing here.
Task<Result<FoundNames>> named(std::shared_ptr<Session> session, sync::DomainFacts facts,
                               sync::ScopeName name, NameKind kind);

/// The name that a misspelt one may have meant, as a scope would write it; empty: none is close.
Task<std::string> close_name(std::shared_ptr<Session> session, sync::DomainFacts facts, sync::ScopeName name,
                             NameKind kind);

/// As the value of an assertion in a filter (RFC 4515 3).
std::string filter_value(std::string_view text);

}  // namespace dirsync::ldap
