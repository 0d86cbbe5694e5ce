#include "ldap/ordered_entries.hpp"

#include <utility>

namespace dirsync::ldap {

void OrderedEntries::take(sync::Entry&& entry) {
    auto& list = entry.kind == sync::EntryKind::container ? containers_
                 : entry.kind == sync::EntryKind::group   ? groups_
                                                          : people_;
    list.push_back(std::move(entry));
}

void OrderedEntries::hand_on(sync::EntrySink& sink) && {
    for (auto* list : {&containers_, &people_, &groups_}) {
        for (auto& entry : *list) sink.take(std::move(entry));
    }
    for (auto& entry : quarantined_) sink.take(std::move(entry));
    for (auto& changes : member_changes_) sink.take(std::move(changes));
    for (const auto& [guid, domain] : deleted_) sink.take_deleted(guid, domain);
    for (const auto& guid : unseen_) sink.take_unseen(guid);
}

}  // namespace dirsync::ldap
