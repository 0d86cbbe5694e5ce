#include <algorithm>

#include "core/dn.hpp"
#include "sync/fold.hpp"

// What an entry lacks although its object did not change: not gone, but the account may not read it any more.
namespace dirsync::sync {
namespace {

/// A link that ends because its target was deleted leaves the uSNChanged of its object alone (MS-ADTS
/// 3.1.1.1.9), so that its absence proves nothing.
bool names_an_object(std::string_view value) {
    const auto dn = Dn::parse(value);
    return dn && dn->depth() > 1 && !dn->dns_domain().empty();
}

}  // namespace

bool Proving::is_unreadable(const MirrorRow& row, AttributeNames::Index index) const {
    if (context_.whole || row.kind != EntryKind::user || row.domain >= context_.unreadable.size())
        return false;
    const auto& listed = context_.unreadable[row.domain];
    return std::find(listed.begin(), listed.end(), index) != listed.end();
}

std::vector<Node> Proving::doubtful() const {
    std::vector<Node> nodes;
    for (const auto& upsert : upserts_) {
        const Node node = upsert.row.node;
        if (context_.mirror.exists(node) && context_.mirror.hash(node) > distrusted_hash)
            nodes.push_back(node);
    }
    std::sort(nodes.begin(), nodes.end());
    return nodes;
}

std::vector<LostValue> Proving::lost_values(std::span<const Node> doubtful,
                                            std::span<const std::string_view> before) const {
    DIRSYNC_ASSERT(doubtful.size() == before.size());
    std::vector<LostValue> lost;
    for (std::size_t i = 0; i < doubtful.size(); ++i) {
        const MirrorUpsert& upsert = upserts_[upsert_at_.at(doubtful[i])];
        const bool counts = upsert.row.kind == EntryKind::user || upsert.row.kind == EntryKind::group;
        if (!counts || unchanged_.has(doubtful[i])) continue;
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

bool Proving::is_lost_to_filter(const LostValue& lost) const {
    const MirrorRow& row = upserts_[upsert_at_.at(lost.node)].row;
    const auto& named = context_.filter_attributes;
    return std::binary_search(named.begin(), named.end(), lost.attribute) && row.kind == EntryKind::user &&
           context_.mirror.is_in_filter(lost.node) != row.in_filter;
}

void Proving::keep_unproved(std::span<const LostValue> unproved) {
    unproved_.insert(unproved.begin(), unproved.end());
}

bool Proving::keep_unreadable(MirrorUpsert& upsert, std::string_view before) {
    const AttributesView was(before);
    const AttributesView is(upsert.attributes);
    const bool unchanged = unchanged_.has(upsert.row.node);
    std::vector<AttributeNames::Index> kept;
    for (std::size_t i = 0; i < context_.attributes; ++i) {
        const auto index = static_cast<AttributeNames::Index>(i);
        if (is.has(index) || !was.has(index)) continue;
        const bool is_unproved = unproved_.contains({upsert.row.node, index});
        const bool is_hidden =
            unchanged ? !was.any_of(index, names_an_object) : is_unreadable(upsert.row, index);
        if (!is_unproved && !is_hidden) continue;
        kept.push_back(index);
        const Kept why = is_unproved ? Kept::unproved : Kept::unchanged;
        ++kept_[{why, upsert.row.domain, upsert.row.kind, index}];
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

void Proving::keep_unreadable(std::span<const Node> doubtful, std::span<const std::string_view> before) {
    DIRSYNC_ASSERT(doubtful.size() == before.size());
    for (std::size_t i = 0; i < doubtful.size(); ++i) {
        MirrorUpsert& upsert = upserts_[upsert_at_.at(doubtful[i])];
        if (!keep_unreadable(upsert, before[i])) continue;
        if (upsert.row.hash != context_.mirror.hash(upsert.row.node)) continue;
        as_before_.insert(upsert.row.node);
        if (!is_same_row(upsert.row)) row_updates_.push_back(upsert.row);
    }
}

std::vector<LostValue> LettingIn::let_in_by_absence() const {
    std::vector<LostValue> values;
    for (const auto& [node, attributes] : let_in_by_absence_) {
        const MirrorRow* row = upserted(node);
        if ((row != nullptr && !row->in_filter) || is_gone(node)) continue;
        for (const auto index : attributes) values.push_back({node, index});
    }
    std::sort(values.begin(), values.end());
    return values;
}

void LettingIn::keep_out(std::span<const LostValue> hidden) {
    boost::unordered_flat_set<Node> out;
    for (const auto& [node, attribute] : hidden) {
        if (out.insert(node).second)
            ++kept_[{Kept::out_of_filter, home_of(node, 0), EntryKind::user, attribute}];
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

}  // namespace dirsync::sync
