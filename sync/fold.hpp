#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include "model/clock.hpp"
#include "model/look_up.hpp"
#include "model/ports.hpp"
#include "model/settings.hpp"
#include "sync/mirror.hpp"
#include "sync/name_resolver.hpp"
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
    bool is_unproved = false;   ///< the permissions of the entries do not let the account read it
    bool keeps_out = false;     ///< a filter asks for it, and would bring these users in without it
};

/// An attribute that an entry shows no more, and showed at the last read.
struct LostValue {
    Node node = no_node;
    AttributeNames::Index attribute = 0;
    auto operator<=>(const LostValue&) const = default;
};

struct Folded {
    MirrorDelta delta;
    MirrorChanges changes;
    std::vector<QuarantinedEntry> quarantined;
    std::vector<Edge> held_links;  ///< kept though a list lacks them: nothing proves that they ended; sorted
};

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
        const StoredIndex* stored = nullptr;    ///< tells who was given up and has a row still; null: nobody
        std::vector<Edge> held_links = {};      ///< that waited for a proof before; sorted
        std::vector<Edge> approved_links = {};  ///< of them, those that an admin released; sorted
        std::vector<AttributeNames::Index> filter_attributes = {};  ///< that a filter of the scope names
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
    /// or missing and are back, groups of which links are held; where several domains are read whoever was
    /// told to be deleted: they may live in another one; and, unless they are very many, objects that are
    /// missing or could not be decoded: they may be visible again; once containers were told, those whose
    /// place is not known. Again after each `settle`, as what a look-up brings raises questions of its own,
    /// until nobody is left: nobody is asked for twice.
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

    /// After the last `settle`, sorted: links that lists lack though both ends are there to be seen. Only a
    /// list that came empty, or lacks somebody though nothing changed in the group, needs a proof; any other
    /// one is believed unless the member still names the group (semantics 5.15).
    std::vector<Link> doubtful_links();
    /// What the directory says of them.
    void settle_links(std::span<const Link> links, std::span<const LinkFate> fates);

    /// After `settle`, sorted: objects that differ and are to be compared with their attributes in the
    /// mirror.
    std::vector<Node> doubtful();
    /// Of some of them, with their packed attributes in the mirror: attributes that the entry of a user or
    /// group lacks now, though the object did change. They are gone, or the account may not read them any
    /// more.
    std::vector<LostValue> lost_values(std::span<const Node> doubtful,
                                       std::span<const std::string_view> before) const;
    /// A filter of the scope names the attribute and brings the user in or out by this read.
    bool is_lost_to_filter(const LostValue& lost) const;
    /// They are hidden, or nothing proves that they are not: `keep_unreadable` keeps them.
    void keep_unproved(std::span<const LostValue> unproved);
    ObjectGuid guid_of(Node node) const { return row_of(node).guid; }
    /// Users whom a filter of the scope brings in by this read, only because they lack these attributes:
    /// those may be hidden from the account. Sorted.
    std::vector<LostValue> let_in_by_absence() const;
    /// They are hidden, or may be: the filter does not bring these users in.
    void keep_out(std::span<const LostValue> hidden);
    /// Some of them with their packed attributes in the mirror. What an entry lacks without a reason stays as
    /// it was; what names another object may end without one, and may go. Nothing but more of them and
    /// `finish` comes after it.
    void keep_unreadable(std::span<const Node> doubtful, std::span<const std::string_view> before);
    /// After `finish`.
    std::vector<Unreadable> unreadable() const;
    /// Of each filter of the scope, in order: whether it brought somebody in by this read. After `finish`.
    const std::vector<bool>& matching_filters() const noexcept { return matching_filters_; }

    /// `approved`: absent objects that an admin released. `unproven_deletion`: as in SafetySettings; while
    /// time is in doubt it neither begins nor ends. Ends the fold.
    Folded finish(const Clock& clock, std::span<const ObjectGuid> approved, Limit unproven_deletion);

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
    bool matches_filter(const MirrorRow& row, const AttributesView& attributes);
    void note_absence(const MirrorRow& row, const AttributesView& attributes);
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
    bool is_known_group(const Entry& entry) const;
    void make_nobody(Entry& entry) const;
    void note_usn(const Entry& entry, Node node);
    void note_shown(DomainIndex domain, const AttributesView& attributes);
    bool is_unreadable(const MirrorRow& row, AttributeNames::Index index) const;
    bool keep_unreadable(MirrorUpsert& upsert, std::string_view before);
    void note_list(Node group, DomainIndex domain, bool shows_members);
    std::vector<ObjectGuid> groups_to_read_again() const;
    bool is_hidden(Node node) const;
    bool is_somebody(Node member) const;
    bool is_alive_and_lost(Edge edge) const;
    bool is_doubtful(Edge edge) const;
    std::vector<bool> blind_domains() const;
    std::vector<Edge> keep_doubtful_links();
    bool is_told_and_lost(Edge edge) const;
    void keep_told_links(std::vector<Edge>& held);
    MirrorRow row_of(Node node) const;
    void note_followed(MirrorDelta& delta) const;
    bool knows_members(Node group) const;
    bool is_only_looked_for(Node group) const;
    bool lists_still(Edge edge) const;
    void flush_containers();
    void fold_in(Entry&& entry);
    void fold_in(QuarantinedEntry&& entry);
    bool is_expiry_unknown(const Entry& entry, Node node) const;
    void fill_in(MirrorRow& row, const Entry& entry) const;
    void take_members(Node group, DomainIndex domain, const std::vector<MemberRef>& members);
    void compare_lists();
    std::vector<ObjectGuid> absent_from_all() const;
    std::vector<ObjectGuid> absent_from_changes();
    std::vector<ObjectGuid> lost_members() const;
    void settle_invisible(const Clock& clock, std::span<const ObjectGuid> approved, Limit unproven_deletion);
    void leave_gone_containers();
    void finish_edges(Folded& result);
    void forget_placeholders(Folded& result);

    Context context_;
    boost::unordered_flat_set<std::string> roots_;  // normalized DNs of the domains
    std::vector<bool> seen_;
    std::vector<bool> unchanged_;  // by their uSNChanged
    std::vector<bool> list_unchanged_;
    /// Of a whole read, by domain: attributes that no user has shown so far, sorted.
    boost::unordered_flat_map<DomainIndex, std::vector<AttributeNames::Index>> not_shown_;
    std::map<std::tuple<DomainIndex, EntryKind, AttributeNames::Index>, std::uint64_t> kept_;
    std::map<DomainIndex, std::uint64_t> lists_kept_;
    std::vector<bool> matching_filters_;
    std::set<LostValue> unproved_;
    boost::unordered_flat_map<Node, std::vector<AttributeNames::Index>> let_in_by_absence_;
    std::map<std::pair<DomainIndex, AttributeNames::Index>, std::uint64_t> kept_out_;
    std::map<std::tuple<DomainIndex, EntryKind, AttributeNames::Index>, std::uint64_t> unproved_kept_;
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
    boost::unordered_flat_set<Edge> not_listed_;          // told as added, by lists read after that
    boost::unordered_flat_set<Edge> told_removed_;        // by DirSync, whatever a list says later
    boost::unordered_flat_set<Edge> held_;                // of the context
    boost::unordered_flat_set<Node> told_;                // groups whose lists came
    boost::unordered_flat_map<Edge, LinkFate> link_fates_;
    std::vector<bool> shows_members_ = std::vector<bool>(256);  // domains: some list has somebody
    std::vector<QuarantinedEntry> quarantined_;
    boost::unordered_flat_set<Node> gone_;        // deleted
    boost::unordered_flat_set<Node> given_up_;    // of them, without a proof: `missing` as well
    boost::unordered_flat_set<Node> reborn_;      // deleted, and back
    boost::unordered_flat_set<Node> found_dead_;  // by look-ups only: no change told of a tombstone
    /// Where several domains are read, in which of them objects were seen alive after all tombstones there.
    boost::unordered_flat_set<std::pair<Node, DomainIndex>> alive_in_;
    boost::unordered_flat_set<Node> dead_elsewhere_;      // by tombstones of other domains than their own
    boost::unordered_flat_set<ObjectGuid> dead_unknown_;  // quarantined, not in the mirror
    boost::unordered_flat_set<ObjectGuid> nobody_;        // the same: told as neither user nor group
    boost::unordered_flat_set<Node> listed_;              // groups whose whole list a read of changes brought
    boost::unordered_flat_set<Node> invisible_;           // neither visible nor a tombstone
    boost::unordered_flat_set<ObjectGuid> asked_;         // by look-ups
    boost::unordered_flat_set<ObjectGuid> fate_asked_;    // of them, those whose lists nobody asked for
    std::vector<ObjectGuid> unseen_;
    std::vector<ObjectGuid> without_list_;
    bool looks_up_ = false;
    std::uint64_t objects_ = 0;
    Node next_node_;
};

}  // namespace dirsync::sync
