#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/uuid.hpp"

namespace dirsync::ldap {

inline constexpr const char* container_filter =
    "(|(objectClass=organizationalUnit)(objectClass=container)(objectClass=domainDNS)(objectClass="
    "builtinDomain)"
    "(objectClass=lostAndFound)(objectClass=organization)(objectClass=country)(objectClass=locality))";
inline constexpr const char* user_filter = "(&(objectCategory=person)(objectClass=user))";
inline constexpr const char* group_filter = "(objectCategory=group)";

/// How many objects one search names by GUID.
inline constexpr std::size_t guids_a_search = 100;

/// What DirSync and the search for deleted objects look for: every object that a read may deliver. By
/// objectClass alone, which never changes and which tombstones keep; they lose objectCategory (MS-ADTS
/// 3.1.1.5.5.1.1).
std::string followed_filter();

/// Objects that a domain controller changed at this USN or later.
std::string changed_filter(std::uint64_t usn);

/// Groups that list one of these objects themselves.
std::string groups_of_filter(std::span<const ObjectGuid> guids);

/// Sorted, without repeats.
std::vector<ObjectGuid> each_once(std::vector<ObjectGuid> guids);

/// `(|(objectGUID=\xx...)...)` for the GUIDs, in the byte form that every server takes.
std::string guid_filter(std::span<const ObjectGuid> guids);

}  // namespace dirsync::ldap
