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
    told_.insert(group);
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

/// In the mirror, and not to be seen now: nothing tells what became of it.
bool Fold::is_hidden(Node node) const {
    return invisible_.contains(node) || (context_.mirror.is_missing(node) && !is_seen(node));
}

/// As the read tells them: so the next one has them in the mirror, and judges alike.
bool Fold::is_somebody(Node member) const { return brings_somebody(row_of(member).kind); }

/// A list lacks somebody who is there to be seen. What DirSync told of the link itself is proof.
bool Fold::is_alive_and_lost(Edge edge) const {
    const Mirror& mirror = context_.mirror;
    if (!is_somebody(edge.member)) return false;
    if (!reads_domain_of(edge.member) && !is_seen(edge.member)) return false;
    if (gone_.contains(edge.group) || gone_.contains(edge.member) || told_removed_.contains(edge))
        return false;
    // A deleted user whose removal a guard holds: every list loses that user.
    if (mirror.is_deleted(edge.member) && !is_seen(edge.member)) return false;
    return !is_hidden(edge.member);
}

/// Of those: the list came empty, or nothing changed in the group, so that it proves nothing. An object that
/// was no user or group before comes into a group by a proof only.
bool Fold::is_doubtful(Edge edge) const {
    const bool was_somebody = brings_somebody(context_.mirror.kind(edge.member));
    return was_somebody && is_alive_and_lost(edge) &&
           (member_lists_.at(edge.group).empty() || is_marked(list_unchanged_, edge.group) ||
            held_.contains(edge));
}

std::vector<Link> Fold::doubtful_links() {
    flush_containers();
    if (context_.mirror.next_node() > 0) compare_lists();
    std::vector<Link> links;
    for (const Edge edge : lost_) {
        // A list of which a part cannot be read stays so when its group changes: in their own domain members
        // name the group as long as they are in it.
        const bool tells =
            is_alive_and_lost(edge) && context_.mirror.domain(edge.group) == row_of(edge.member).domain;
        if (tells || is_doubtful(edge))
            links.push_back({context_.mirror.guid(edge.group), context_.mirror.guid(edge.member)});
    }
    for (const Edge edge : not_listed_) {
        if (is_told_and_lost(edge)) links.push_back({row_of(edge.group).guid, row_of(edge.member).guid});
    }
    std::sort(links.begin(), links.end());
    return links;
}

/// As the read has it, or else the mirror.
MirrorRow Fold::row_of(Node node) const {
    const auto upsert = upsert_at_.find(node);
    return upsert == upsert_at_.end() ? context_.mirror.row(node) : upserts_[upsert->second].row;
}

/// A change told that somebody came, and the list that was read after it lacks them: they left at once, or a
/// part of the list cannot be read.
bool Fold::is_told_and_lost(Edge edge) const {
    const auto list = member_lists_.find(edge.group);
    const bool is_listed = list != member_lists_.end() &&
                           std::binary_search(list->second.begin(), list->second.end(), edge.member);
    return !is_listed && !edge_changes_.contains(edge) && !gone_.contains(edge.group) &&
           !gone_.contains(edge.member) && brings_somebody(row_of(edge.member).kind);
}

void Fold::settle_links(std::span<const Link> links, std::span<const LinkFate> fates) {
    DIRSYNC_ASSERT(links.size() == fates.size());
    for (std::size_t i = 0; i < links.size(); ++i) {
        const Node group = known_node(links[i].group);
        const Node member = known_node(links[i].member);
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

/// What a change told of a list that does not show it: as of a link that was there before.
void Fold::keep_told_links(std::vector<Edge>& held) {
    for (const Edge edge : not_listed_) {
        const auto fate = link_fates_.find(edge);
        if (fate == link_fates_.end() || !is_told_and_lost(edge)) continue;
        const auto list = member_lists_.find(edge.group);
        const auto shown = list == member_lists_.end() ? context_.mirror.members(edge.group)
                                                       : std::span<const Node>(list->second);
        const bool is_hidden_member = context_.mirror.exists(edge.member) && is_hidden(edge.member);
        const bool is_open = fate->second >= LinkFate::unknown && (is_hidden_member || shown.empty());
        if (fate->second != LinkFate::present && !is_open) continue;
        edge_changes_[edge] = true;
        if (is_open && !is_hidden_member) held.push_back(edge);
    }
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
        const bool is_proof = found->second == LinkFate::absent || (found->second == LinkFate::not_listed &&
                                                                    !is_marked(list_unchanged_, edge.group));
        if (is_proof && !blind[domain]) continue;
        if (found->second != LinkFate::present) {
            const bool is_open = is_doubtful(edge) || found->second == LinkFate::hidden;
            if (std::binary_search(approved.begin(), approved.end(), edge) || !is_open) continue;
            if (!is_only_looked_for(edge.group) || held_.contains(edge)) held.push_back(edge);
        } else if (unreadable.insert(edge.group).second) {
            ++lists_kept_[domain];
        }
        kept.insert(edge);
        shortened.insert(edge.group);
    }
    boost::unordered_flat_set<Edge> lost(lost_.begin(), lost_.end());
    for (const Edge edge : context_.held_links) {
        if (link_fates_.contains(edge) || gone_.contains(edge.group) || gone_.contains(edge.member)) continue;
        // With its domain the membership waits for the clock of who is in it (semantics 5.17).
        if (!reads_domain_of(edge.member)) continue;
        const auto change = edge_changes_.find(edge);
        const bool is_over =
            told_removed_.contains(edge) || (change != edge_changes_.end() && !change->second);
        // Nobody told it, or who is in it cannot be seen now.
        const bool is_open = !told_.contains(edge.group) || (lost.contains(edge) && is_hidden(edge.member));
        const auto members = mirror.members(edge.group);
        if (is_over || !is_open || !std::binary_search(members.begin(), members.end(), edge.member)) continue;
        if (std::binary_search(approved.begin(), approved.end(), edge)) {
            edge_changes_[edge] = false;
        } else {
            held.push_back(edge);
        }
    }
    std::erase_if(lost_, [&](Edge edge) {
        const bool says_nothing = shortened.contains(edge.group) && !is_somebody(edge.member);
        return kept.contains(edge) || says_nothing;
    });
    keep_told_links(held);
    std::sort(held.begin(), held.end());
    return held;
}

}  // namespace dirsync::sync
