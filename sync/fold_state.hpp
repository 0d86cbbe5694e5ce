#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include "model/seams/identity_store.hpp"
#include "model/seams/look_up.hpp"
#include "model/settings.hpp"
#include "sync/folded.hpp"
#include "sync/mirror.hpp"
#include "sync/name_resolver.hpp"
#include "sync/stored_index.hpp"

namespace dirsync::sync {

/// What the fold of a read starts from. References outlive the fold.
struct FoldContext {
    const Mirror& mirror;
    const ScopeSettings& scope;               ///< its filters are bound to the names of the read
    std::vector<std::string> domain_names;    ///< DNS names by the mirror's DomainIndex
    std::vector<DomainIndex> domain_of_read;  ///< from the index that entries carry to the mirror's
    NameResolver* resolver = nullptr;         ///< sees every entry; may be null
    bool whole = true;                        ///< false: the read is one of changes
    std::size_t attributes = 0;               ///< how many names the read has
    /// By the mirror's DomainIndex: highestCommittedUSN of the DC that is read, before it was read whole
    /// the last time; 0: not known of this DC.
    std::vector<std::uint64_t> unchanged_until = {};
    std::vector<ObjectGuid> quarantined = {};  ///< objects that could not be decoded before; sorted
    /// By the mirror's DomainIndex: attributes of users that could not be read at the last whole read.
    std::vector<std::vector<AttributeNames::Index>> unreadable = {};
    const StoredIndex* stored = nullptr;    ///< the rows of the store; null: there are none
    std::vector<Edge> held_links = {};      ///< that waited for a proof before; sorted
    std::vector<Edge> approved_links = {};  ///< of them, those that an admin released; sorted
    std::vector<AttributeNames::Index> filter_attributes = {};  ///< that a filter of the scope names
};

/// A set of nodes that may hold all of them: one bit each.
class NodeMarks {
public:
    bool has(Node node) const { return node < bits_.size() && bits_[node]; }
    void set(Node node) {
        if (node >= bits_.size())
            bits_.resize(std::max<std::size_t>(node + std::size_t{1}, bits_.size() * 2));
        bits_[node] = true;
    }
    void clear(Node node) {
        if (has(node)) bits_[node] = false;
    }

private:
    std::vector<bool> bits_;
};

/// What a read tells of an object beside its entry. Most objects have none.
struct Sighting {
    bool gone = false;            ///< deleted
    bool given_up = false;        ///< gone without a proof: it is missing as well
    bool reborn = false;          ///< deleted, and back: its links of before are gone
    bool found_dead = false;      ///< by look-ups only: no change told of a tombstone
    bool dead_elsewhere = false;  ///< by the tombstone of another domain than its own
    bool invisible = false;       ///< neither visible nor a tombstone
    bool keeps_members = false;   ///< a group with members that its list lacks
};

/// What a read has told so far, handed on from one phase of a fold to the next (sync/fold.hpp).
class FoldState {
public:
    /// Nothing was taken at all.
    bool empty() const noexcept { return objects_ == 0; }
    std::uint64_t objects() const noexcept { return objects_; }
    /// Whether the read is one of the domain that the object is of: else its absence means nothing.
    bool reads_domain_of(Node node) const;
    /// True when the read delivered the object, decoded or quarantined.
    bool has_seen(const ObjectGuid& guid) const;
    /// True when the read told that the object was deleted, and nothing of it after that.
    bool has_lost(const ObjectGuid& guid) const;
    ObjectGuid guid_of(Node node) const { return row_of(node).guid; }
    /// Users with a row in the store that can be seen, `most` at most.
    std::vector<Node> some_stored_users(std::size_t most) const;

protected:
    explicit FoldState(FoldContext context);
    FoldState(FoldState&&) = default;
    ~FoldState() = default;

    /// no_node: neither the mirror nor this read knows the object.
    Node known_node(const ObjectGuid& guid) const;
    /// As the read has it, or else the mirror.
    MirrorRow row_of(Node node) const;
    /// The row that the read has of the object; nullptr: none.
    const MirrorRow* upserted(Node node) const;
    /// The domain that the object is of, as the read or else the mirror has it.
    DomainIndex home_of(Node node, DomainIndex otherwise) const;
    bool has_row(const ObjectGuid& guid) const;
    /// Given up without a proof, and its row was not removed so far.
    bool waits_for_removal(Node node) const;
    bool is_seen(Node node) const { return seen_.has(node); }
    Sighting sighting_of(Node node) const;
    bool is_gone(Node node) const { return sighting_of(node).gone; }
    /// In the mirror, and not to be seen now: nothing tells what became of it.
    bool is_hidden(Node node) const;
    /// Of an entry that is as it was: whether what hangs on other things is so, too.
    bool is_same_row(const MirrorRow& row) const;
    /// Whether a filter of the scope brings the user in. Notes which filters matched.
    bool matches_filter(const MirrorRow& row, const AttributesView& attributes);

    /// The whole list of the group as the read has it, or else the mirror.
    std::span<const Node> list_of(Node group) const;
    /// Works out what the lists that came add and lack.
    void compare_lists();
    /// False for a group that is new, or that was out of sight: what changed meanwhile is not told.
    bool knows_members(Node group) const;
    /// Of an object that may be a member of a store group, as the read tells it: the next read has it in the
    /// mirror, and judges alike.
    bool is_somebody(Node member) const;
    /// A list lacks a member that can be seen. What DirSync told of the link itself is proof.
    bool is_alive_and_lost(Edge edge) const;
    /// Of those: the list came empty, or nothing changed in the group, so that it proves nothing. An object
    /// that was no user or group before comes into a group by a proof only.
    bool is_doubtful(Edge edge) const;
    /// A change told of a new link, and the list that was read after it lacks the member: it left at once, or
    /// a part of the list cannot be read.
    bool is_told_and_lost(Edge edge) const;

    FoldContext context_;
    std::uint64_t objects_ = 0;
    boost::unordered_flat_map<ObjectGuid, Node> new_nodes_;
    Node next_node_;

    NodeMarks seen_;
    boost::unordered_flat_map<Node, Sighting> sightings_;
    // Objects that could not be decoded before and that the mirror does not have:
    boost::unordered_flat_set<ObjectGuid> dead_unknown_;  // deleted
    boost::unordered_flat_set<ObjectGuid> nobody_;        // told as neither user nor group
    boost::unordered_flat_set<ObjectGuid> asked_;         // by look-ups
    /// Objects of which only the fate was asked for: their lists may still be asked for.
    boost::unordered_flat_set<ObjectGuid> fate_asked_;

    boost::unordered_flat_map<Node, std::size_t> upsert_at_;
    std::vector<MirrorUpsert> upserts_;
    boost::unordered_flat_set<Node> as_before_;  // upserts that are none, with what was kept
    std::vector<MirrorRow> row_updates_;
    std::vector<MirrorRow> confirmed_;
    std::vector<QuarantinedEntry> quarantined_;

    NodeMarks told_;            // groups whose lists came
    NodeMarks list_unchanged_;  // since the last whole read, by uSNChanged
    boost::unordered_flat_map<Node, std::vector<Node>> member_lists_;  // that differ from the mirror
    std::vector<bool> shows_members_ = std::vector<bool>(256);         // domains: some list has a member
    std::vector<Edge> added_;                                          // by lists, sorted
    std::vector<Edge> lost_;                                           // by lists, sorted
    boost::unordered_flat_map<Edge, bool> edge_changes_;               // true: added; the last word counts
    boost::unordered_flat_set<Edge> not_listed_;    // told as added, by lists read after that
    boost::unordered_flat_set<Edge> told_removed_;  // by DirSync, whatever a list says later
    boost::unordered_flat_set<Edge> held_;          // of the context
    boost::unordered_flat_map<Edge, LinkFate> link_fates_;

    NodeMarks unchanged_;  // entries, by their uSNChanged
    std::vector<bool> matching_filters_;
    /// Users whom a filter brings in, with the attributes for want of which it does.
    boost::unordered_flat_map<Node, std::vector<AttributeNames::Index>> let_in_by_absence_;
    /// Of a whole read, by domain: users that tell their uSNChanged, and those that do not.
    std::map<DomainIndex, std::uint64_t> with_usn_;
    std::map<DomainIndex, std::uint64_t> without_usn_;
    boost::unordered_flat_map<Node, DomainIndex> without_expiry_;  // users that do not tell when they expire
    /// Of a whole read, by domain: attributes that no user has shown so far, sorted.
    boost::unordered_flat_map<DomainIndex, std::vector<AttributeNames::Index>> not_shown_;
    std::set<LostValue> unproved_;
    /// Why something is kept that the read does not show, in the order in which an admin is told.
    enum class Kept : std::uint8_t { unchanged, unproved, out_of_filter, in_list };
    std::map<std::tuple<Kept, DomainIndex, EntryKind, AttributeNames::Index>, std::uint64_t> kept_;
};

}  // namespace dirsync::sync
