#include "core/dn.hpp"
#include "sync/fold.hpp"

// Below which container an object stands (semantics 5.2).
namespace dirsync::sync {

void Folding::flush_containers() {
    if (waiting_containers_.empty()) return;
    places_.clear();
    for (const auto& entry : waiting_containers_) {
        seen_.set(node_of(entry.guid));
        if (const auto parsed = Dn::parse(entry.dn)) containers_[parsed->key()] = node_of(entry.guid);
    }
    auto entries = std::move(waiting_containers_);
    waiting_containers_.clear();
    for (auto& entry : entries) fold_in(std::move(entry));
}

Folding::Place Folding::place_of(const std::string& dn) {
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
            // A container that this read does not show is where it was: no user leaves it because the account
            // may not read it (semantics 5.2).
            place.container = unread;
        } else if (!roots_.contains(parsed->key())) {
            // What stands right above is not a container here: the nearest container further up counts.
            place.container = place_of(above).container;
            place.is_exact = false;
        }
    }
    places_.emplace(above, place);
    return place;
}

Folding::Place Folding::place_of(const std::string& dn, Node node) {
    Place place = place_of(dn);
    if (place.is_exact) return place;
    if (const auto parsed = Dn::parse(dn); parsed && roots_.contains(parsed->key())) return {};
    const Mirror& mirror = context_.mirror;
    if (!mirror.exists(node)) return place;
    // The container that it was in may have another name by now, which the account may not read.
    const Node before = mirror.parent(node);
    const bool is_unread = before != no_node && mirror.exists(before) && !is_seen(before);
    if (is_unread) place.container = before;
    return place;
}

/// A look-up may bring a container after what is below it.
void Folding::place_again() {
    if (containers_.empty() || not_placed_.empty()) return;
    const auto put = [this](MirrorRow& row, const std::string& dn) {
        const Place place = place_of(dn, row.node);
        if (!place.is_exact) return false;
        row.parent = place.container;
        row.unplaced = false;
        return true;
    };
    boost::unordered_flat_set<Node> placed;
    for (auto& row : row_updates_) {
        const auto found = not_placed_.find(row.node);
        if (found != not_placed_.end() && put(row, found->second)) placed.insert(row.node);
    }
    for (const auto& [node, dn] : not_placed_) {
        if (const auto upsert = upsert_at_.find(node); upsert != upsert_at_.end()) {
            put(upserts_[upsert->second].row, dn);
        } else if (!placed.contains(node)) {
            MirrorRow row = context_.mirror.row(node);
            if (!put(row, dn)) continue;
            row_updates_.push_back(row);
            placed.insert(node);
        }
    }
    std::erase_if(confirmed_, [&placed](const MirrorRow& row) { return placed.contains(row.node); });
}

}  // namespace dirsync::sync
