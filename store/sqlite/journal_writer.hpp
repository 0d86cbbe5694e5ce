#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/unordered/unordered_flat_map.hpp>

#include "model/describe.hpp"
#include "store/sqlite/file/db.hpp"

namespace dirsync::store {

/// The lines of one run (semantics 5.10), inside the caller's transaction. Objects are named by reference:
/// a row of journal_names for each name an object had. Throws DbFailure.
class JournalWriter {
public:
    using NameRef = std::int64_t;

    /// `next_seq` is the first number that was never used.
    JournalWriter(Db& db, std::uint64_t next_seq, std::int64_t run);

    /// A name that lines from now on may use.
    NameRef add_name(sync::ObjectType object_type, const RowId& id, std::string_view name);
    /// A name that no later run uses.
    NameRef add_passing_name(sync::ObjectType object_type, const RowId& id, std::string_view name);
    /// No later run uses this name: pruning may drop it together with this run.
    void retire(NameRef name);

    /// `before` and `after` are JSON; empty: null.
    void line(sync::LineAction action, sync::Reason reason, NameRef object, std::string_view before,
              std::string_view after);
    /// One membership line; the object is the group.
    void member_line(sync::LineAction action, sync::Reason reason, NameRef group, NameRef user);

    /// Must be reached before the transaction ends.
    void flush();
    std::uint64_t next_seq() const noexcept { return next_seq_; }

private:
    NameRef add(sync::ObjectType object_type, const RowId& id, std::string_view name,
                std::optional<std::int64_t> retired);
    std::int64_t word(sync::Reason reason);

    Db& db_;
    std::uint64_t next_seq_;
    std::int64_t run_;
    NameRef next_name_;
    RowInsert lines_;
    RowInsert names_;
    boost::unordered_flat_map<sync::Reason, std::int64_t> words_;
};

}  // namespace dirsync::store
