#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include "model/plan.hpp"
#include "store/sqlite/file/db.hpp"
#include "store/sqlite/journal_writer.hpp"

namespace dirsync::store {

/// Writes the users, groups and memberships of a plan and their journal lines, inside the caller's
/// transaction, in an order in which no change trips over another (semantics 5.5): names that are handed on
/// are put aside first. A row that is already as the plan wants it is left alone. Throws DbFailure.
class PlanWriter {
public:
    PlanWriter(Db& db, JournalWriter& journal, Time at) : db_(db), journal_(journal), at_(at) {}

    void write(const sync::Plan& plan);

    /// True for plans whose memberships are so many that the caller does well to switch foreign keys off
    /// before the transaction: the writer checks both ends of each itself, from memory.
    static bool checks_references(const sync::Plan& plan) noexcept;

    /// By how much the number of rows changed.
    std::int64_t users_added() const noexcept { return users_added_; }
    std::int64_t groups_added() const noexcept { return groups_added_; }
    std::int64_t memberships_added() const noexcept { return memberships_added_; }

private:
    using NameRef = JournalWriter::NameRef;
    using NameRefs = boost::unordered_flat_map<sync::Node, NameRef>;
    template <class Change>
    struct Sorted {
        std::vector<const Change*> creates;
        std::vector<const Change*> updates;
        std::vector<const Change*> removals;
    };

    template <class Change>
    Sorted<Change> sorted(const std::vector<Change>& changes);
    template <class Change>
    bool needs_update(const Change& change);
    template <class Change>
    NameRef name_before(const Change& change);

    NameRef group_name(sync::Node node);
    NameRef user_name(sync::Node node);
    bool is_removed(const sync::MembershipChange& change) const;

    void remove_listed(const std::vector<sync::MembershipChange>& memberships);
    void remove_membership(sync::Node group, sync::Node user, sync::Reason reason);
    void remove(const sync::GroupChange& change);
    void remove(const sync::UserChange& change);
    void park_names(const Sorted<sync::GroupChange>& groups, const Sorted<sync::UserChange>& users);
    void update(const sync::GroupChange& change);
    void update(const sync::UserChange& change);
    void create(const std::vector<const sync::GroupChange*>& creates);
    void create(const std::vector<const sync::UserChange*>& creates);
    void add_memberships(const std::vector<sync::MembershipChange>& memberships);

    Db& db_;
    JournalWriter& journal_;
    Time at_;
    NameRefs user_names_;
    NameRefs group_names_;
    boost::unordered_flat_set<sync::Node> removed_users_;
    boost::unordered_flat_set<sync::Node> removed_groups_;
    std::int64_t users_added_ = 0;
    std::int64_t groups_added_ = 0;
    std::int64_t memberships_added_ = 0;
};

}  // namespace dirsync::store
