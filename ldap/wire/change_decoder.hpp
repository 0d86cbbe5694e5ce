#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/uuid.hpp"
#include "model/entry.hpp"

namespace dirsync::ldap::wire {

/// Attributes that DirSync has to watch besides those that are read: it reports an object only when one of
/// the attributes it was asked for has changed, renames and moves through `name`, deletions through
/// `isDeleted`.
const std::vector<std::string>& watched_attributes();

/// What one entry of a DirSync search says about an object.
struct ReportedChange {
    ObjectGuid guid;
    bool deleted = false;   ///< a tombstone
    bool restored = false;  ///< it was one: what it is a member of may have come back with it
    bool whole = false;     ///< new, restored, or members that the entry does not tell one by one
    bool changed = false;   ///< something besides `member` changed, or it is `whole`
    std::vector<sync::MemberRef> added;  ///< empty with `whole` and `deleted`
    std::vector<sync::MemberRef> removed;
};

/// Makes changes of what a DirSync search with incremental values (MS-ADTS 3.1.1.3.4.1.3) delivers, attribute
/// by attribute. An entry holds what changed, and no values where an attribute was cleared;
/// `member;range=1-1` holds who was added and `member;range=0-0` who was removed, as extended DNs. Any other
/// form of `member`, and one that cannot be read, makes the change `whole`: the list is to be read then.
/// Keeps its memory from entry to entry.
class ChangeDecoder {
public:
    void begin(std::string_view dn);
    void attribute(std::string_view name, std::span<const std::string_view> values);
    /// malformed_entry when it cannot be told which object it is, or whether it was deleted.
    Result<ReportedChange> end();

private:
    void take_members(std::string_view name, std::span<const std::string_view> values);

    std::string dn_;
    ReportedChange change_;
    bool has_guid_ = false;
    bool malformed_ = false;
    bool empty_members_ = false;  // a `member` without values and without a range
};

}  // namespace dirsync::ldap::wire
