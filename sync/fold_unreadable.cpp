#include <algorithm>
#include <numeric>

#include "core/dn.hpp"
#include "sync/fold.hpp"

// What an entry lacks although its object did not change: not gone, but not ours to read any more.
namespace dirsync::sync {
namespace {

/// A link that ends because its target was deleted leaves the uSNChanged of its object alone (MS-ADTS
/// 3.1.1.1.9), so that its absence proves nothing.
bool names_an_object(std::string_view value) {
    const auto dn = Dn::parse(value);
    return dn && dn->depth() > 1 && !dn->dns_domain().empty();
}

}  // namespace

void Fold::note_usn(const Entry& entry, Node node) {
    if (entry.usn == 0) return;
    // Of what is told twice, changed meanwhile or of two domains, the last counts.
    for (auto* marks : {&list_unchanged_, &unchanged_}) {
        if (is_marked(*marks, node)) (*marks)[node] = false;
    }
    const auto& until = context_.unchanged_until;
    if (entry.domain >= until.size() || entry.usn > until[entry.domain]) return;
    const Mirror& mirror = context_.mirror;
    const auto& unread = context_.quarantined;
    // An object that the whole read did not show, or not decodable, may have changed before it.
    const bool was_hidden = mirror.exists(node) && ((mirror.is_missing(node) && mirror.is_followed(node)) ||
                                                    (mirror.is_deleted(node) && !waits_for_removal(node)));
    const bool was_read = is_known_as(entry, node) && !was_hidden &&
                          !std::binary_search(unread.begin(), unread.end(), entry.guid);
    if (!was_read) return;
    // No link came since, whatever else was told: it would have moved the uSNChanged.
    mark(list_unchanged_, node);
    if (!mirror.is_followed(node)) mark(unchanged_, node);
}

void Fold::note_shown(DomainIndex domain, const AttributesView& attributes) {
    const auto [at, is_first] = not_shown_.try_emplace(domain, context_.attributes);
    auto& indexes = at->second;
    if (is_first) std::iota(indexes.begin(), indexes.end(), AttributeNames::Index{0});
    // Nearly all are shown by the first few users.
    std::erase_if(indexes, [&attributes](AttributeNames::Index index) { return attributes.has(index); });
}

bool Fold::is_unreadable(const MirrorRow& row, AttributeNames::Index index) const {
    if (context_.whole || row.kind != EntryKind::user || row.domain >= context_.unreadable.size())
        return false;
    const auto& listed = context_.unreadable[row.domain];
    return std::find(listed.begin(), listed.end(), index) != listed.end();
}

std::vector<Node> Fold::doubtful() {
    flush_containers();
    std::vector<Node> nodes;
    for (const auto& upsert : upserts_) {
        const Node node = upsert.row.node;
        if (context_.mirror.exists(node) && context_.mirror.hash(node) > distrusted_hash)
            nodes.push_back(node);
    }
    std::sort(nodes.begin(), nodes.end());
    return nodes;
}

std::vector<LostValue> Fold::lost_values(std::span<const Node> doubtful,
                                         std::span<const std::string_view> before) const {
    DIRSYNC_ASSERT(doubtful.size() == before.size());
    std::vector<LostValue> lost;
    for (std::size_t i = 0; i < doubtful.size(); ++i) {
        const MirrorUpsert& upsert = upserts_[upsert_at_.at(doubtful[i])];
        const bool counts = upsert.row.kind == EntryKind::user || upsert.row.kind == EntryKind::group;
        if (!counts || is_marked(unchanged_, doubtful[i])) continue;
        const AttributesView was(before[i]);
        const AttributesView is(upsert.attributes);
        for (std::size_t at = 0; at < context_.attributes; ++at) {
            const auto index = static_cast<AttributeNames::Index>(at);
            // Of what cannot be read of anybody, nothing has to be asked: it is kept.
            const bool is_lost = was.has(index) && !is.has(index) && !is_unreadable(upsert.row, index);
            if (is_lost) lost.push_back({doubtful[i], index});
        }
    }
    return lost;
}

bool Fold::is_lost_to_filter(const LostValue& lost) const {
    const MirrorRow& row = upserts_[upsert_at_.at(lost.node)].row;
    const auto& named = context_.filter_attributes;
    return std::binary_search(named.begin(), named.end(), lost.attribute) && row.kind == EntryKind::user &&
           context_.mirror.is_in_filter(lost.node) != row.in_filter;
}

void Fold::keep_unproved(std::span<const LostValue> unproved) {
    unproved_.insert(unproved.begin(), unproved.end());
}

void Fold::note_absence(const MirrorRow& row, const AttributesView& attributes) {
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
    std::sort(lacking.begin(), lacking.end());
    lacking.erase(std::unique(lacking.begin(), lacking.end()), lacking.end());
    let_in_by_absence_.emplace(row.node, std::move(lacking));
}

std::vector<LostValue> Fold::let_in_by_absence() const {
    std::vector<LostValue> values;
    for (const auto& [node, attributes] : let_in_by_absence_) {
        const auto upsert = upsert_at_.find(node);
        const bool is_out = upsert != upsert_at_.end() && !upserts_[upsert->second].row.in_filter;
        if (is_out || gone_.contains(node)) continue;
        for (const auto index : attributes) values.push_back({node, index});
    }
    std::sort(values.begin(), values.end());
    return values;
}

void Fold::keep_out(std::span<const LostValue> hidden) {
    boost::unordered_flat_set<Node> out;
    for (const auto& [node, attribute] : hidden) {
        if (out.insert(node).second) ++kept_out_[{home_of(node, 0), attribute}];
    }
    for (auto& upsert : upserts_) {
        if (out.contains(upsert.row.node)) upsert.row.in_filter = false;
    }
    for (auto& row : row_updates_) {
        if (out.contains(row.node)) row.in_filter = false;
    }
    std::erase_if(row_updates_, [&](const MirrorRow& row) {
        const bool is_as_before = out.contains(row.node) && is_same_row(row) && !row.unplaced;
        if (is_as_before && context_.whole && context_.mirror.is_followed(row.node))
            confirmed_.push_back(row);
        return is_as_before;
    });
}

bool Fold::keep_unreadable(MirrorUpsert& upsert, std::string_view before) {
    const AttributesView was(before);
    const AttributesView is(upsert.attributes);
    const bool unchanged = is_marked(unchanged_, upsert.row.node);
    std::vector<AttributeNames::Index> kept;
    for (std::size_t i = 0; i < context_.attributes; ++i) {
        const auto index = static_cast<AttributeNames::Index>(i);
        if (is.has(index) || !was.has(index)) continue;
        const bool is_unproved = unproved_.contains({upsert.row.node, index});
        const bool is_hidden =
            unchanged ? !was.any_of(index, names_an_object) : is_unreadable(upsert.row, index);
        if (is_unproved) ++unproved_kept_[{upsert.row.domain, upsert.row.kind, index}];
        if (is_hidden && !is_unproved) ++kept_[{upsert.row.domain, upsert.row.kind, index}];
        if (is_unproved || is_hidden) kept.push_back(index);
    }
    if (kept.empty()) return false;
    AttributesBuilder merged;
    for (std::size_t i = 0; i < context_.attributes; ++i) {
        const auto index = static_cast<AttributeNames::Index>(i);
        const bool from_before = std::binary_search(kept.begin(), kept.end(), index);
        for (const auto value : (from_before ? was : is).values(index)) merged.add(index, value);
    }
    upsert.attributes = std::move(merged.pack()).take();
    upsert.row.in_filter = matches_filter(upsert.row, AttributesView(upsert.attributes));
    upsert.row.hash = hash_of(upsert.row, upsert.dn, upsert.attributes);
    return true;
}

void Fold::keep_unreadable(std::span<const Node> doubtful, std::span<const std::string_view> before) {
    DIRSYNC_ASSERT(doubtful.size() == before.size());
    for (std::size_t i = 0; i < doubtful.size(); ++i) {
        MirrorUpsert& upsert = upserts_[upsert_at_.at(doubtful[i])];
        if (!keep_unreadable(upsert, before[i])) continue;
        if (upsert.row.hash != context_.mirror.hash(upsert.row.node)) continue;
        as_before_.insert(upsert.row.node);
        if (!is_same_row(upsert.row)) row_updates_.push_back(upsert.row);
    }
}

/// Marks groups of which only the members changed, those whose lists are not as a whole read brought them,
/// and whom a whole read lacked; ends the marks of what a whole read found as it was, when something is
/// written anyway. Nothing of this is a change to anybody.
void Fold::note_followed(MirrorDelta& delta) const {
    const Mirror& mirror = context_.mirror;
    auto& updates = delta.row_updates;
    if (context_.whole) {
        auto unmarked = not_as_read_;
        unmarked.insert(invisible_.begin(), invisible_.end());
        for (const Node node : delta.removed) unmarked.erase(node);
        const auto mark_it = [&](MirrorRow& row) { row.followed |= unmarked.erase(row.node) > 0; };
        for (auto& upsert : delta.upserts) mark_it(upsert.row);
        for (auto& row : updates) mark_it(row);
        for (const Node group : unmarked) {
            if (mirror.is_followed(group)) continue;
            updates.push_back(mirror.row(group));
            updates.back().followed = true;
        }
        for (const auto& row : confirmed_) {
            if (!delta.empty() && !not_as_read_.contains(row.node)) updates.push_back(row);
        }
    } else {
        boost::unordered_flat_set<Node> told;
        for (const auto& upsert : delta.upserts) told.insert(upsert.row.node);
        for (const auto& row : updates) told.insert(row.node);
        told.insert(delta.removed.begin(), delta.removed.end());
        for (const auto* edges : {&delta.edges_added, &delta.edges_removed}) {
            for (const Edge edge : *edges) {
                if (!mirror.exists(edge.group) || mirror.is_followed(edge.group)) continue;
                if (!told.insert(edge.group).second) continue;
                updates.push_back(mirror.row(edge.group));
                updates.back().followed = true;
            }
        }
    }
}

std::vector<Unreadable> Fold::unreadable() const {
    std::vector<Unreadable> result;
    for (const auto& [key, entries] : kept_) {
        const auto& [domain, kind, index] = key;
        const auto hidden = not_shown_.find(domain);
        const bool of_everybody = kind == EntryKind::user && hidden != not_shown_.end() &&
                                  std::binary_search(hidden->second.begin(), hidden->second.end(), index);
        result.push_back({domain, kind, index, entries, of_everybody, false, false});
    }
    for (const auto& [key, entries] : unproved_kept_) {
        const auto& [domain, kind, index] = key;
        result.push_back({domain, kind, index, entries, false, true, false});
    }
    for (const auto& [key, users] : kept_out_)
        result.push_back({key.first, EntryKind::user, key.second, users, false, false, true});
    for (const auto& [domain, groups] : lists_kept_)
        result.push_back({domain, EntryKind::group, std::nullopt, groups, false, false, false});
    return result;
}

}  // namespace dirsync::sync
