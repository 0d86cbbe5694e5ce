#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe/class.hpp>

#include "api/messages/cycles.hpp"
#include "api/messages/json.hpp"

// The identity source: its change, and the snapshots that a change takes.
namespace dirsync::messages {

struct NamedAssignment {
    std::string principal_type;  ///< USER | GROUP
    std::string principal;
    std::string permission_set;
    std::string target;
};
BOOST_DESCRIBE_STRUCT(NamedAssignment, (), (principal_type, principal, permission_set, target))

struct KeptBySourceChange {
    std::uint64_t permission_sets = 0;
};
BOOST_DESCRIBE_STRUCT(KeptBySourceChange, (), (permission_sets))

/// What a change of the source keeps and removes.
struct SourcePreview {
    std::optional<PendingChange> pending;  ///< null: no change waits
    KeptBySourceChange kept;
    std::vector<NamedAssignment> assignments;
    std::vector<std::string> users;  ///< where names were asked for
    std::vector<std::string> groups;
};
BOOST_DESCRIBE_STRUCT(SourcePreview, (), (pending, kept, assignments, users, groups))

struct SourceConsent {
    Given<std::string> type;
    Given<std::string> accept;
    Given<std::string> from;
    Given<std::string> to;
};
BOOST_DESCRIBE_STRUCT(SourceConsent, (), (type, accept, from, to))

struct ChangedSource {
    std::optional<std::string> snapshot;  ///< id; null: there was nothing to take a snapshot of
    Named<std::uint64_t> counts;
};
BOOST_DESCRIBE_STRUCT(ChangedSource, (), (snapshot, counts))

struct SourceOutcome {
    std::optional<PendingChange> pending;
    std::optional<ChangedSource> changed;
};
BOOST_DESCRIBE_STRUCT(SourceOutcome, (), (pending, changed))

/// The cycle that changed the source and read the new one.
struct SourceReport : CycleReport, SourceOutcome {};
BOOST_DESCRIBE_STRUCT(SourceReport, (CycleReport, SourceOutcome), ())

struct Snapshot {
    std::string id;
    std::string taken_at;
    std::string type;
    std::string source;
    std::string successor;
    bool parked = false;
    std::uint64_t users = 0;
    std::uint64_t groups = 0;
    std::uint64_t memberships = 0;
    std::uint64_t permission_sets = 0;
    std::uint64_t assignments = 0;
};
BOOST_DESCRIBE_STRUCT(Snapshot, (),
                      (id, taken_at, type, source, successor, parked, users, groups, memberships,
                       permission_sets, assignments))

struct RestoreRequest {
    bool assignments_only = false;
};
BOOST_DESCRIBE_STRUCT(RestoreRequest, (), (assignments_only))

struct RestoreReport {
    std::uint64_t users = 0;
    std::uint64_t groups = 0;
    std::uint64_t memberships = 0;
    std::uint64_t permission_sets = 0;
    std::uint64_t assignments = 0;
    std::uint64_t present = 0;  ///< assignments that were there already
    std::vector<NamedAssignment> unmatched;
    std::vector<std::string> conflicts;
    std::optional<std::string> note;
};
BOOST_DESCRIBE_STRUCT(RestoreReport, (),
                      (users, groups, memberships, permission_sets, assignments, present, unmatched,
                       conflicts, note))

}  // namespace dirsync::messages
