#include "sync/fold_state.hpp"

namespace dirsync::sync {
namespace {

bool brings_somebody(EntryKind kind) noexcept {
    return kind == EntryKind::user || kind == EntryKind::group || kind == EntryKind::foreign;
}

}  // namespace

FoldState::FoldState(FoldContext context)
    : context_(std::move(context)),
      next_node_(context_.mirror.next_node()),
      held_(context_.held_links.begin(), context_.held_links.end()),
      matching_filters_(context_.scope.user_filters.size()) {}

bool FoldState::reads_domain_of(Node node) const {
    const auto& domains = context_.domain_of_read;
    return std::find(domains.begin(), domains.end(), context_.mirror.domain(node)) != domains.end();
}

bool FoldState::has_seen(const ObjectGuid& guid) const {
    // What was told as nobody has a node all the same where a list names it later.
    const Node node = known_node(guid);
    return nobody_.contains(guid) || (node != no_node && is_seen(node));
}

bool FoldState::has_lost(const ObjectGuid& guid) const {
    const Node node = known_node(guid);
    return node == no_node ? dead_unknown_.contains(guid) : is_gone(node);
}

Node FoldState::known_node(const ObjectGuid& guid) const {
    if (const Node known = context_.mirror.find(guid); known != no_node) return known;
    const auto found = new_nodes_.find(guid);
    return found == new_nodes_.end() ? no_node : found->second;
}

const MirrorRow* FoldState::upserted(Node node) const {
    const auto found = upsert_at_.find(node);
    return found == upsert_at_.end() ? nullptr : &upserts_[found->second].row;
}

MirrorRow FoldState::row_of(Node node) const {
    const MirrorRow* row = upserted(node);
    return row == nullptr ? context_.mirror.row(node) : *row;
}

DomainIndex FoldState::home_of(Node node, DomainIndex otherwise) const {
    if (const MirrorRow* row = upserted(node); row != nullptr && row->kind != EntryKind::unknown)
        return row->domain;
    const Mirror& mirror = context_.mirror;
    const bool is_known = mirror.exists(node) && mirror.kind(node) != EntryKind::unknown;
    return is_known ? mirror.domain(node) : otherwise;
}

bool FoldState::has_row(const ObjectGuid& guid) const {
    const Node node = context_.mirror.find(guid);
    return node != no_node && context_.stored != nullptr &&
           (context_.stored->has_user(node) || context_.stored->has_group(node));
}

std::vector<Node> FoldState::some_stored_users(std::size_t most) const {
    std::vector<Node> users;
    const Mirror& mirror = context_.mirror;
    for (Node node = 0; context_.stored != nullptr && node < mirror.next_node() && users.size() < most;
         ++node) {
        const bool is_visible = mirror.exists(node) && mirror.kind(node) == EntryKind::user &&
                                !mirror.is_missing(node) && !mirror.is_deleted(node);
        if (is_visible && context_.stored->has_user(node)) users.push_back(node);
    }
    return users;
}

bool FoldState::waits_for_removal(Node node) const {
    const Mirror& mirror = context_.mirror;
    return mirror.is_deleted(node) && mirror.is_missing(node) && context_.stored != nullptr &&
           (context_.stored->has_user(node) || context_.stored->has_group(node));
}

Sighting FoldState::sighting_of(Node node) const {
    const auto found = sightings_.find(node);
    return found == sightings_.end() ? Sighting() : found->second;
}

bool FoldState::is_hidden(Node node) const {
    return sighting_of(node).invisible || (context_.mirror.is_missing(node) && !is_seen(node));
}

bool FoldState::is_same_row(const MirrorRow& row) const {
    const Mirror& mirror = context_.mirror;
    return mirror.parent(row.node) == row.parent && mirror.is_unplaced(row.node) == row.unplaced &&
           mirror.is_in_filter(row.node) == row.in_filter && mirror.domain(row.node) == row.domain &&
           !mirror.is_missing(row.node) && !mirror.is_deleted(row.node);
}

bool FoldState::matches_filter(const MirrorRow& row, const AttributesView& attributes) {
    if (row.kind != EntryKind::user) return false;
    // A name that a conflict made takes no user out.
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

std::span<const Node> FoldState::list_of(Node group) const {
    const auto list = member_lists_.find(group);
    return list == member_lists_.end() ? context_.mirror.members(group) : std::span<const Node>(list->second);
}

void FoldState::compare_lists() {
    added_.clear();
    lost_.clear();
    for (const auto& [group, list] : member_lists_) {
        const auto before = context_.mirror.members(group);
        auto old = before.begin();
        auto now = list.begin();
        while (old != before.end() || now != list.end()) {
            if (now == list.end() || (old != before.end() && *old < *now)) {
                lost_.push_back({group, *old++});
            } else if (old == before.end() || *now < *old) {
                added_.push_back({group, *now++});
            } else {
                ++old;
                ++now;
            }
        }
    }
    std::sort(added_.begin(), added_.end());
    std::sort(lost_.begin(), lost_.end());
}

bool FoldState::knows_members(Node group) const {
    const Mirror& mirror = context_.mirror;
    return mirror.exists(group) && mirror.kind(group) == EntryKind::group && !mirror.is_missing(group) &&
           !mirror.is_deleted(group);
}

bool FoldState::is_somebody(Node member) const { return brings_somebody(row_of(member).kind); }

bool FoldState::is_alive_and_lost(Edge edge) const {
    const Mirror& mirror = context_.mirror;
    if (!is_somebody(edge.member)) return false;
    if (!reads_domain_of(edge.member) && !is_seen(edge.member)) return false;
    if (is_gone(edge.group) || is_gone(edge.member) || told_removed_.contains(edge)) return false;
    // A deleted user whose removal a guard holds: every list loses that user.
    if (mirror.is_deleted(edge.member) && !is_seen(edge.member)) return false;
    return !is_hidden(edge.member);
}

bool FoldState::is_doubtful(Edge edge) const {
    const bool was_somebody = brings_somebody(context_.mirror.kind(edge.member));
    return was_somebody && is_alive_and_lost(edge) &&
           (member_lists_.at(edge.group).empty() || list_unchanged_.has(edge.group) || held_.contains(edge));
}

bool FoldState::is_told_and_lost(Edge edge) const {
    const auto list = member_lists_.find(edge.group);
    const bool is_listed = list != member_lists_.end() &&
                           std::binary_search(list->second.begin(), list->second.end(), edge.member);
    return !is_listed && !edge_changes_.contains(edge) && !is_gone(edge.group) && !is_gone(edge.member) &&
           is_somebody(edge.member);
}

}  // namespace dirsync::sync
