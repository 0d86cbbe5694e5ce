#pragma once

#include <unordered_set>
#include <vector>

#include "model/seams/identity_store.hpp"

namespace dirsync::ldap {

/// Hands on what it takes, and right before the entry of an object that was deleted and is back, that it was
/// deleted: its links of before are gone. Nothing is said about one whose entry does not come, because nobody
/// has seen it alive.
class RestoredEntries : public sync::EntrySink {
public:
    explicit RestoredEntries(sync::EntrySink& sink) : sink_(sink) {}

    /// Before its entry: this object was deleted and is back.
    void expect(const ObjectGuid& guid) { expected_.insert(guid); }

    void take(sync::Entry&& entry) override;
    void take(sync::QuarantinedEntry&& entry) override { sink_.take(std::move(entry)); }
    void take(sync::MemberChanges&& changes) override { sink_.take(std::move(changes)); }
    void take_deleted(const ObjectGuid& guid, sync::DomainIndex domain) override {
        sink_.take_deleted(guid, domain);
    }
    void take_unseen(const ObjectGuid& guid) override { sink_.take_unseen(guid); }

    /// Those that came.
    const std::vector<ObjectGuid>& restored() const noexcept { return restored_; }

private:
    sync::EntrySink& sink_;
    std::unordered_set<ObjectGuid> expected_;
    std::vector<ObjectGuid> restored_;
};

}  // namespace dirsync::ldap
