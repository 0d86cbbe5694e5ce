#include <algorithm>

#include "sync/fold.hpp"

// Lists of members that show fewer than before, and are no evidence by themselves (semantics 5.15).
namespace dirsync::sync {
namespace {

/// So many groups are read again in each read of changes until their links have a fate.
constexpr std::size_t most_read_again = 100;

bool brings_somebody(EntryKind kind) noexcept {
    return kind == EntryKind::user || kind == EntryKind::group || kind == EntryKind::foreign;
}

}  // namespace

void Fold::note_list(Node group, DomainIndex domain, bool shows_members) {
    if (shows_members) shows_members_[domain] = true;
    if (!held_.empty()) told_.insert(group);
}

std::vector<ObjectGuid> Fold::groups_to_read_again() const {
    const Mirror& mirror = context_.mirror;
    boost::unordered_flat_set<Node> groups;
    for (const auto* links : {&context_.approved_links, &context_.held_links}) {
        for (const Edge edge : *links) {
            if (links == &context_.held_links && groups.size() >= most_read_again) break;
            if (held_.contains(edge) && !told_.contains(edge.group) && !gone_.contains(edge.group))
                groups.insert(edge.group);
        }
    }
    std::vector<ObjectGuid> guids;
    for (const Node group : groups) guids.push_back(mirror.guid(group));
    return guids;
}

/// A list that came empty, or lacks somebody though nothing changed in its group, while the member is there
/// to be seen. What DirSync told of the link itself is proof.
bool Fold::is_doubtful(Edge edge) const {
    const Mirror& mirror = context_.mirror;
    if (!brings_somebody(mirror.kind(edge.member)) || !reads_domain_of(edge.member)) return false;
    if (gone_.contains(edge.group) || gone_.contains(edge.member) || told_removed_.contains(edge))
        return false;
    const bool is_hidden =
        invisible_.contains(edge.member) || (mirror.is_missing(edge.member) && !is_seen(edge.member));
    return !is_hidden && (member_lists_.at(edge.group).empty() || is_marked(unchanged_, edge.group) ||
                          held_.contains(edge));
}

std::vector<Link> Fold::doubtful_links() {
    flush_containers();
    if (context_.mirror.next_node() > 0) compare_lists();
    std::vector<Link> links;
    for (const Edge edge : lost_) {
        if (is_doubtful(edge))
            links.push_back({context_.mirror.guid(edge.group), context_.mirror.guid(edge.member)});
    }
    return links;
}

void Fold::settle_links(std::span<const Link> links, std::span<const LinkFate> fates) {
    DIRSYNC_ASSERT(links.size() == fates.size());
    for (std::size_t i = 0; i < links.size(); ++i) {
        const Node group = context_.mirror.find(links[i].group);
        const Node member = context_.mirror.find(links[i].member);
        link_fates_[{group, member}] = fates[i];
    }
}

/// Domains of which a whole read showed no member of any group, though several had some, and nobody's
/// memberOf names one either. That is a server that does not tell links: what it lacks is no proof. Every
/// domain has groups of its own with members, so that none is ever emptied so.
std::vector<bool> Fold::blind_domains() const {
    std::vector<bool> blind(shows_members_.size());
    if (!context_.whole) return blind;
    auto shows = shows_members_;
    for (const auto& [edge, fate] : link_fates_) {
        if (fate == LinkFate::present) shows[context_.mirror.domain(edge.group)] = true;
    }
    std::map<DomainIndex, Node> first;
    for (const Edge edge : lost_) {
        const DomainIndex domain = context_.mirror.domain(edge.group);
        const auto [at, is_first] = first.try_emplace(domain, edge.group);
        if (at->second != edge.group) blind[domain] = !shows[domain];
    }
    return blind;
}

/// Keeps what nothing proves to have ended. Gives the links that are held for a person, sorted.
std::vector<Edge> Fold::keep_doubtful_links() {
    const Mirror& mirror = context_.mirror;
    const auto blind = blind_domains();
    const auto& approved = context_.approved_links;
    boost::unordered_flat_set<Edge> kept;
    boost::unordered_flat_set<Node> shortened;  // groups with a list that somebody is missing from
    boost::unordered_flat_set<Node> unreadable;
    std::vector<Edge> held;
    for (const Edge edge : lost_) {
        const auto found = link_fates_.find(edge);
        if (found == link_fates_.end()) continue;
        const DomainIndex domain = mirror.domain(edge.group);
        if (found->second == LinkFate::absent && !blind[domain]) continue;
        if (found->second != LinkFate::present) {
            if (std::binary_search(approved.begin(), approved.end(), edge)) continue;
            held.push_back(edge);
        } else if (unreadable.insert(edge.group).second) {
            ++lists_kept_[domain];
        }
        kept.insert(edge);
        shortened.insert(edge.group);
    }
    boost::unordered_flat_set<Edge> lost(lost_.begin(), lost_.end());
    for (const Edge edge : context_.held_links) {
        if (link_fates_.contains(edge) || gone_.contains(edge.group) || gone_.contains(edge.member)) continue;
        const auto change = edge_changes_.find(edge);
        const bool is_over =
            told_removed_.contains(edge) || (change != edge_changes_.end() && !change->second);
        // Nobody told it, or who is in it cannot be seen now.
        const bool is_open = !told_.contains(edge.group) || lost.contains(edge);
        const auto members = mirror.members(edge.group);
        if (!is_over && is_open && std::binary_search(members.begin(), members.end(), edge.member))
            held.push_back(edge);
    }
    std::erase_if(lost_, [&](Edge edge) {
        const bool says_nothing =
            shortened.contains(edge.group) && !brings_somebody(mirror.kind(edge.member));
        return kept.contains(edge) || says_nothing;
    });
    std::sort(held.begin(), held.end());
    return held;
}

}  // namespace dirsync::sync
