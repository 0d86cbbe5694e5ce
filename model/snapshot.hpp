#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/seams/admin_store.hpp"

namespace dirsync::sync {

/// What the store held before a change of the source (semantics 1.5).
struct Snapshot {
    std::string id;
    Time taken{};
    SourceKind kind = SourceKind::directory;  ///< of the source it was filled from
    std::string source;                       ///< its label
    std::string successor;                    ///< the label of the source that took over
    bool parked = false;  ///< its users and groups come back by themselves with the built-in directory
    std::uint64_t users = 0, groups = 0, memberships = 0, permission_sets = 0, assignments = 0;
};

/// All of it. Users and groups stand as if they were in scope.
struct SnapshotContents {
    Snapshot about;
    std::vector<StoredUser> users;
    std::vector<StoredGroup> groups;
    std::vector<std::pair<RowId, RowId>> memberships;  ///< group, user
    std::vector<PermissionSet> permission_sets;
    std::vector<Assignment> assignments;
};

/// The portable form, JSON Lines (docs/operating.md): the snapshot itself, then a line for each row.
std::string lines_of(const SnapshotContents& contents);
/// The reverse. A long file may be taken in pieces that each begin with its first line. refused: not such
/// lines, with the number of the first bad one.
Result<SnapshotContents> parsed_snapshot(std::string_view lines);

/// An assignment in words.
struct NamedAssignment {
    std::string principal_type;  ///< USER | GROUP
    std::string principal;       ///< its name; its id where nothing has that any more
    std::string permission_set;
    std::string target;
    bool operator==(const NamedAssignment&) const = default;
};

/// What a restore did, and what it could not do.
struct RestoreReport {
    std::uint64_t users = 0, groups = 0, memberships = 0;  ///< that came back
    std::uint64_t permission_sets = 0;                     ///< that were made again
    std::uint64_t assignments = 0;                         ///< that came back
    std::uint64_t present = 0;                             ///< assignments that were there already
    std::vector<NamedAssignment> unmatched;  ///< assignments whose user or group has no counterpart
    std::vector<std::string> conflicts;      ///< a sentence for each user that could not come back
    std::string note;                        ///< why less was restored than asked for; empty: it was not
};

/// What stands in the store for a user or group of a snapshot.
struct Counterpart {
    RowId id;
    Node node = no_node;
};

/// What a restore asks the store. By id (a row that came back), else by externalId, else by name: the first
/// that somebody has. An empty externalId and an empty name match nobody.
class PresentRows {
public:
    virtual ~PresentRows() = default;
    virtual std::optional<Counterpart> user(const RowId& id, std::string_view external_id,
                                            std::string_view name) = 0;
    virtual std::optional<Counterpart> group(const RowId& id, std::string_view external_id,
                                             std::string_view name) = 0;
    /// userName of the owner of an email address; empty: nobody has it.
    virtual std::string owner_of_email(std::string_view email) = 0;
    virtual bool is_member(Node group, Node user) = 0;
    /// By id, else by name.
    virtual std::optional<PermissionSet> permission_set(const RowId& id, std::string_view name) = 0;
    virtual bool has_assignment(const Assignment& like) = 0;
    virtual Node next_node() = 0;
};

struct Restore {
    AdminPlan plan;
    RestoreReport report;
};

/// What brings back that which the snapshot has and the store lacks (semantics 1.5). `source` is the store's:
/// users and groups come back under the built-in directory only.
Restore restored(const SnapshotContents& snapshot, const SourceRecord& source, bool assignments_only,
                 PresentRows& present);

/// What comes back by itself with the built-in directory, under the old ids: the users, groups and
/// memberships of the snapshot that the store lacks. Users whose email address somebody else has stay out; a
/// restore of the snapshot names them.
Plan unparked(const SnapshotContents& snapshot, PresentRows& present);

}  // namespace dirsync::sync
