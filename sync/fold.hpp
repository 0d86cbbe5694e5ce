#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include "sync/mirror.hpp"
#include "sync/name_resolver.hpp"
#include "sync/ports.hpp"
#include "sync/settings.hpp"
#include "sync/stored_index.hpp"

namespace dirsync::sync {

/// What changed between two states of the mirror, for `affected`.
struct MirrorChanges {
    std::vector<Node> objects;  ///< new, changed, gone missing, visible again, proved deleted
    std::vector<Edge> edges;    ///< added and removed ones, those of deleted objects included
    bool containers = false;    ///< a container is new, gone, renamed or moved
};

/// Attributes that came no more from objects that did not change: the account lost the right to read them.
/// What was read before is kept (semantics 5.1).
struct Unreadable {
    DomainIndex domain = 0;
    EntryKind kind = EntryKind::user;
    std::optional<AttributeNames::Index> attribute;  ///< nullopt: the list of members
    std::uint64_t entries = 0;
    bool of_everybody = false;  ///< a whole read showed it of no user of the domain
};

struct Folded {
    MirrorDelta delta;
    MirrorChanges changes;
    std::vector<QuarantinedEntry> quarantined;
};

/// Of everything in an entry but its members: those are compared one by one. Never 0, which marks
/// placeholders that no read has shown.
std::uint64_t hash_of(const MirrorRow& row, std::string_view dn, std::string_view attributes);

/// Takes one read in, entry by entry, and finds what it changes in the mirror; entries that are as they were
/// cost a hash and are forgotten at once. The mirror itself is not touched: a read that breaks is undone by
/// dropping the fold (semantics 5.1). After a read of changes everybody who did not come is as they were.
class Fold : public EntrySink {
public:
    struct Context {
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
        std::vector<ObjectGuid> quarantined = {};  ///< sorted: whom that read could not decode
        /// By the mirror's DomainIndex: attributes of users that nobody could read at the last whole read.
        std::vector<std::vector<AttributeNames::Index>> unreadable = {};
        const StoredIndex* stored = nullptr;  ///< tells who was given up and has a row still; null: nobody
    };
    explicit Fold(Context context);

    void take(Entry&& entry) override;
    void take(QuarantinedEntry&& entry) override;
    void take(MemberChanges&& changes) override;
    void take_deleted(const ObjectGuid& guid, DomainIndex domain) override;
    void take_unseen(const ObjectGuid& guid) override;

    /// Whose fate is to be asked for, after the last entry. Of a whole read: users, groups and containers of
    /// its domains that the mirror has and the read lacked. Of changes: those that were reported but not
    /// seen, members that a group's list lacks now (whoever cannot see a member cannot see the membership),
    /// groups that came without their members and are new to the mirror, the groups of those who were deleted
    /// or missing and are back, where several domains are read whoever was told to be deleted: they may live in
    /// another one; and, unless they are very many, objects that are missing or could not be decoded: they may
    /// be visible again; once containers were told, those whose place is not known. Again after each `settle`, as what a
    /// look-up brings raises questions of its own, until nobody is left: nobody is asked for twice.
    std::vector<ObjectGuid> absent();
    /// Nothing was taken at all.
    bool empty() const noexcept { return objects_ == 0; }
    std::uint64_t objects() const noexcept { return objects_; }
    /// Whether the read is one of the domain that the object is of: else its absence means nothing.
    bool reads_domain_of(Node node) const;
    /// True when the read delivered the object, decoded or quarantined.
    bool has_seen(const ObjectGuid& guid) const;
    /// True when the read told that the object was deleted, and nothing of it after that.
    bool has_lost(const ObjectGuid& guid) const;

    /// What the look-ups said of them (semantics 5.2). An `alive` one, and the tombstone of a `deleted` one,
    /// were taken in the meantime.
    void settle(std::span<const ObjectGuid> guids, std::span<const Fate> fates);

    /// After `settle`, sorted: objects that are to be compared with their attributes in the mirror, since
    /// they differ though their uSNChanged did not move since they were read, or since some attributes cannot
    /// be read of anybody.
    std::vector<Node> doubtful();
    /// Some of them with their packed attributes in the mirror. What an entry lacks without a reason stays as
    /// it was; what names another object may end without one, and may go. Nothing but more of them and
    /// `finish` comes after it.
    void keep_unreadable(std::span<const Node> doubtful, std::span<const std::string_view> before);
    /// After `finish`.
    std::vector<Unreadable> unreadable() const;

    /// `approved`: absent objects that an admin released. `unproven_deletion`: as in SafetySettings.
    /// Ends the fold.
    Folded finish(Time now, std::span<const ObjectGuid> approved, Limit unproven_deletion);

private:
    Node known_node(const ObjectGuid& guid) const;
    Node node_of(const ObjectGuid& guid);
    Node node_for_member(const MemberRef& member, DomainIndex domain);
    void note_foreign(Node node);
    struct Place {
        Node container = no_node;
        bool is_exact = true;  ///< false: nothing is known of what stands right above
    };
    Place place_of(const std::string& dn);
    Place place_of(const Entry& entry, Node node);
    bool matches_filter(const MirrorRow& row, const AttributesView& attributes) const;
    bool is_same_row(const MirrorRow& row) const;
    /// The mirror has the object already, of this kind and in this domain.
    bool is_known_as(const Entry& entry, Node node) const;
    /// Given up without a proof, and its row was not removed so far.
    bool waits_for_removal(Node node) const;
    static bool is_marked(const std::vector<bool>& marks, Node node) {
        return node < marks.size() && marks[node];
    }
    static void mark(std::vector<bool>& marks, Node node);
    bool is_seen(Node node) const { return is_marked(seen_, node); }
    bool reads_several_domains() const noexcept { return context_.domain_of_read.size() > 1; }
    DomainIndex home_of(Node node, DomainIndex otherwise) const;
    bool is_alive(Node node) const;
    void note_alive(Node node, DomainIndex domain);
    bool has_row(const ObjectGuid& guid) const;
    void make_nobody(Entry& entry) const;
    void note_usn(const Entry& entry, Node node);
    void note_shown(DomainIndex domain, const AttributesView& attributes);
    bool is_unreadable(DomainIndex domain, AttributeNames::Index index) const;
    bool keep_unreadable(MirrorUpsert& upsert, std::string_view before);
    void keep_unreadable_lists();
    void note_followed(MirrorDelta& delta) const;
    bool knows_members(Node group) const;
    void flush_containers();
    void fold_in(Entry&& entry);
    void fold_in(QuarantinedEntry&& entry);
    void fill_in(MirrorRow& row, const Entry& entry) const;
    void take_members(Node group, DomainIndex domain, const std::vector<MemberRef>& members);
    void compare_lists();
    std::vector<ObjectGuid> absent_from_all() const;
    std::vector<ObjectGuid> absent_from_changes();
    void finish_edges(Folded& result);
    void forget_placeholders(Folded& result);

    Context context_;
    boost::unordered_flat_set<std::string> roots_;  // normalized DNs of the domains
    std::vector<bool> seen_;
    std::vector<bool> unchanged_;  // by their uSNChanged
    /// Of a whole read, by domain: attributes that no user has shown so far, sorted.
    boost::unordered_flat_map<DomainIndex, std::vector<AttributeNames::Index>> not_shown_;
    std::map<std::tuple<DomainIndex, EntryKind, AttributeNames::Index>, std::uint64_t> kept_;
    std::map<DomainIndex, std::uint64_t> lists_kept_;
    boost::unordered_flat_set<Node> not_as_read_;  // groups that keep members whom their lists lacked
    boost::unordered_flat_set<Node> as_before_;    // upserts that are none, with what was kept
    std::vector<Entry> waiting_containers_;
    boost::unordered_flat_map<ObjectGuid, Node> new_nodes_;
    boost::unordered_flat_map<std::string, Node> containers_;  // by normalized DN
    boost::unordered_flat_map<std::string, Place> places_;     // by DN text as sent of what is above
    boost::unordered_flat_map<Node, std::size_t> upsert_at_;
    std::vector<MirrorUpsert> upserts_;
    std::vector<MirrorRow> row_updates_;
    std::vector<MirrorRow> confirmed_;
    boost::unordered_flat_map<Node, std::vector<Node>>
        member_lists_;                                    // whole ones that differ from the mirror
    boost::unordered_flat_map<Edge, bool> edge_changes_;  // true: added; the last word counts
    std::vector<Edge> added_;                             // by those lists, sorted
    std::vector<Edge> lost_;                              // by those lists, sorted
    std::vector<QuarantinedEntry> quarantined_;
    boost::unordered_flat_set<Node> gone_;         // deleted
    boost::unordered_flat_set<Node> given_up_;     // of them, without a proof: `missing` as well
    boost::unordered_flat_set<Node> reborn_;       // deleted, and back
    /// Where several domains are read, in which of them objects were seen alive after all tombstones there.
    boost::unordered_flat_set<std::pair<Node, DomainIndex>> alive_in_;
    boost::unordered_flat_set<Node> dead_elsewhere_;      // by tombstones of other domains than their own
    boost::unordered_flat_set<ObjectGuid> dead_unknown_;  // quarantined, not in the mirror
    boost::unordered_flat_set<Node> listed_;       // groups whose whole list a read of changes brought
    boost::unordered_flat_set<Node> invisible_;    // neither visible nor a tombstone
    boost::unordered_flat_set<ObjectGuid> asked_;  // by look-ups
    std::vector<ObjectGuid> unseen_;
    std::vector<ObjectGuid> without_list_;
    bool looks_up_ = false;
    std::uint64_t objects_ = 0;
    Node next_node_;
};

}  // namespace dirsync::sync
