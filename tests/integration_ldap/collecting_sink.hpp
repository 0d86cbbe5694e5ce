#pragma once

#include <algorithm>
#include <vector>

#include "model/seams/identity_store.hpp"

namespace dirsync::lab {

/// Keeps what a read delivers.
class CollectingSink : public sync::EntrySink {
public:
    void take(sync::Entry&& entry) override {
        if (std::erase(deleted, entry.guid) > 0) restored.push_back(entry.guid);
        entries.push_back(std::move(entry));
    }
    void take(sync::QuarantinedEntry&& entry) override { quarantined.push_back(std::move(entry)); }
    void take(sync::MemberChanges&& changes) override { member_changes.push_back(std::move(changes)); }
    void take_deleted(const ObjectGuid& guid, sync::DomainIndex) override { deleted.push_back(guid); }
    void take_unseen(const ObjectGuid& guid) override { unseen.push_back(guid); }

    std::size_t count(sync::EntryKind kind) const {
        return static_cast<std::size_t>(std::count_if(
            entries.begin(), entries.end(), [kind](const auto& entry) { return entry.kind == kind; }));
    }
    /// The entry whose DN begins so; null when there is none.
    const sync::Entry* find(std::string_view dn_start) const {
        const auto found = std::find_if(entries.begin(), entries.end(), [dn_start](const auto& entry) {
            return entry.dn.starts_with(dn_start);
        });
        return found == entries.end() ? nullptr : &*found;
    }

    std::vector<sync::Entry> entries;
    std::vector<sync::QuarantinedEntry> quarantined;
    std::vector<sync::MemberChanges> member_changes;
    std::vector<ObjectGuid> deleted;
    std::vector<ObjectGuid> restored;  ///< told as deleted, and then with an entry
    std::vector<ObjectGuid> unseen;
};

}  // namespace dirsync::lab
