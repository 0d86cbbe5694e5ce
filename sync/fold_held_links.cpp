#include <algorithm>
#include <map>

#include "sync/fold_end.hpp"

// Links that lists lack and that nothing proves to have ended (semantics 5.15).
namespace dirsync::sync {

/// Among the members of another group, whose list lacks it. What its own list shows counts as any other: it
/// is as new as the rest of the read. But nobody asked for that list, and it is read anew in each cycle that
/// looks for the group: what it lacks without a proof is kept in silence until the group is told itself, for
/// nothing is held because a cycle looked (semantics 5.6, 5.15).
bool FoldEnd::is_only_looked_for(Node group) const {
    return knows_members(group) && fate_asked_.contains(context_.mirror.guid(group));
}

/// Domains of which a whole read showed no member of any group, though several had some, and no memberOf
/// names one either. Such a server does not tell links: what it lacks proves nothing. Every domain has groups
/// of its own with members, so that none is ever emptied like this.
std::vector<bool> FoldEnd::blind_domains() const {
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

/// Links that a change told and a list does not show: judged like links that were there before.
void FoldEnd::keep_told_links(std::vector<Edge>& held) {
    for (const Edge edge : not_listed_) {
        const auto fate = link_fates_.find(edge);
        if (fate == link_fates_.end() || !is_told_and_lost(edge)) continue;
        const bool is_hidden_member = context_.mirror.exists(edge.member) && is_hidden(edge.member);
        const bool is_open =
            fate->second >= LinkFate::unknown && (is_hidden_member || list_of(edge.group).empty());
        if (fate->second != LinkFate::present && !is_open) continue;
        edge_changes_[edge] = true;
        if (is_open && !is_hidden_member) held.push_back(edge);
    }
}

/// Links that were held before and that this read told nothing of.
void FoldEnd::keep_held_links(std::vector<Edge>& held) {
    const auto& approved = context_.approved_links;
    boost::unordered_flat_set<Edge> lost(lost_.begin(), lost_.end());
    for (const Edge edge : context_.held_links) {
        if (link_fates_.contains(edge) || is_gone(edge.group) || is_gone(edge.member)) continue;
        // With its domain the membership waits for the clock of its member (semantics 5.17).
        if (!reads_domain_of(edge.member)) continue;
        const auto change = edge_changes_.find(edge);
        const bool is_over =
            told_removed_.contains(edge) || (change != edge_changes_.end() && !change->second);
        // The read did not tell it, or the member cannot be seen now.
        const bool is_open = !told_.has(edge.group) || (lost.contains(edge) && is_hidden(edge.member));
        const auto members = context_.mirror.members(edge.group);
        if (is_over || !is_open || !std::binary_search(members.begin(), members.end(), edge.member)) continue;
        if (std::binary_search(approved.begin(), approved.end(), edge)) {
            edge_changes_[edge] = false;
        } else {
            held.push_back(edge);
        }
    }
}

/// Keeps what nothing proves to have ended. Gives the links that are held for a person, sorted.
std::vector<Edge> FoldEnd::keep_doubtful_links() {
    const Mirror& mirror = context_.mirror;
    const auto blind = blind_domains();
    const auto& approved = context_.approved_links;
    boost::unordered_flat_set<Edge> kept;
    boost::unordered_flat_set<Node> shortened;  // groups with a list that a member is missing from
    boost::unordered_flat_set<Node> unreadable;
    std::vector<Edge> held;
    for (const Edge edge : lost_) {
        const auto found = link_fates_.find(edge);
        if (found == link_fates_.end()) continue;
        const DomainIndex domain = mirror.domain(edge.group);
        const bool is_proof = found->second == LinkFate::absent ||
                              (found->second == LinkFate::not_listed && !list_unchanged_.has(edge.group));
        if (is_proof && !blind[domain]) continue;
        if (found->second != LinkFate::present) {
            const bool is_open = is_doubtful(edge) || found->second == LinkFate::hidden;
            if (std::binary_search(approved.begin(), approved.end(), edge) || !is_open) continue;
            if (!is_only_looked_for(edge.group) || held_.contains(edge)) held.push_back(edge);
        } else if (unreadable.insert(edge.group).second) {
            ++kept_[{Kept::in_list, domain, EntryKind::group, AttributeNames::Index{0}}];
        }
        kept.insert(edge);
        shortened.insert(edge.group);
    }
    keep_held_links(held);
    std::erase_if(lost_, [&](Edge edge) {
        const bool says_nothing = shortened.contains(edge.group) && !is_somebody(edge.member);
        return kept.contains(edge) || says_nothing;
    });
    keep_told_links(held);
    std::sort(held.begin(), held.end());
    return held;
}

}  // namespace dirsync::sync
