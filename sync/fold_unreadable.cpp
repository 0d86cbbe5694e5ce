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
    const auto& until = context_.unchanged_until;
    if (!context_.whole || entry.usn == 0 || entry.domain >= until.size() || entry.usn > until[entry.domain])
        return;
    const Mirror& mirror = context_.mirror;
    const auto& unread = context_.quarantined;
    // Whoever could not be read then may have changed before.
    const bool was_read = is_known_as(entry, node) && !mirror.is_missing(node) && !mirror.is_followed(node) &&
                          !std::binary_search(unread.begin(), unread.end(), entry.guid);
    if (was_read) mark(unchanged_, node);
}

void Fold::note_shown(DomainIndex domain, const AttributesView& attributes) {
    const auto [at, is_first] = not_shown_.try_emplace(domain, context_.attributes);
    auto& indexes = at->second;
    if (is_first) std::iota(indexes.begin(), indexes.end(), AttributeNames::Index{0});
    // Nearly all are shown by the first few users.
    std::erase_if(indexes, [&attributes](AttributeNames::Index index) { return attributes.has(index); });
}

bool Fold::is_unreadable(DomainIndex domain, AttributeNames::Index index) const {
    if (domain >= context_.unreadable.size()) return false;
    const auto& listed = context_.unreadable[domain];
    return std::find(listed.begin(), listed.end(), index) != listed.end();
}

std::vector<Node> Fold::doubtful() {
    flush_containers();
    std::vector<Node> nodes;
    for (const auto& upsert : upserts_) {
        const MirrorRow& row = upsert.row;
        const bool told_before = context_.mirror.exists(row.node) && context_.mirror.hash(row.node) != 0;
        const bool hides = !context_.whole && row.kind == EntryKind::user &&
                           row.domain < context_.unreadable.size() &&
                           !context_.unreadable[row.domain].empty();
        if (told_before && (is_marked(unchanged_, row.node) || hides)) nodes.push_back(row.node);
    }
    std::sort(nodes.begin(), nodes.end());
    return nodes;
}

bool Fold::keep_unreadable(MirrorUpsert& upsert, std::string_view before) {
    const AttributesView was(before);
    const AttributesView is(upsert.attributes);
    const bool unchanged = is_marked(unchanged_, upsert.row.node);
    std::vector<AttributeNames::Index> kept;
    for (std::size_t i = 0; i < context_.attributes; ++i) {
        const auto index = static_cast<AttributeNames::Index>(i);
        if (is.has(index) || !was.has(index)) continue;
        const bool keeps =
            unchanged ? !was.any_of(index, names_an_object) : is_unreadable(upsert.row.domain, index);
        if (keeps) kept.push_back(index);
    }
    if (kept.empty()) return false;
    AttributesBuilder merged;
    for (std::size_t i = 0; i < context_.attributes; ++i) {
        const auto index = static_cast<AttributeNames::Index>(i);
        const bool from_before = std::binary_search(kept.begin(), kept.end(), index);
        for (const auto value : (from_before ? was : is).values(index)) merged.add(index, value);
    }
    for (const auto index : kept) ++kept_[{upsert.row.domain, upsert.row.kind, index}];
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

/// A list that came empty from a group that did not change, while a member that was in it, and did not
/// change either, is there to be seen.
void Fold::keep_unreadable_lists() {
    const Mirror& mirror = context_.mirror;
    boost::unordered_flat_set<Node> unreadable;
    for (const Edge edge : lost_) {
        const bool contradicts = is_marked(unchanged_, edge.group) && is_marked(unchanged_, edge.member) &&
                                 member_lists_.at(edge.group).empty();
        if (contradicts && unreadable.insert(edge.group).second) ++lists_kept_[mirror.domain(edge.group)];
    }
    std::erase_if(lost_, [&](Edge edge) { return unreadable.contains(edge.group); });
}

/// Marks groups of which only the members changed, and those whose lists are not as a whole read brought
/// them; ends the marks of what a whole read found as it was, when something is written anyway. Nothing of
/// this is a change to anybody.
void Fold::note_followed(MirrorDelta& delta) const {
    const Mirror& mirror = context_.mirror;
    auto& updates = delta.row_updates;
    if (context_.whole) {
        auto unmarked = not_as_read_;
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
        result.push_back({domain, kind, index, entries, of_everybody});
    }
    for (const auto& [domain, groups] : lists_kept_)
        result.push_back({domain, EntryKind::group, std::nullopt, groups, false});
    return result;
}

}  // namespace dirsync::sync
