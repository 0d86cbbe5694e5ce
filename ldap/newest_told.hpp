#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "model/seams/identity_store.hpp"

namespace dirsync::ldap {

/// Passes a read on and notes how new it was. The sink that it passes to outlives it.
class NewestTold : public sync::EntrySink {
public:
    explicit NewestTold(sync::EntrySink& inner) : inner_(inner) {}

    struct Told {
        std::uint64_t usn;
        ObjectGuid guid;
        bool is_group;
        bool operator>(const Told& other) const noexcept { return usn > other.usn; }
    };

    void take(sync::Entry&& entry) override {
        note({entry.usn, entry.guid, entry.kind == sync::EntryKind::group});
        inner_.take(std::move(entry));
    }
    void take(sync::QuarantinedEntry&& entry) override { inner_.take(std::move(entry)); }
    void take(sync::MemberChanges&& changes) override {
        without_usn_.push_back(changes.group);
        inner_.take(std::move(changes));
    }
    void take_deleted(const ObjectGuid& guid, sync::DomainIndex domain) override {
        deletions_ = true;
        without_usn_.push_back(guid);
        inner_.take_deleted(guid, domain);
    }
    void take_unseen(const ObjectGuid& guid) override {
        // It may be a tombstone by now; the look-up after the read finds that.
        without_usn_.push_back(guid);
        inner_.take_unseen(guid);
    }

    /// The entries with the highest uSNChanged, the lowest of them first; at most `most_kept`.
    const std::vector<Told>& newest() const noexcept { return newest_; }
    static constexpr std::size_t most_kept = 100;
    bool deletions() const noexcept { return deletions_; }  ///< a deletion was told
    /// Objects that were told without their uSNChanged, those included that were not to be found any more.
    const std::vector<ObjectGuid>& without_usn() const noexcept { return without_usn_; }

private:
    void note(Told told) {
        if (told.usn == 0 || (newest_.size() == most_kept && told.usn <= newest_.front().usn)) return;
        if (newest_.size() == most_kept) {
            std::pop_heap(newest_.begin(), newest_.end(), std::greater<>());
            newest_.pop_back();
        }
        newest_.push_back(told);
        std::push_heap(newest_.begin(), newest_.end(), std::greater<>());
    }

    sync::EntrySink& inner_;
    std::vector<Told> newest_;  // a heap
    std::vector<ObjectGuid> without_usn_;
    bool deletions_ = false;
};

}  // namespace dirsync::ldap
