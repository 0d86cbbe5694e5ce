#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/error.hpp"
#include "model/actor.hpp"
#include "model/entry.hpp"
#include "model/plan.hpp"
#include "model/rows.hpp"
#include "model/source_kind.hpp"

namespace dirsync::sync {

/// Names what cycles build on: mirror, rows, memberships and what went through the guards. Drawn at random
/// for each transaction that changes any of it, so that a store that was restored, or written by another
/// process, is never taken for the one that memory stands for (semantics 5.18).
using StateStamp = std::uint64_t;

/// Where the directory was when the mirror was last brought up to date. Opaque to the store.
struct Cursor {
    std::uint64_t generation = 0;  ///< counts commits; 0: nothing was ever read
    std::vector<DomainFacts> domains;
    std::vector<std::string> attribute_names;  ///< AttributeNames in index order
};

/// Takes the entries of a read one by one, on the loop thread. Containers of a domain come before its
/// users, users before its groups.
class EntrySink {
public:
    virtual ~EntrySink() = default;
    virtual void take(Entry&& entry) = 0;
    virtual void take(QuarantinedEntry&& entry) = 0;

    /// By `read_changes` only:
    virtual void take(MemberChanges&& changes) = 0;
    /// A tombstone was seen in this domain, by the index that its entries carry: proof of the deletion
    /// (semantics 5.2), but for an object that lives in another one (5.17). With its entry behind it the
    /// object was deleted and is back: of its links only those hold that this read tells. By `look_up`, too.
    virtual void take_deleted(const ObjectGuid& guid, DomainIndex domain) = 0;
    /// Reported as changed, but neither visible nor a tombstone when it was looked at: its fate is to be
    /// asked for.
    virtual void take_unseen(const ObjectGuid& guid) = 0;
};

/// An attribute that the directory does not have.
struct UnknownAttribute {
    std::string name;
    std::string meant;  ///< an attribute of the schema with nearly the same name; empty: none
    bool operator==(const UnknownAttribute&) const = default;
};

/// What one read was. Only handed out when it was whole.
struct ReadSummary {
    bool complete = true;  ///< every object of every configured domain was delivered; false: changes only
    std::vector<DomainFacts> domains;  ///< with the cursor to go on from; the order of the configuration
    std::vector<std::string> notes;    ///< things an admin should know: skipped members, missing rights
    /// Those of the attributes asked for that no schema of a domain which was read has (semantics 5.14). None
    /// where a schema cannot be read.
    std::vector<UnknownAttribute> unknown_attributes;
};

/// What the directory knows of a GUID that a complete read lacked (semantics 5.2).
enum class Fate : std::uint8_t {
    deleted,    ///< a tombstone was seen, and told to the sink with its domain
    alive,      ///< exists in a configured domain; its entry went to the sink
    invisible,  ///< neither visible: lost rights look exactly like this
};

/// One object of the mirror as it stands on disk, without its attributes.
struct MirrorRow {
    Node node = no_node;
    ObjectGuid guid;
    EntryKind kind = EntryKind::unknown;
    DomainIndex domain = 0;
    bool disabled = false;
    bool missing = false;  ///< absent from a complete read without proof: kept as last seen
    bool deleted = false;  ///< proved deleted, kept while a row of the store waits for its removal
    std::optional<Time> missing_since;  ///< while missing: first seen to be so while time was certain
    bool in_filter = false;             ///< a user filter of the scope matched its attributes
    bool mangled = false;   ///< a replication conflict has changed its name: no other name is made of it
    bool unplaced = false;  ///< nobody knows what it is right below: `parent` is a container above that
    bool followed = false;  ///< not as the last whole read showed it: changed since, or lacking in it
    Node parent = no_node;  ///< container
    std::uint32_t primary_group_rid = 0;
    std::int64_t expires = never_expires;
    std::uint64_t hash = 0;  ///< over the whole entry: equal entries, equal hashes; 0: none was told so far
    std::optional<Sid> sid;
};

/// The mirror row with what stays on disk only.
struct MirrorUpsert {
    MirrorRow row;
    std::string dn;
    std::string attributes;  ///< packed
};

struct Edge {
    Node group = no_node;
    Node member = no_node;
    auto operator<=>(const Edge&) const = default;
    friend std::size_t hash_value(const Edge& edge) noexcept {
        return static_cast<std::size_t>(((std::uint64_t{edge.group} << 32) | edge.member) *
                                        0x9e3779b97f4a7c15ULL);
    }
};

/// What a fold changes in the mirror.
struct MirrorDelta {
    std::vector<MirrorUpsert> upserts;   ///< new and changed objects, attributes included
    std::vector<MirrorRow> row_updates;  ///< objects of which only the row changed; DN and attributes stay
    std::vector<Node> removed;           ///< gone with all their edges
    std::vector<Edge> edges_added;
    std::vector<Edge> edges_removed;  ///< besides those that go with `removed`
    bool empty() const noexcept {
        return upserts.empty() && row_updates.empty() && removed.empty() && edges_added.empty() &&
               edges_removed.empty();
    }
};

/// A scope entry and the object it first resolved to (semantics 2.8); the nil GUID when that is gone and the
/// name free again. Key is kind and text of the entry.
struct Pin {
    std::string key;
    ObjectGuid guid;
    bool operator==(const Pin&) const = default;
};

enum class RunKind : std::uint8_t { full, incremental, source_change, admin };
enum class Outcome : std::uint8_t { ok, partial, held, failed };

/// A line of v1_runs. `run_id` is given by the store at commit.
struct RunRecord {
    Time started{};
    Time ended{};
    RunKind kind = RunKind::full;
    std::string trigger;  ///< "start", "schedule", "admin", "once", ...
    Outcome outcome = Outcome::ok;
    std::vector<std::pair<std::string, std::uint64_t>> counts;
    std::string error = {};    ///< empty: none
    std::string actor = {};    ///< who asked for it, as `text_of` an Actor
    std::string note = {};     ///< the reason that was given, or what an admin should know of this run
    std::string hold_id = {};  ///< what was approved or applied; several are separated by blanks
};

/// Who asks for something, and the reason given (semantics 5.12).
struct Asked {
    Actor actor;
    std::string reason;  ///< may be empty
};

/// The words by which a run says who paused, and why; both may be empty.
struct Pauser {
    std::string actor;
    std::string reason;
};

/// What an admin did at one moment, as a line of v1_runs.
inline RunRecord run_of_admin(std::string trigger, const Asked& by, Time at) {
    RunRecord run;
    run.started = at;
    run.ended = at;
    run.kind = RunKind::admin;
    run.trigger = std::move(trigger);
    run.actor = text_of(by.actor);
    run.note = by.reason;
    return run;
}

/// What the store says of its identity source (view v1_identity_source).
struct SourceRecord {
    SourceKind kind = SourceKind::directory;
    std::string identity;  ///< label, e.g. `active_directory:corp.example.com`; empty: directory
    std::vector<std::pair<std::string, ObjectGuid>> domains;  ///< name and identity of each domain (1.2)
    RowId store_id;
    Time since{};
    bool change_pending = false;
    bool operator==(const SourceRecord&) const = default;
};

/// Receives the state at start, in this order: objects by rising node, edges by group and member, user
/// and group rows, what went through the guards by time. Called on the store's thread.
class StateSink {
public:
    virtual ~StateSink() = default;
    virtual void object(const MirrorRow& row) = 0;
    /// Containers only, behind all objects.
    virtual void container_dn(Node node, std::string_view dn) = 0;
    virtual void edge(Edge edge) = 0;
    virtual void user_row(Node node, std::uint64_t hash, NameKey user_name, NameKey email, Status status,
                          ScopeState scope, std::optional<Time> out_since) = 0;
    virtual void group_row(Node node, std::uint64_t hash, NameKey display_name, ScopeState scope,
                           std::optional<Time> out_since) = 0;
    virtual void guard_count(const GuardCount& count) = 0;
};

/// What the store knows of the time (semantics 5.13).
struct StoredTime {
    std::optional<Time> certain;  ///< when it last took something in while time was certain
    bool in_doubt = false;        ///< it is since: the first cycle that knows the time decides everybody
    bool pause_in_doubt = false;  ///< when the pause began: its clock has not started
    bool operator==(const StoredTime&) const = default;
};

/// The small part of the state, as values.
struct StoredFacts {
    StateStamp state = 0;
    Cursor cursor;
    SourceRecord source;
    std::vector<Pin> pins;
    std::vector<Hold> holds;
    std::vector<Approval> approvals;
    std::vector<EntityError> errors;
    std::vector<Reverted> reverted;  ///< sorted by object
    std::uint64_t users = 0;
    std::uint64_t groups = 0;
    std::uint64_t memberships = 0;
    std::uint64_t assignments = 0;
    Node next_node = 0;
    bool paused = false;
    std::optional<Time> paused_since;
    Pauser paused_by;  ///< while it is paused
    std::optional<RunRecord> last_run;
    std::string settings_fingerprint;  ///< of the settings the store was computed with
    StoredTime time;
    std::vector<Node> damaged;  ///< filled by `load`: objects whose row is not what was written
};

/// One transaction (semantics 5.7): all of it or nothing.
struct Commit {
    std::uint64_t from_generation =
        0;  ///< compare-and-set: refused with cursor_moved when the store has another
    std::optional<StateStamp> from_state;  ///< likewise; nullopt: whoever commits keeps nothing in memory
    std::optional<Cursor> cursor;  ///< generation from_generation + 1; nullopt: the mirror did not move
    std::optional<SourceRecord> source;
    const MirrorDelta* mirror = nullptr;
    const Plan* plan = nullptr;  ///< its `holds` replace what is stored; approvals without effect are dropped
    std::optional<std::vector<Pin>> pins;
    std::optional<std::string> settings_fingerprint;
    std::vector<std::string> approvals_used;
    std::optional<std::vector<Reverted>> reverted;  ///< replaces what is stored; sorted by object
    GuardTally tally;                ///< kept with what it counts; nothing is written for its sake
    std::optional<StoredTime> time;  ///< alone it is worth a transaction when doubt begins or ends
    RunRecord run;
};

/// A row as stored, by node.
struct StoredUser {
    Node node = no_node;
    RowId id;
    UserRow row;
};
struct StoredGroup {
    Node node = no_node;
    RowId id;
    GroupRow row;
};

/// A value of a view.
using Value = std::variant<std::monostate, std::int64_t, std::string>;
struct Rows {
    std::vector<std::string> columns;
    std::vector<std::vector<Value>> rows;
};
/// A read of one v1_ view. Column names are checked against the view.
struct ViewQuery {
    std::string view;                                         ///< "v1_users", ...
    std::vector<std::pair<std::string, std::string>> equals;  ///< text columns compared without case
    std::optional<std::int64_t> after_seq;                    ///< v1_changes: seq above this
    std::string order_by;                                     ///< a column; `-column` for descending
    std::int64_t limit = -1;
    std::int64_t offset = 0;
};

class AdminStore;
class SourceStore;
class HistoryStore;
class RowReader;

/// An identity store. Blocking on purpose: the engine calls it on the store thread, one call at a time.
/// No exception leaves it. On any error the store is as it was before the call.
class IdentityStore {
public:
    virtual ~IdentityStore() = default;

    /// Whether the store still is what this process opened: store_unavailable, with what to do, once its
    /// files were deleted, replaced or taken away (semantics 5.18). Every other call fails likewise then.
    /// Looks at names only: any thread, any time.
    virtual Result<void> present() const = 0;

    virtual Result<StoredFacts> load(StateSink& sink) = 0;
    /// The facts alone, for control commands.
    virtual Result<StoredFacts> facts() = 0;
    /// Gives the facts that the commit leads to, of the same moment: those of before when there was nothing
    /// to write. internal: the mirror would give the number of an object to another one.
    virtual Result<StoredFacts> commit(const Commit& commit) = 0;

    /// Rows by node, in rising order of nodes; nodes without a row are left out.
    virtual Result<std::vector<StoredUser>> users(std::span<const Node> nodes) = 0;
    virtual Result<std::vector<StoredGroup>> groups(std::span<const Node> nodes) = 0;
    /// Members of store groups, sorted by group and user.
    virtual Result<std::vector<Edge>> members_of(std::span<const Node> groups) = 0;
    /// Store groups of users, as edges sorted by group and user.
    virtual Result<std::vector<Edge>> groups_of(std::span<const Node> users) = 0;

    /// Runs `work`, whose reads all see one state of the store, and cost less than one by one. `work` writes
    /// nothing. A store that cannot be read says so in each of them.
    virtual void read_together(const std::function<void()>& work) { work(); }

    /// DN and packed attributes from the mirror, for each node in the order given. Missing: empty texts.
    struct MirrorText {
        std::string dn;
        std::string attributes;
        bool damaged = false;  ///< not what was written, by the hash of the row: the texts are empty
    };
    virtual Result<std::vector<MirrorText>> mirror_texts(std::span<const Node> nodes) = 0;

    /// A run that read or wrote nothing of the directory's: failures, and outcomes that changed.
    virtual Result<void> record_run(const RunRecord& run) = 0;
    /// Pauses, or with nullopt resumes. `in_doubt`: time is when the pause begins, whose clock does not run
    /// so far (semantics 4.5). `run` is recorded with it, unless nothing changes.
    virtual Result<void> set_paused(std::optional<Time> since, bool in_doubt, const RunRecord& run) = 0;
    /// Approves what the hold has of `only` (users or groups, of memberships either side); empty: all of it.
    /// Gives the hold with what is approved now. not_found: unknown id, or nobody of `only` is held under it.
    /// Approving twice is approving once; another part is approved besides. `run` says who approves, when and
    /// why, and is recorded with it.
    virtual Result<Hold> approve(const std::string& hold_id, const RunRecord& run,
                                 std::span<const ObjectGuid> only = {}) = 0;
    virtual Result<void> set_source(const SourceRecord& source) = 0;
    /// Deletes journal lines and runs older than `before`.
    virtual Result<void> prune_journal(Time before) = 0;

    /// Other faces of the same store, under the same rules of calling.
    virtual AdminStore& admin() = 0;
    virtual SourceStore& sources() = 0;
    virtual HistoryStore& history() = 0;
    virtual RowReader& rows() = 0;

    /// A view as SQL readers see it. The program itself reads rows by `rows`.
    virtual Result<Rows> query(const ViewQuery& query) = 0;
    /// Checks the whole store (`PRAGMA integrity_check`, foreign keys). The error names the first fault.
    virtual Result<void> check_integrity() = 0;
    /// Looks through the next part of the store for damaged pages, for about `patience` at most; true: that
    /// was the last part. On damage, store_unavailable with the first fault and what to do: from then on
    /// `present` and every other call fail likewise, so that nothing is written (semantics 5.18).
    virtual Result<bool> check_part(std::chrono::milliseconds patience) = 0;
};

}  // namespace dirsync::sync
