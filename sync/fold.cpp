#include "sync/fold.hpp"

#include <algorithm>

#include <xxhash.h>

#include "core/dn.hpp"

namespace dirsync::sync {

Fold::Fold(Context context)
    : context_(std::move(context)),
      matching_filters_(context_.scope.user_filters.size()),
      next_node_(context_.mirror.next_node()) {
    for (const auto& name : context_.domain_names) {
        if (const auto root = Dn::parse(base_dn_of(name))) roots_.insert(root->key());
    }
    held_.insert(context_.held_links.begin(), context_.held_links.end());
}

Node Fold::known_node(const ObjectGuid& guid) const {
    if (const Node known = context_.mirror.find(guid); known != no_node) return known;
    const auto found = new_nodes_.find(guid);
    return found == new_nodes_.end() ? no_node : found->second;
}

bool Fold::has_seen(const ObjectGuid& guid) const {
    const Node node = known_node(guid);
    return node == no_node ? nobody_.contains(guid) : is_seen(node);
}

Node Fold::node_of(const ObjectGuid& guid) {
    if (const Node known = context_.mirror.find(guid); known != no_node) return known;
    const auto [at, is_new] = new_nodes_.try_emplace(guid, next_node_);
    if (is_new) ++next_node_;
    return at->second;
}

Node Fold::node_for_member(const MemberRef& member, DomainIndex domain) {
    const Node node = node_of(member.guid);
    // Also somebody whose entry is in quarantine and was never in the mirror.
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

/// A foreign principal is there: nothing else is known of it but who lists it.
void Fold::note_foreign(Node node) {
    invisible_.erase(node);
    if (!context_.mirror.is_missing(node) || is_seen(node)) return;
    mark(seen_, node);
    MirrorRow row = context_.mirror.row(node);
    row.missing = false;
    row.missing_since.reset();
    row_updates_.push_back(row);
}

Fold::Place Fold::place_of(const std::string& dn) {
    const std::size_t end = end_of_first_rdn(dn);
    if (end == std::string::npos) return {};
    const std::string above = dn.substr(end);
    if (const auto known = places_.find(above); known != places_.end()) return known->second;
    Place place;
    if (const auto parsed = Dn::parse(above)) {
        if (const auto found = containers_.find(parsed->key()); found != containers_.end()) {
            place.container = found->second;
        } else if (const Node unread = context_.mirror.container(parsed->key());
                   unread != no_node && !is_seen(unread)) {
            // A container that this read does not show is where it was: that the account may not read it
            // moves nobody out of it (semantics 5.2).
            place.container = unread;
        } else if (!roots_.contains(parsed->key())) {
            // Below something that is no container to us: the nearest one above it counts.
            place.container = place_of(above).container;
            place.is_exact = false;
        }
    }
    places_.emplace(above, place);
    return place;
}

Fold::Place Fold::place_of(const Entry& entry, Node node) {
    Place place = place_of(entry.dn);
    if (place.is_exact) return place;
    if (const auto dn = Dn::parse(entry.dn); dn && roots_.contains(dn->key())) return {};
    const Mirror& mirror = context_.mirror;
    if (!mirror.exists(node)) return place;
    // The container that it was in may have another name by now, which the account may not read.
    const Node before = mirror.parent(node);
    const bool is_unread = before != no_node && mirror.exists(before) && !is_seen(before);
    if (is_unread) place.container = before;
    return place;
}

bool Fold::matches_filter(const MirrorRow& row, const AttributesView& attributes) {
    if (row.kind != EntryKind::user) return false;
    // A name that nobody gave takes nobody out.
    if (row.mangled && context_.mirror.exists(row.node) && context_.mirror.is_in_filter(row.node))
        return true;
    const auto& filters = context_.scope.user_filters;
    bool matches = false;
    for (std::size_t i = 0; i < filters.size(); ++i) {
        if (filters[i].domain != context_.domain_names[row.domain]) continue;
        if ((matches && matching_filters_[i]) || !filters[i].filter.matches(attributes)) continue;
        matches = true;
        matching_filters_[i] = true;
    }
    return matches;
}

void Fold::mark(std::vector<bool>& marks, Node node) {
    if (node >= marks.size()) marks.resize(std::max<std::size_t>(node + std::size_t{1}, marks.size() * 2));
    marks[node] = true;
}

bool Fold::is_known_as(const Entry& entry, Node node) const {
    const Mirror& mirror = context_.mirror;
    return mirror.exists(node) && mirror.kind(node) == entry.kind && mirror.domain(node) == entry.domain;
}

/// Of an entry that is as it was: whether what hangs on other things is so, too.
bool Fold::is_same_row(const MirrorRow& row) const {
    const Mirror& mirror = context_.mirror;
    return mirror.parent(row.node) == row.parent && mirror.is_unplaced(row.node) == row.unplaced &&
           mirror.is_in_filter(row.node) == row.in_filter && mirror.domain(row.node) == row.domain &&
           !mirror.is_missing(row.node) && !mirror.is_deleted(row.node);
}

void Fold::take(Entry&& entry) {
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

void Fold::take(QuarantinedEntry&& entry) {
    ++objects_;
    entry.domain = context_.domain_of_read[entry.domain];
    fold_in(std::move(entry));
}

void Fold::fold_in(QuarantinedEntry&& entry) {
    if (entry.guid) {
        const Node node = node_of(*entry.guid);
        // Unreadable, but there: whatever was told of it before.
        note_alive(node, entry.domain);
        if (const auto upsert = upsert_at_.find(node); upsert != upsert_at_.end())
            upserts_[upsert->second].row.deleted = false;
        const Mirror& mirror = context_.mirror;
        if (mirror.exists(node) && (mirror.is_deleted(node) || mirror.is_missing(node))) {
            MirrorRow row = mirror.row(node);
            row.deleted = row.missing = false;
            row.missing_since.reset();
            row_updates_.push_back(row);
        }
    }
    quarantined_.push_back(std::move(entry));
}

void Fold::take(MemberChanges&& changes) {
    ++objects_;
    const Node group = known_node(changes.group);
    if (group == no_node) return;
    for (const auto& member : changes.removed) {
        const Node node = known_node(member.guid);
        if (node == no_node) continue;
        edge_changes_[{group, node}] = false;
        told_removed_.insert({group, node});
    }
    const auto upsert = upsert_at_.find(group);
    const DomainIndex domain =
        upsert == upsert_at_.end() ? context_.mirror.domain(group) : upserts_[upsert->second].row.domain;
    for (const auto& member : changes.added) {
        const Edge edge{group, node_for_member(member, domain)};
        edge_changes_[edge] = true;
        told_removed_.erase(edge);
    }
}

void Fold::take_unseen(const ObjectGuid& guid) {
    ++objects_;
    if (context_.mirror.find(guid) != no_node) unseen_.push_back(guid);
}

void Fold::flush_containers() {
    if (waiting_containers_.empty()) return;
    places_.clear();
    for (const auto& entry : waiting_containers_) {
        mark(seen_, node_of(entry.guid));
        if (const auto parsed = Dn::parse(entry.dn)) containers_[parsed->key()] = node_of(entry.guid);
    }
    auto entries = std::move(waiting_containers_);
    waiting_containers_.clear();
    for (auto& entry : entries) fold_in(std::move(entry));
}

/// Every account has accountExpires. Where it cannot be read and was never told, the account may have expired
/// (semantics 5.14): of a new user, and of one whose row alone a revert brought back.
bool Fold::is_expiry_unknown(const Entry& entry, Node node) const {
    const bool was_told = is_known_as(entry, node) && !context_.mirror.is_untold(node);
    return entry.kind == EntryKind::user && !entry.expires && !was_told;
}

void Fold::fold_in(Entry&& entry) {
    if (entry.mangled && !has_row(entry.guid) && !is_known_group(entry)) make_nobody(entry);
    if (entry.kind == EntryKind::other && known_node(entry.guid) == no_node) {
        const auto& unread = context_.quarantined;
        if (std::binary_search(unread.begin(), unread.end(), entry.guid)) nobody_.insert(entry.guid);
        return;
    }
    const Node node = node_of(entry.guid);
    if (is_expiry_unknown(entry, node)) {
        fold_in(QuarantinedEntry{entry.guid, entry.kind, std::move(entry.dn),
                                 "accountExpires is missing, which dirsyncd's account may not read: a known "
                                 "user stays as it is, a new one is not created; give that account Read "
                                 "Property on it",
                                 entry.domain});
        return;
    }
    const AttributesView attributes(entry.attributes.bytes());
    if (context_.resolver != nullptr) {
        context_.resolver->consider(entry.guid, entry.kind, entry.domain, entry.dn, attributes);
    }
    if (context_.mirror.exists(node) && context_.mirror.kind(node) == EntryKind::foreign) {
        note_foreign(node);
        return;
    }
    note_usn(entry, node);
    if (entry.kind == EntryKind::group && !entry.members_known && !knows_members(node)) {
        without_list_.push_back(entry.guid);
    }
    note_alive(node, entry.domain);

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
    const Place place = place_of(entry, node);
    row.parent = place.container;
    // Where a group stands brings nobody in.
    row.unplaced = !place.is_exact && entry.kind != EntryKind::group;
    row.primary_group_rid = entry.primary_group_rid;
    row.expires = entry.expires.value_or(never_expires);
    row.sid = entry.sid;
    const Mirror& mirror = context_.mirror;
    if (is_known_as(entry, node)) fill_in(row, entry);
    row.hash = hash_of(row, entry.dn, entry.attributes.bytes());
    if (context_.whole && entry.kind == EntryKind::user) note_shown(entry.domain, attributes);

    const bool known = mirror.exists(node) && !upsert_at_.contains(node);
    const bool same_entry = known && mirror.hash(node) == row.hash;
    if (entry.members_known && (entry.kind == EntryKind::group || (known && !mirror.members(node).empty()))) {
        take_members(node, entry.domain, entry.members);
    }
    if (same_entry) {
        if (!is_same_row(row)) {
            row_updates_.push_back(row);
        } else if (context_.whole && mirror.is_followed(node)) {
            // That it has no place is certain only now.
            (row.unplaced ? row_updates_ : confirmed_).push_back(row);
        }
        return;
    }
    MirrorUpsert upsert{row, std::move(entry.dn), std::move(entry.attributes).take()};
    const auto [at, is_new] = upsert_at_.try_emplace(node, upserts_.size());
    if (is_new) {
        upserts_.push_back(std::move(upsert));
    } else {
        upserts_[at->second] = std::move(upsert);
    }
}

/// Every account has these from its first day: one that does not tell them cannot be read, and is as it was
/// (semantics 5.1). An expired leaver would be enabled again otherwise.
void Fold::fill_in(MirrorRow& row, const Entry& entry) const {
    const bool is_user = entry.kind == EntryKind::user;
    const bool tells_all = entry.sid && (!is_user || (entry.expires && entry.primary_group_rid != 0));
    if (tells_all || (!is_user && entry.kind != EntryKind::group)) return;
    const MirrorRow before = context_.mirror.row(row.node);
    if (!entry.sid) row.sid = before.sid;
    if (!is_user) return;
    if (!entry.expires) row.expires = before.expires;
    if (entry.primary_group_rid == 0) row.primary_group_rid = before.primary_group_rid;
}

Folded Fold::finish(const Clock& clock, std::span<const ObjectGuid> approved, Limit unproven_deletion) {
    flush_containers();
    const Mirror& mirror = context_.mirror;
    Folded result;
    // What was told of somebody before, in another domain, is not all that was told.
    const auto is_overtaken = [this](const MirrorRow& row) {
        return upsert_at_.contains(row.node) && !as_before_.contains(row.node);
    };
    std::erase_if(row_updates_, is_overtaken);
    std::erase_if(confirmed_, is_overtaken);
    settle_invisible(clock, approved, unproven_deletion);
    for (const Node node : gone_) {
        // What was new and is gone again within one read is an upsert already.
        if (!mirror.exists(node)) continue;
        const bool is_nobody = mirror.kind(node) != EntryKind::user && mirror.kind(node) != EntryKind::group;
        if (!is_nobody || has_row(mirror.guid(node))) {
            // Its row in the store may have to wait for a guard: the object stays, without links. Who was
            // given up without a proof keeps them, and stays for as long as it is missing: should it only
            // have been hidden, nobody tells its links again.
            MirrorRow row = mirror.row(node);
            row.deleted = true;
            // A revert brought the row of a mangled name back.
            if (is_nobody) row.kind = context_.stored->has_user(node) ? EntryKind::user : EntryKind::group;
            if (!given_up_.contains(node)) {
                row.missing = false;
                row.missing_since.reset();
            }
            row_updates_.push_back(row);
        } else if (mirror.kind(node) != EntryKind::unknown) {
            // Somebody of whom nothing is known but who lists them goes with the last list.
            result.delta.removed.push_back(node);
            result.changes.containers |= mirror.kind(node) == EntryKind::container;
        }
    }
    compare_lists();
    result.held_links = keep_doubtful_links();
    finish_edges(result);
    forget_placeholders(result);

    // `upsert_at_` is not valid any more after it.
    std::erase_if(upserts_,
                  [this](const MirrorUpsert& upsert) { return as_before_.contains(upsert.row.node); });
    leave_gone_containers();
    for (const auto& upsert : upserts_) {
        const Node node = upsert.row.node;
        result.changes.objects.push_back(node);
        result.changes.containers |= upsert.row.kind == EntryKind::container ||
                                     (mirror.exists(node) && mirror.kind(node) == EntryKind::container);
    }
    for (const auto& row : row_updates_) {
        result.changes.objects.push_back(row.node);
        result.changes.containers |= row.kind == EntryKind::container;
    }
    const auto by_node = [](const auto& a, const auto& b) { return a.node < b.node; };
    std::sort(upserts_.begin(), upserts_.end(),
              [&by_node](const MirrorUpsert& a, const MirrorUpsert& b) { return by_node(a.row, b.row); });
    result.delta.upserts = std::move(upserts_);
    result.delta.row_updates = std::move(row_updates_);
    note_followed(result.delta);
    std::stable_sort(result.delta.row_updates.begin(), result.delta.row_updates.end(), by_node);
    result.quarantined = std::move(quarantined_);
    return result;
}

}  // namespace dirsync::sync
