#include "ldap/restored_entries.hpp"

#include <utility>

namespace dirsync::ldap {

void RestoredEntries::take(sync::Entry&& entry) {
    if (expected_.erase(entry.guid) != 0) {
        sink_.take_deleted(entry.guid, entry.domain);
        restored_.push_back(entry.guid);
    }
    sink_.take(std::move(entry));
}

}  // namespace dirsync::ldap
