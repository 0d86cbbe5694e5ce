#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "model/attributes.hpp"
#include "model/entry.hpp"
#include "model/seams/identity_store.hpp"
#include "model/settings.hpp"

namespace dirsync::sync {

/// The lists of the scope that hold names.
enum class ScopeList : std::uint8_t { groups, users, organizational_units, exclude_users, exclude_groups };
std::string_view text_of(ScopeList list) noexcept;
/// False: it keeps its objects out.
bool brings_in(ScopeList list) noexcept;

/// Every name of the scope with the list it stands in, in the order of the configuration.
struct ListedName {
    ScopeList list = ScopeList::groups;
    const ScopeName* name = nullptr;
    /// Key of its pin: list and text as written.
    std::string key() const;
};
std::vector<ListedName> listed_names(const ScopeSettings& scope);

/// What the names of a scope were found to mean, each by its place in `listed_names`.
struct FoundNames {
    std::vector<ObjectGuid> objects;  ///< nil: none
    /// Exclusions with more objects that they name just as well; sorted.
    std::vector<std::pair<std::size_t, ObjectGuid>> namesakes;
    bool operator==(const FoundNames&) const = default;
};

/// Finds the objects that the names of the scope mean while entries pass by (semantics 2.1): a
/// userPrincipalName wins over a sAMAccountName; of several equals the smallest objectGUID. The settings
/// outlive it.
class NameResolver {
public:
    /// `domains`: facts of the read's domains; their `domain` is the index that entries carry.
    NameResolver(const ScopeSettings& scope, const std::vector<DomainFacts>& domains, AttributeNames& names);

    void consider(const ObjectGuid& guid, EntryKind kind, DomainIndex domain, std::string_view dn,
                  const AttributesView& attributes);

    FoundNames found() const;

private:
    struct Candidate {
        ObjectGuid guid;
        int rank = 99;                   // 0: userPrincipalName, DN or GUID; 1: sAMAccountName
        std::set<ObjectGuid> namesakes;  // of an exclusion, with the same rank
    };
    using Wanted = boost::unordered_flat_map<std::string, std::vector<std::size_t>>;

    void offer(const Wanted& wanted, const std::string& key, int rank, const ObjectGuid& guid,
               EntryKind kind);

    std::vector<ListedName> listed_;
    std::vector<Candidate> candidates_;
    Wanted by_principal_;  // folded name@domain
    Wanted by_account_;    // folded sam@domain or netbios\sam
    Wanted by_dn_;
    std::vector<std::string> dns_names_;      // folded, by DomainIndex
    std::vector<std::string> netbios_names_;  // folded, by DomainIndex
    AttributeNames::Index principal_name_;
    AttributeNames::Index account_name_;
    std::string key_;
};

}  // namespace dirsync::sync
