#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "model/describe.hpp"
#include "model/seams/admin_store.hpp"
#include "model/seams/identity_store.hpp"

namespace dirsync::sync {

/// A row with what only the store knows of it.
template <class Row>
struct Record {
    RowId id;
    Row row;
    Time created{};
    Time updated{};
    std::int64_t revision = 1;  ///< counts up with every change of the row
    std::uint64_t place = 0;    ///< in lists, where `Page::from` counts
};
using UserRecord = Record<UserRow>;
using GroupRecord = Record<GroupRow>;

/// An assignment as v1_assignments has it.
struct AssignmentRecord {
    Assignment assignment;
    bool dangling = false;
};

/// Whatever has an id of its own; nothing: no row has that id.
using AnyRecord = std::variant<std::monostate, UserRecord, GroupRecord, PermissionSet, AssignmentRecord>;

/// A part of a list. Rows are listed in the order in which the store took them in, so that the cost of a page
/// depends on its own length alone, and rows that come or go meanwhile move no other one to another page.
struct Page {
    std::uint64_t from = 0;  ///< `next` of the page before; 0: from the beginning
    std::size_t limit = 1000;
};
template <class Item>
struct Listed {
    std::vector<Item> rows;
    std::uint64_t next = 0;  ///< where the next page begins; 0: this was the last one
};

struct RecordedRun {
    RowId id;
    RunRecord run;
};

struct JournalLine {
    std::uint64_t seq = 0;
    RowId run;
    Time at{};
    ChangeLine change;
};

/// One object of a hold, as a line of v1_holds.
struct HeldLine {
    std::string hold_id;
    HoldClass hold = HoldClass::absent;
    std::string object_type;  ///< USER | GROUP | MEMBERSHIP
    std::string object_id;    ///< of the row; of an object without one its externalId
    std::string name;         ///< of an object without a row its DN
    Time since{};
    std::string limit;
};

struct ListedError {
    EntityError error;
    Time since{};
};

/// The rows of the store as values, for whatever is not the engine. A face of an IdentityStore, with its
/// rules of calling. Each call sees one state of the store.
class RowReader {
public:
    virtual ~RowReader() = default;

    /// By userName, id or externalId, tried in this order; nullopt: nobody is called so.
    virtual Result<std::optional<UserRecord>> user(std::string_view called) = 0;
    /// By displayName, id or externalId.
    virtual Result<std::optional<GroupRecord>> group(std::string_view called) = 0;
    /// Whom somebody may mean who does not know the userName: by the part of it in front of the '@', by the
    /// e-mail address or the displayName, in the order of lists. Looks at every row, and takes only letters
    /// of ASCII in either case: for a person who asks.
    virtual Result<std::vector<UserRecord>> users_meant(std::string_view called, std::size_t limit) = 0;
    /// The same of groups, by the part of the displayName in front of the '@'.
    virtual Result<std::vector<GroupRecord>> groups_meant(std::string_view called, std::size_t limit) = 0;
    virtual Result<AnyRecord> with_id(const RowId& id) = 0;

    virtual Result<Listed<UserRecord>> users(const Page& page) = 0;
    virtual Result<Listed<GroupRecord>> groups(const Page& page) = 0;
    /// Users in a store group; of no such group none.
    virtual Result<Listed<UserRecord>> members(const RowId& group, const Page& page) = 0;

    /// By name.
    virtual Result<std::vector<PermissionSet>> permission_sets() = 0;
    /// The latest ones, the oldest of them first.
    virtual Result<std::vector<RecordedRun>> runs(std::size_t limit) = 0;
    /// Ids of runs whose text begins like this, in either case.
    virtual Result<std::vector<RowId>> runs_beginning(std::string_view text, std::size_t limit) = 0;
    /// Lines of the journal above `seq`, by their number.
    virtual Result<std::vector<JournalLine>> changes_after(std::uint64_t seq, std::size_t limit) = 0;
    /// The latest ones, the oldest of them first.
    virtual Result<std::vector<JournalLine>> latest_changes(std::size_t limit) = 0;
    /// By hold and name. `hold_id`: of this one only; empty: of all.
    virtual Result<std::vector<HeldLine>> held(const std::string& hold_id) = 0;
    /// By name.
    virtual Result<std::vector<ListedError>> errors() = 0;
};

}  // namespace dirsync::sync
