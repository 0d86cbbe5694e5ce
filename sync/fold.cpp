#include "sync/fold.hpp"

#include <algorithm>
#include <numeric>

#include "core/dn.hpp"
#include "core/sorted.hpp"

namespace dirsync::sync {
namespace {

constexpr const char* expiry_is_missing =
    "accountExpires is missing, which dirsyncd's account may not read: a known user stays as it is, a new "
    "one "
    "is not created; give that account Read Property on it";

constexpr const char* control_is_missing =
    "userAccountControl is missing, which dirsyncd's account may not read: a known user stays as enabled or "
    "disabled as it was, a new one is not created; give that account Read Property on it";

constexpr const char* kind_changed =
    "it is told as a group and was a user, or the other way round, which no object becomes: it stays as it "
    "was";

}  // namespace

Folding::Folding(FoldContext context) : FoldState(std::move(context)) {
    for (const auto& name : context_.domain_names) {
        if (const auto root = Dn::parse(base_dn_of(name))) roots_.insert(root->key());
    }
}

Node Folding::node_of(const ObjectGuid& guid) {
    if (const Node known = context_.mirror.find(guid); known != no_node) return known;
    const auto [at, is_new] = new_nodes_.try_emplace(guid, next_node_);
    if (is_new) ++next_node_;
    return at->second;
}

Node Folding::node_for_member(const MemberRef& member, DomainIndex domain) {
    const Node node = node_of(member.guid);
    // Also an object whose entry is in quarantine and was never in the mirror.
    const bool is_new = !context_.mirror.exists(node);
    const bool turns_foreign =
        member.foreign_sid &&
        (is_new || (context_.mirror.kind(node) == EntryKind::unknown && !is_seen(node)));
    if ((is_new || turns_foreign) && !upsert_at_.contains(node)) {
        MirrorUpsert placeholder;
        placeholder.row.node = node;
        placeholder.row.guid = member.guid;
        if (member.foreign_sid) {
            // It is an object of the group's domain.
            placeholder.row.kind = EntryKind::foreign;
            placeholder.row.domain = domain;
            placeholder.row.sid = member.foreign_sid;
        }
        upsert_at_[node] = upserts_.size();
        upserts_.push_back(std::move(placeholder));
    }
    if (!is_new && member.foreign_sid) note_foreign(node);
    return node;
}

/// A foreign principal is there: nothing else is known of it but the groups that list it.
void Folding::note_foreign(Node node) {
    if (const auto told = sightings_.find(node); told != sightings_.end()) told->second.invisible = false;
    if (!context_.mirror.is_missing(node) || is_seen(node)) return;
    seen_.set(node);
    MirrorRow row = context_.mirror.row(node);
    row.missing = false;
    row.missing_since.reset();
    row_updates_.push_back(row);
}

bool Folding::is_known_as(const Entry& entry, Node node) const {
    const Mirror& mirror = context_.mirror;
    return mirror.exists(node) && mirror.kind(node) == entry.kind && mirror.domain(node) == entry.domain;
}

void Folding::take(Entry&& entry) {
    ++objects_;
    entry.domain = context_.domain_of_read[entry.domain];
    if (entry.kind == EntryKind::container) {
        // A parent may come after its child: names first, then places.
        waiting_containers_.push_back(std::move(entry));
        return;
    }
    flush_containers();
    fold_in(std::move(entry));
}

void Folding::take(QuarantinedEntry&& entry) {
    ++objects_;
    entry.domain = context_.domain_of_read[entry.domain];
    fold_in(std::move(entry));
}

void Folding::fold_in(QuarantinedEntry&& entry) {
    if (entry.guid) {
        const Node node = node_of(*entry.guid);
        // Unreadable, but there: whatever was told of it before.
        note_alive(node, entry.domain);
        if (const auto upsert = upsert_at_.find(node); upsert != upsert_at_.end())
            upserts_[upsert->second].row.deleted = false;
        const Mirror& mirror = context_.mirror;
        const bool exists = mirror.exists(node);
        const bool is_as_read =
            exists && mirror.kind(node) != EntryKind::unknown && !mirror.is_followed(node);
        if (exists && (is_as_read || mirror.is_deleted(node) || mirror.is_missing(node))) {
            MirrorRow row = mirror.row(node);
            row.deleted = row.missing = false;
            row.missing_since.reset();
            // What changed before this read is not told, although its uSNChanged is behind the read.
            row.followed = true;
            row_updates_.push_back(row);
        }
    }
    quarantined_.push_back(std::move(entry));
}

void Folding::take(MemberChanges&& changes) {
    ++objects_;
    const Node group = known_node(changes.group);
    const MirrorRow* row = group == no_node ? nullptr : upserted(group);
    // Of a group whose entry cannot be decoded, and never could, nothing is known.
    const bool is_known = group != no_node && (row != nullptr || context_.mirror.exists(group));
    if (!is_known) return;
    for (const auto& member : changes.removed) {
        const Node node = known_node(member.guid);
        if (node == no_node) continue;
        edge_changes_[{group, node}] = false;
        told_removed_.insert({group, node});
    }
    const DomainIndex domain = row == nullptr ? context_.mirror.domain(group) : row->domain;
    for (const auto& member : changes.added) {
        const Edge edge{group, node_for_member(member, domain)};
        edge_changes_[edge] = true;
        told_removed_.erase(edge);
    }
}

void Folding::take_unseen(const ObjectGuid& guid) {
    ++objects_;
    if (context_.mirror.find(guid) != no_node) unseen_.push_back(guid);
}

FoldState&& Folding::all_taken() {
    flush_containers();
    place_again();
    return std::move(*this);
}

/// Every account has userAccountControl and accountExpires. Where one cannot be read and was never told, the
/// account may be a leaver's (semantics 5.14): of a new user, and of one whose row alone a revert brought
/// back.
const char* Folding::why_unusable(const Entry& entry, Node node) const {
    if (is_told_as_another_kind(entry, node)) return kind_changed;
    const bool was_told = is_known_as(entry, node) && !context_.mirror.is_untold(node);
    if (entry.kind != EntryKind::user || was_told) return nullptr;
    if (!entry.control_known) return control_is_missing;
    return entry.expires ? nullptr : expiry_is_missing;
}

/// No object changes between user and group, as its structural class stays (MS-ADTS 3.1.1.5.3.5): a server
/// that says so is not believed.
bool Folding::is_told_as_another_kind(const Entry& entry, Node node) const {
    const auto is_row = [](EntryKind kind) { return kind == EntryKind::user || kind == EntryKind::group; };
    const Mirror& mirror = context_.mirror;
    return mirror.exists(node) && is_row(entry.kind) && is_row(mirror.kind(node)) &&
           mirror.kind(node) != entry.kind;
}

void Folding::fold_in(Entry&& entry) {
    if (entry.mangled && !has_row(entry.guid) && !is_known_group(entry)) make_nobody(entry);
    if (entry.kind == EntryKind::other && known_node(entry.guid) == no_node) {
        const auto& unread = context_.quarantined;
        if (std::binary_search(unread.begin(), unread.end(), entry.guid)) nobody_.insert(entry.guid);
        return;
    }
    const Node node = node_of(entry.guid);
    if (const char* unusable = why_unusable(entry, node)) {
        fold_in(QuarantinedEntry{entry.guid, entry.kind, std::move(entry.dn), unusable, entry.domain});
        return;
    }
    // Listed; what else it tells, such as an expiry, counts all the same (semantics 3.4).
    if (!entry.control_known)
        quarantined_.push_back({entry.guid, entry.kind, entry.dn, control_is_missing, entry.domain});
    const AttributesView attributes(entry.attributes.bytes());
    if (context_.resolver != nullptr) {
        context_.resolver->consider(entry.guid, entry.kind, entry.domain, entry.dn, attributes);
    }
    const Mirror& mirror = context_.mirror;
    if (mirror.exists(node) && mirror.kind(node) == EntryKind::foreign) {
        note_foreign(node);
        return;
    }
    note_usn(entry, node);
    if (entry.kind == EntryKind::group && !entry.members_known && !knows_members(node)) {
        without_list_.push_back(entry.guid);
    }
    note_alive(node, entry.domain);
    if (entry.kind == EntryKind::user) note_expiry(entry, node);
    if (context_.whole && entry.kind == EntryKind::user)
        ++(entry.usn == 0 ? without_usn_ : with_usn_)[entry.domain];
    MirrorRow row = row_of_entry(entry, node, attributes);
    if (context_.whole && entry.kind == EntryKind::user) note_shown(entry.domain, attributes);

    const bool known = mirror.exists(node) && !upsert_at_.contains(node);
    if (entry.members_known && (entry.kind == EntryKind::group || (known && !mirror.members(node).empty()))) {
        take_members(node, entry.domain, entry.members);
    }
    if (known && mirror.hash(node) == row.hash) {
        note_unchanged(row);
        return;
    }
    const auto [at, is_new] = upsert_at_.try_emplace(node, upserts_.size());
    if (is_new) upserts_.emplace_back();
    upserts_[at->second] = {std::move(row), std::move(entry.dn), std::move(entry.attributes).take()};
}

MirrorRow Folding::row_of_entry(const Entry& entry, Node node, const AttributesView& attributes) {
    MirrorRow row;
    row.node = node;
    row.guid = entry.guid;
    row.kind = entry.kind;
    row.domain = entry.domain;
    row.disabled = entry.disabled;
    row.mangled = entry.mangled;
    row.in_filter = matches_filter(row, attributes);
    note_absence(row, attributes);
    row.followed = !context_.whole;
    const Place place = place_of(entry.dn, node);
    if (!place.is_exact && (looks_up_ || !context_.whole)) {
        not_placed_[node] = entry.dn;
    } else if (!not_placed_.empty()) {
        not_placed_.erase(node);
    }
    row.parent = place.container;
    // The container of a group never brings it into the scope.
    row.unplaced = !place.is_exact && entry.kind != EntryKind::group;
    row.primary_group_rid = entry.primary_group_rid;
    row.expires = entry.expires.value_or(never_expires);
    row.sid = entry.sid;
    if (is_known_as(entry, node)) fill_in(row, entry);
    row.hash = hash_of(row, entry.dn, entry.attributes.bytes());
    return row;
}

/// The entry is as it was; what hangs on others may not be so.
void Folding::note_unchanged(const MirrorRow& row) {
    if (!is_same_row(row)) {
        row_updates_.push_back(row);
    } else if (context_.whole && context_.mirror.is_followed(row.node)) {
        // That it has no place is certain only now.
        (row.unplaced ? row_updates_ : confirmed_).push_back(row);
    }
}

/// Every account has these from its first day: one that does not tell them cannot be read, and is as it was
/// (semantics 5.1). An expired leaver would be enabled again otherwise.
void Folding::fill_in(MirrorRow& row, const Entry& entry) const {
    const bool is_user = entry.kind == EntryKind::user;
    const bool tells_all =
        entry.sid && (!is_user || (entry.expires && entry.primary_group_rid != 0 && entry.control_known));
    if (tells_all || (!is_user && entry.kind != EntryKind::group)) return;
    const MirrorRow before = context_.mirror.row(row.node);
    if (!entry.sid) row.sid = before.sid;
    if (!is_user) return;
    if (!entry.expires) row.expires = before.expires;
    if (!entry.control_known) row.disabled = before.disabled;
    if (entry.primary_group_rid == 0) row.primary_group_rid = before.primary_group_rid;
}

void Folding::take_members(Node group, DomainIndex domain, const std::vector<MemberRef>& members) {
    std::vector<Node> list;
    list.reserve(members.size());
    for (const auto& member : members) list.push_back(node_for_member(member, domain));
    sort_once(list);
    if (!edge_changes_.empty()) {
        // The list was read after them, and counts; unless it shows a part only.
        erase_if(edge_changes_, [&](const auto& change) {
            const auto& [edge, is_added] = change;
            if (edge.group != group) return false;
            const auto before = context_.mirror.members(group);
            const bool is_known = std::binary_search(before.begin(), before.end(), edge.member);
            const bool is_listed = std::binary_search(list.begin(), list.end(), edge.member);
            if (is_added && !is_known && !is_listed) not_listed_.insert(edge);
            return true;
        });
    }
    told_.set(group);
    if (!list.empty()) shows_members_[domain] = true;
    if (std::ranges::equal(list, context_.mirror.members(group))) {
        member_lists_.erase(group);
    } else {
        member_lists_[group] = std::move(list);
    }
}

void Folding::note_usn(const Entry& entry, Node node) {
    if (entry.usn == 0) return;
    // Of what is told twice, changed meanwhile or of two domains, the last counts.
    list_unchanged_.clear(node);
    unchanged_.clear(node);
    const auto& until = context_.unchanged_until;
    if (entry.domain >= until.size() || entry.usn > until[entry.domain]) return;
    if (!is_known_as(entry, node)) return;
    const Mirror& mirror = context_.mirror;
    const auto& unread = context_.quarantined;
    // An object that the whole read did not show, or not decodable, may have changed before it.
    const bool was_hidden = (mirror.is_missing(node) && mirror.is_followed(node)) ||
                            (mirror.is_deleted(node) && !waits_for_removal(node));
    const bool was_unread =
        mirror.is_followed(node) && std::binary_search(unread.begin(), unread.end(), entry.guid);
    // No link came since, whatever else was told: it would have moved the uSNChanged. What went before a read
    // that did not show the group looks like a part of its list: it wants a proof as well. A group without a
    // row is believed, for what is held of it is not remembered, and might bring somebody in later.
    const bool has_gap = was_hidden || was_unread;
    if (!has_gap || has_row(entry.guid)) list_unchanged_.set(node);
    if (!has_gap && !mirror.is_followed(node)) unchanged_.set(node);
}

/// Of what is told twice the last counts.
void Folding::note_expiry(const Entry& entry, Node node) {
    if (entry.expires) {
        if (!without_expiry_.empty()) without_expiry_.erase(node);
    } else {
        without_expiry_[node] = entry.domain;
    }
}

void Folding::note_shown(DomainIndex domain, const AttributesView& attributes) {
    const auto [at, is_first] = not_shown_.try_emplace(domain, context_.attributes);
    auto& indexes = at->second;
    if (is_first) std::iota(indexes.begin(), indexes.end(), AttributeNames::Index{0});
    // Nearly all are shown by the first few users.
    std::erase_if(indexes, [&attributes](AttributeNames::Index index) { return attributes.has(index); });
}

void Folding::note_absence(const MirrorRow& row, const AttributesView& attributes) {
    let_in_by_absence_.erase(row.node);
    const Mirror& mirror = context_.mirror;
    const bool is_new = row.in_filter && !(mirror.exists(row.node) && mirror.is_in_filter(row.node));
    if (!is_new) return;
    std::vector<AttributeNames::Index> lacking;
    for (const auto& wanted : context_.scope.user_filters) {
        if (wanted.domain != context_.domain_names[row.domain] || !wanted.filter.matches(attributes))
            continue;
        const auto by_this = wanted.filter.brought_in_by_lack_of(attributes);
        if (by_this.empty()) return;
        lacking.insert(lacking.end(), by_this.begin(), by_this.end());
    }
    sort_once(lacking);
    let_in_by_absence_.emplace(row.node, std::move(lacking));
}

}  // namespace dirsync::sync
