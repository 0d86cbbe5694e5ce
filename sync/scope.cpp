#include "sync/scope.hpp"

#include <algorithm>

#include "sync/name_resolver.hpp"

namespace dirsync::sync {
namespace {

Node as_member(const Mirror& mirror, Node member) {
    return mirror.kind(member) == EntryKind::foreign ? mirror.target_of(member) : member;
}

bool is_live_group(const Mirror& mirror, Node node) {
    return node != no_node && mirror.exists(node) && mirror.kind(node) == EntryKind::group &&
           !mirror.is_deleted(node);
}

/// Nearly always there are none.
inline bool is_one_of(std::span<const Edge> links, Edge link) {
    return !links.empty() && std::binary_search(links.begin(), links.end(), link);
}

}  // namespace

void append_direct_groups(const Mirror& mirror, Node member, bool primary_group, std::vector<Node>& groups) {
    const auto listed = mirror.listed_in(member);
    groups.insert(groups.end(), listed.begin(), listed.end());
    for (const Node foreign : mirror.foreigns_of(member)) {
        const auto above = mirror.listed_in(foreign);
        groups.insert(groups.end(), above.begin(), above.end());
    }
    if (primary_group && mirror.kind(member) == EntryKind::user) {
        if (const Node primary = mirror.primary_group(member); primary != no_node) groups.push_back(primary);
    }
}

ScopeView::ScopeView(const Mirror& mirror, const ScopeSettings& scope, std::span<const Node> nodes,
                     std::span<const Node> also_excluded, std::vector<bool> active)
    : active_(std::move(active)), primary_group_(scope.primary_group) {
    const auto listed = listed_names(scope);
    std::vector<Node> container_roots;
    for (std::size_t i = 0; i < listed.size() && i < nodes.size(); ++i) {
        const Node node = nodes[i];
        const bool excludes =
            listed[i].list == ScopeList::exclude_users || listed[i].list == ScopeList::exclude_groups;
        if (node == no_node || (!is_active(mirror.domain(node)) && !excludes)) continue;
        switch (listed[i].list) {
            case ScopeList::groups:
                roots_.push_back(node);
                break;
            case ScopeList::users:
                named_users_.insert(node);
                break;
            case ScopeList::organizational_units:
                container_roots.push_back(node);
                break;
            case ScopeList::exclude_users:
                excluded_users_.insert(node);
                break;
            case ScopeList::exclude_groups:
                excluded_groups_.insert(node);
                break;
        }
    }
    for (const Node node : also_excluded) {
        (mirror.kind(node) == EntryKind::group ? excluded_groups_ : excluded_users_).insert(node);
    }
    std::sort(roots_.begin(), roots_.end());
    roots_.erase(std::unique(roots_.begin(), roots_.end()), roots_.end());
    reach(mirror);
    mark_containers(mirror, container_roots);
    has_containers_ = !containers_in_.empty();
    if (has_containers_) mark_doubts(mirror);
}

void ScopeView::reach(const Mirror& mirror, std::span<const Edge> but) {
    reached_.assign(mirror.next_node(), false);
    std::vector<Node> open;
    const auto visit = [&](Node group) {
        if (!is_live_group(mirror, group) || reached_[group] || is_excluded_group(group)) return;
        if (!is_active(mirror.domain(group))) return;
        reached_[group] = true;
        open.push_back(group);
    };
    for (const Node root : roots_) visit(root);
    while (!open.empty()) {
        const Node group = open.back();
        open.pop_back();
        for (const Node member : mirror.members(group)) {
            if (!is_one_of(but, {group, member})) visit(as_member(mirror, member));
        }
    }
}

ScopeView ScopeView::without(const Mirror& mirror, std::span<const Edge> links) const {
    ScopeView rest = *this;
    rest.reach(mirror, links);
    return rest;
}

void ScopeView::mark_containers(const Mirror& mirror, std::span<const Node> roots) {
    if (roots.empty()) return;
    boost::unordered_flat_map<Node, bool> known;
    for (const Node root : roots) known[root] = true;
    for (Node node = 0; node < mirror.next_node(); ++node) {
        if (!mirror.exists(node) || mirror.kind(node) != EntryKind::container) continue;
        std::vector<Node> path;
        Node at = node;
        bool in = false;
        while (at != no_node && mirror.exists(at) && path.size() < 1024) {
            if (const auto answer = known.find(at); answer != known.end()) {
                in = answer->second;
                break;
            }
            path.push_back(at);
            at = mirror.parent(at);
        }
        for (const Node passed : path) known[passed] = in;
        if (known[node]) containers_in_.insert(node);
    }
}

void ScopeView::mark_doubts(const Mirror& mirror) {
    for (const Node container : containers_in_) {
        const DomainIndex domain = mirror.domain(container);
        const bool is_new =
            std::find(hiding_domains_.begin(), hiding_domains_.end(), domain) == hiding_domains_.end();
        if (mirror.is_missing(container) && is_new) hiding_domains_.push_back(domain);
    }
    std::sort(hiding_domains_.begin(), hiding_domains_.end());
    for (Node node = 0; node < mirror.next_node(); ++node) {
        if (!mirror.exists(node) || mirror.kind(node) != EntryKind::container) continue;
        Node at = node;
        for (int depth = 0; at != no_node && mirror.exists(at) && depth < 1024; ++depth) {
            if (is_unplaced(mirror, at)) {
                unplaced_containers_.insert(node);
                break;
            }
            at = mirror.parent(at);
        }
    }
}

bool ScopeView::is_unplaced(const Mirror& mirror, Node node) const {
    return mirror.is_unplaced(node) &&
           (mirror.is_followed(node) ||
            std::binary_search(hiding_domains_.begin(), hiding_domains_.end(), mirror.domain(node)));
}

bool ScopeView::is_place_in_doubt(const Mirror& mirror, Node user) const {
    return has_containers_ &&
           (is_unplaced(mirror, user) || unplaced_containers_.contains(mirror.parent(user)));
}

bool ScopeView::is_user_in(const Mirror& mirror, Node user, std::span<const Edge> but) const {
    if (!mirror.exists(user) || mirror.kind(user) != EntryKind::user || mirror.is_deleted(user)) return false;
    if (!is_active(mirror.domain(user)) || is_excluded_user(user)) return false;
    if (is_named_user(user) || mirror.is_in_filter(user) || is_container_in(mirror.parent(user))) return true;
    for (const Node group : mirror.listed_in(user)) {
        if (is_reached(group) && !is_one_of(but, {group, user})) return true;
    }
    for (const Node foreign : mirror.foreigns_of(user)) {
        for (const Node group : mirror.listed_in(foreign)) {
            if (is_reached(group) && !is_one_of(but, {group, foreign})) return true;
        }
    }
    const Node primary = primary_group_ ? mirror.primary_group(user) : no_node;
    return primary != no_node && is_reached(primary);
}

const std::vector<Node>& GroupsAbove::of_group(Node group) {
    if (const auto found = known_.find(group); found != known_.end()) return found->second;
    std::vector<Node> reached;
    if (!flatten_) {
        if (view_.is_reached(group)) reached.push_back(group);
    } else {
        std::vector<Node> open{group};
        boost::unordered_flat_set<Node> visited{group};
        while (!open.empty()) {
            const Node at = open.back();
            open.pop_back();
            if (!is_live_group(mirror_, at) || view_.is_excluded_group(at)) continue;
            // The last lists of a domain that is no longer read bring nobody in.
            if (!view_.is_active(mirror_.domain(at)) && !(leads_on_ && leads_on_(at))) continue;
            if (view_.is_reached(at)) reached.push_back(at);
            std::vector<Node> above;
            append_direct(at, false, above);
            for (const Node next : above) {
                if (visited.insert(next).second) open.push_back(next);
            }
        }
        std::sort(reached.begin(), reached.end());
    }
    return known_.emplace(group, std::move(reached)).first->second;
}

/// Without the links that lead nowhere.
void GroupsAbove::append_direct(Node member, bool primary_group, std::vector<Node>& groups) const {
    append_direct_groups(mirror_, member, primary_group, groups);
    if (but_.empty()) return;
    const auto foreigns = mirror_.foreigns_of(member);
    const Node primary = primary_group ? mirror_.primary_group(member) : no_node;
    std::erase_if(groups, [&](Node group) {
        const auto is_listed = [&](Node as) {
            const auto lists = mirror_.listed_in(as);
            return std::binary_search(lists.begin(), lists.end(), group) && !is_one_of(but_, {group, as});
        };
        return group != primary && !is_listed(member) &&
               std::none_of(foreigns.begin(), foreigns.end(), is_listed);
    });
}

void GroupsAbove::of_user(Node user, std::vector<Node>& groups) {
    groups.clear();
    const bool counts = leads_on_ ? !view_.is_excluded_user(user) : view_.is_user_in(mirror_, user, but_);
    if (!counts) return;
    direct_.clear();
    append_direct(user, primary_group_, direct_);
    std::sort(direct_.begin(), direct_.end());
    direct_.erase(std::unique(direct_.begin(), direct_.end()), direct_.end());
    for (const Node group : direct_) {
        const auto& above = of_group(group);
        groups.insert(groups.end(), above.begin(), above.end());
    }
    if (direct_.size() > 1) {
        std::sort(groups.begin(), groups.end());
        groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
    }
}

SkippedMembers skipped_members(const Mirror& mirror, const ScopeView& view) {
    SkippedMembers skipped;
    // Also those of a domain that is no longer configured: the mirror keeps its objects.
    const auto stands_for_nobody = [&](Node foreign) {
        const Node target = mirror.target_of(foreign);
        return target == no_node || !view.is_active(mirror.domain(target));
    };
    for (Node group = 0; group < mirror.next_node(); ++group) {
        if (!view.is_reached(group)) continue;
        std::uint64_t foreign = 0;
        for (const Node member : mirror.members(group)) {
            switch (mirror.kind(member)) {
                case EntryKind::user:
                case EntryKind::group:
                    break;
                case EntryKind::foreign:
                    foreign += stands_for_nobody(member) ? 1 : 0;
                    break;
                default:
                    ++skipped.others;
            }
        }
        if (foreign > 0) skipped.foreign.emplace_back(group, foreign);
    }
    return skipped;
}

Below all_below(const Mirror& mirror, std::vector<Node> objects, bool primary_group) {
    std::vector<bool> visited(mirror.next_node());
    Below below;
    auto& users = below.users;
    std::vector<Node> open = std::move(objects);
    while (!open.empty()) {
        const Node node = open.back();
        open.pop_back();
        if (node == no_node || !mirror.exists(node) || visited[node]) continue;
        visited[node] = true;
        switch (mirror.kind(node)) {
            case EntryKind::user:
                users.push_back(node);
                break;
            case EntryKind::foreign:
                open.push_back(mirror.target_of(node));
                break;
            case EntryKind::group: {
                below.groups.push_back(node);
                const auto members = mirror.members(node);
                open.insert(open.end(), members.begin(), members.end());
                break;
            }
            default:
                break;
        }
    }
    if (!below.groups.empty() && primary_group) {
        for (Node node = 0; node < mirror.next_node(); ++node) {
            if (visited[node] || !mirror.exists(node) || mirror.kind(node) != EntryKind::user) continue;
            const Node primary = mirror.primary_group(node);
            if (primary != no_node && visited[primary]) users.push_back(node);
        }
    }
    std::sort(users.begin(), users.end());
    return below;
}

std::vector<Node> users_below(const Mirror& mirror, std::vector<Node> objects, bool primary_group) {
    return all_below(mirror, std::move(objects), primary_group).users;
}

}  // namespace dirsync::sync
