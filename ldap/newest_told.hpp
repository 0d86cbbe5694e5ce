#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

#include "sync/ports.hpp"

namespace dirsync::ldap {

/// Hands a read on and notes how new it was. Lives no longer than the sink behind it.
class NewestTold : public sync::EntrySink {
public:
    explicit NewestTold(sync::EntrySink& inner) : inner_(inner) {}

    void take(sync::Entry&& entry) override {
        usn_ = std::max(usn_, entry.usn);
        inner_.take(std::move(entry));
    }
    void take(sync::QuarantinedEntry&& entry) override { inner_.take(std::move(entry)); }
    void take(sync::MemberChanges&& changes) override { inner_.take(std::move(changes)); }
    void take_deleted(const ObjectGuid& guid) override {
        deletions_ = true;
        inner_.take_deleted(guid);
    }
    void take_unseen(const ObjectGuid& guid) override { inner_.take_unseen(guid); }

    std::uint64_t usn() const noexcept { return usn_; }     ///< the highest of an entry; 0: none
    bool deletions() const noexcept { return deletions_; }  ///< a deletion was told

private:
    sync::EntrySink& inner_;
    std::uint64_t usn_ = 0;
    bool deletions_ = false;
};

}  // namespace dirsync::ldap
