#include "ldap/domain_filters.hpp"

#include <algorithm>

namespace dirsync::ldap {

std::string followed_filter() {
    std::string filter = container_filter;
    filter.insert(2, "(&(objectClass=user)(!(objectClass=computer)))(objectClass=group)");
    return filter;
}

std::string changed_filter(std::uint64_t usn) { return "(uSNChanged>=" + std::to_string(usn) + ")"; }

std::string groups_of_filter(std::span<const ObjectGuid> guids) {
    std::string filter = std::string("(&") + group_filter + "(|";
    // MS-ADTS 3.1.1.3.1.2.4: the GUID stands for the DN, whatever that is by now.
    for (const auto& guid : guids) filter += "(member=<GUID=" + to_text(guid) + ">)";
    return filter + "))";
}

std::string guid_filter(std::span<const ObjectGuid> guids) {
    constexpr char digits[] = "0123456789abcdef";
    std::string filter = "(|";
    filter.reserve(2 + guids.size() * 62);
    for (const auto& guid : guids) {
        filter += "(objectGUID=";
        for (const auto byte : guid_to_wire(guid)) {
            filter += '\\';
            filter += digits[byte >> 4];
            filter += digits[byte & 15];
        }
        filter += ')';
    }
    return filter + ")";
}

std::vector<ObjectGuid> each_once(std::vector<ObjectGuid> guids) {
    std::sort(guids.begin(), guids.end());
    guids.erase(std::unique(guids.begin(), guids.end()), guids.end());
    return guids;
}

}  // namespace dirsync::ldap
