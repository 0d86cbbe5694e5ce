#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/dn.hpp"
#include "core/error.hpp"
#include "core/time.hpp"
#include "core/uuid.hpp"
#include "model/language/filter.hpp"
#include "model/language/mapping.hpp"

namespace dirsync::sync {

/// One name of the scope (semantics 2.1), parsed. Exactly one form is in use.
struct ScopeName {
    enum class Form : std::uint8_t {
        qualified,  ///< `alice@corp.example.com`: name and domain (DNS name, lower case)
        netbios,    ///< `CORP\alice`: name and domain (NetBIOS name)
        dn,
        guid,  ///< `guid:6da77495-...`
    };
    Form form = Form::qualified;
    std::string text;  ///< as written: what warnings name, and the key of its pin
    std::string name;  ///< qualified and netbios: without the domain
    std::string domain;
    std::optional<Dn> dn;
    ObjectGuid guid;
};

/// The error says why: "a name without a domain: write 'alice@corp.example.com' or 'CORP\alice'".
Result<ScopeName> parse_scope_name(std::string_view text);

struct ScopeFilter {
    std::string domain;  ///< DNS name, lower case
    Filter filter;
};

/// `sync_scope` of the configuration, with what `scope.d/` adds.
struct ScopeSettings {
    std::vector<ScopeName> groups;
    std::vector<ScopeName> users;
    std::vector<ScopeName> organizational_units;  ///< form dn or guid
    std::vector<ScopeFilter> user_filters;
    std::vector<ScopeName> exclude_users;
    std::vector<ScopeName> exclude_groups;
    bool flatten = true;        ///< `nested_groups: flatten`; false: direct user members only
    bool primary_group = true;  ///< membership by primaryGroupID counts (2.5)
};

/// One guard (semantics 5.3). Trips above `count`, or above `percent` with more than 10 objects.
struct GuardLimit {
    std::uint64_t count = 0;
    double percent = 0;
    bool operator==(const GuardLimit&) const = default;
};

struct SafetySettings {
    GuardLimit remove_users{500, 10};
    GuardLimit disable_users{500, 10};
    GuardLimit remove_groups{100, 10};
    GuardLimit remove_memberships{5000, 20};
    GuardLimit rename_users{500, 20};
    GuardLimit remove_members_per_group{1000, 50};
    Limit window = Duration{3600};  ///< what the guards count together; nullopt: each run by itself
    Limit unproven_deletion;        ///< nullopt: hold for ever (5.2)
    GuardLimit enable_users{500, 10};
    GuardLimit clear_attribute{500, 10};
    bool operator==(const SafetySettings&) const = default;
};

struct LifecycleSettings {
    Limit disable_after = Duration{28 * 86400};  ///< out of scope, then DISABLED; groups are emptied
    Limit delete_after;
    Limit paused_disable_after;
};

/// Everything the core needs to know of the configuration.
struct SyncSettings {
    std::vector<std::string> domains;  ///< DNS names in configured order: DomainIndex
    ScopeSettings scope;
    Mapping mapping = Mapping::defaults();
    SafetySettings safety;
    LifecycleSettings lifecycle;
};

}  // namespace dirsync::sync
