#pragma once

#include <utility>
#include <vector>

#include "model/seams/identity_store.hpp"

namespace dirsync::ldap {

/// Holds back what a reader finds until everything is there, and hands it on in the order that a sink is
/// owed.
class OrderedEntries : public sync::EntrySink {
public:
    void take(sync::Entry&& entry) override;
    void take(sync::QuarantinedEntry&& entry) override { quarantined_.push_back(std::move(entry)); }
    void take(sync::MemberChanges&& changes) override { member_changes_.push_back(std::move(changes)); }
    void take_deleted(const ObjectGuid& guid, sync::DomainIndex domain) override {
        deleted_.emplace_back(guid, domain);
    }
    void take_unseen(const ObjectGuid& guid) override { unseen_.push_back(guid); }

    bool has_containers() const noexcept { return !containers_.empty(); }
    void drop_containers() { containers_.clear(); }
    /// Containers, users, groups, what could not be decoded, member changes, then who is gone.
    void hand_on(sync::EntrySink& sink) &&;

private:
    std::vector<sync::Entry> containers_;
    std::vector<sync::Entry> people_;  // users, and what is nothing to us
    std::vector<sync::Entry> groups_;
    std::vector<sync::QuarantinedEntry> quarantined_;
    std::vector<sync::MemberChanges> member_changes_;
    std::vector<std::pair<ObjectGuid, sync::DomainIndex>> deleted_;
    std::vector<ObjectGuid> unseen_;
};

}  // namespace dirsync::ldap
