#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "model/clock.hpp"
#include "sync/fold_state.hpp"

namespace dirsync::sync {

// Takes one read in, entry by entry, and finds what it changes in the mirror; entries that are as they were
// cost a hash and are forgotten at once. The mirror itself is not touched: a read that breaks is undone by
// dropping the fold (semantics 5.1). After a read of changes objects that did not come are as they were.
//
// A fold goes through phases, each of which takes the one before:
//     Folding    takes the read
//     Settling   asks what became of objects that the read lacks, and takes what look-ups bring
//     Proving    asks for proofs of links and values that are not shown any more
//     LettingIn  keeps out users whom a filter brings in only because something is hidden
//     Folded     is what the read changes

/// Takes the entries of a read.
class Folding : public EntrySink, public FoldState {
public:
    explicit Folding(FoldContext context);

    void take(Entry&& entry) override;
    void take(QuarantinedEntry&& entry) override;
    void take(MemberChanges&& changes) override;
    void take_deleted(const ObjectGuid& guid, DomainIndex domain) override;
    void take_unseen(const ObjectGuid& guid) override;

protected:
    friend class Proving;
    /// What the next phase takes over: nothing is taken any more.
    FoldState&& all_taken();

    struct Place {
        Node container = no_node;
        bool is_exact = true;  ///< false: nothing is known of what stands right above
    };

    Node node_of(const ObjectGuid& guid);
    Node node_for_member(const MemberRef& member, DomainIndex domain);
    void note_foreign(Node node);
    Place place_of(const std::string& dn);
    Place place_of(const std::string& dn, Node node);
    void place_again();
    bool reads_several_domains() const noexcept { return context_.domain_of_read.size() > 1; }
    bool is_known_as(const Entry& entry, Node node) const;
    bool is_known_group(const Entry& entry) const;
    bool is_told_as_another_kind(const Entry& entry, Node node) const;
    const char* why_unusable(const Entry& entry, Node node) const;
    static void make_nobody(Entry& entry);
    bool is_alive(Node node) const;
    void note_alive(Node node, DomainIndex domain);
    void note_usn(const Entry& entry, Node node);
    void note_expiry(const Entry& entry, Node node);
    void note_shown(DomainIndex domain, const AttributesView& attributes);
    void note_absence(const MirrorRow& row, const AttributesView& attributes);
    void flush_containers();
    void fold_in(Entry&& entry);
    void fold_in(QuarantinedEntry&& entry);
    MirrorRow row_of_entry(const Entry& entry, Node node, const AttributesView& attributes);
    void note_unchanged(const MirrorRow& row);
    void fill_in(MirrorRow& row, const Entry& entry) const;
    void take_members(Node group, DomainIndex domain, const std::vector<MemberRef>& members);

    bool looks_up_ = false;                         // what is taken comes by look-ups
    boost::unordered_flat_set<std::string> roots_;  // normalized DNs of the domains
    std::vector<Entry> waiting_containers_;
    boost::unordered_flat_map<std::string, Node> containers_;  // by normalized DN
    boost::unordered_flat_map<std::string, Place> places_;     // by DN text as sent of what is above
    /// DNs of what changes and look-ups told, below what was not told before it.
    boost::unordered_flat_map<Node, std::string> not_placed_;
    std::vector<ObjectGuid> unseen_;
    std::vector<ObjectGuid> without_list_;
    /// Where several domains are read, in which of them objects were seen alive after all tombstones there.
    boost::unordered_flat_set<std::pair<Node, DomainIndex>> alive_in_;
};

/// Finds out what became of objects that the read lacks: asks for them until none is left. Takes what the
/// look-ups bring.
class Settling : public Folding {
public:
    explicit Settling(Folding&& read);

    /// The objects whose fate is to be asked for. Of a whole read: users, groups and containers of its
    /// domains that the mirror has and the read lacked. Of changes: objects that were reported but not seen;
    /// members that a group's list lacks now, since an account that cannot see a member cannot see the
    /// membership; groups that came without their members and are new to the mirror; the groups of objects
    /// that were deleted or missing and are back; groups of which links are held; where several domains are
    /// read, objects that were told to be deleted, for they may live in another one; and, unless they are
    /// very many, objects that are missing or could not be decoded, for they may be visible again, and, once
    /// containers were told, objects whose place is not known. Again after each `settle`, as what a look-up
    /// brings raises questions of its own, until none is left: no object is asked for twice.
    std::vector<ObjectGuid> absent();
    /// What the look-ups said of them (semantics 5.2). The entry of an `alive` one, and the tombstone of a
    /// `deleted` one, were taken in the meantime.
    void settle(std::span<const ObjectGuid> guids, std::span<const Fate> fates);

private:
    std::vector<ObjectGuid> groups_to_read_again() const;
    std::vector<ObjectGuid> absent_from_all() const;
    std::vector<ObjectGuid> absent_from_changes();
    void append_untold(std::vector<ObjectGuid>& guids);
    void append_maybe_visible_again(std::vector<ObjectGuid>& guids) const;
    void append_lists_to_read(std::vector<ObjectGuid>& guids);
    std::vector<ObjectGuid> lost_members() const;
};

/// Asks for proofs that links and values have ended which are not shown any more, in either order.
class Proving : public FoldState {
public:
    explicit Proving(Settling&& settled);

    /// Sorted: links that lists lack though both ends are there to be seen. Only a list that came empty, or
    /// lacks a member though its group did not change since the last whole read, needs a proof; any other one
    /// is believed unless the member still names the group (semantics 5.15).
    std::vector<Link> doubtful_links() const;
    /// What the directory says of them.
    void settle_links(std::span<const Link> links, std::span<const LinkFate> fates);

    /// Sorted: objects that differ and are to be compared with their attributes in the mirror.
    std::vector<Node> doubtful() const;
    /// Of some of them, with their packed attributes in the mirror: attributes that the entry of a user or
    /// group lacks now, though the object did change. They are gone, or the account may not read them any
    /// more.
    std::vector<LostValue> lost_values(std::span<const Node> doubtful,
                                       std::span<const std::string_view> before) const;
    /// A filter of the scope names the attribute and brings the user in or out by this read.
    bool is_lost_to_filter(const LostValue& lost) const;
    /// They are hidden, or nothing proves that they are not: `keep_unreadable` keeps them.
    void keep_unproved(std::span<const LostValue> unproved);
    /// Some of them with their packed attributes in the mirror. What an entry lacks without a reason stays as
    /// it was; what names another object may end without one, and may go.
    void keep_unreadable(std::span<const Node> doubtful, std::span<const std::string_view> before);

private:
    bool is_unreadable(const MirrorRow& row, AttributeNames::Index index) const;
    bool keep_unreadable(MirrorUpsert& upsert, std::string_view before);
};

/// Keeps out users whom a filter of the scope brings in only because something is hidden; then ends the fold.
class LettingIn : public FoldState {
public:
    explicit LettingIn(Proving&& proved) : FoldState(std::move(proved)) {}

    /// Users whom a filter of the scope brings in by this read, only because they lack these attributes:
    /// those may be hidden from the account. Sorted.
    std::vector<LostValue> let_in_by_absence() const;
    /// They are hidden, or may be: the filter does not bring these users in.
    void keep_out(std::span<const LostValue> hidden);

    /// `approved`: absent objects that an admin released. `unproven_deletion`: as in SafetySettings; while
    /// time is in doubt it neither begins nor ends.
    Folded finish(const Clock& clock, std::span<const ObjectGuid> approved, Limit unproven_deletion) &&;
};

}  // namespace dirsync::sync
