#include <algorithm>

#include "core/sorted.hpp"
#include "sync/fold.hpp"

// Lists of members that show fewer than before, and are no evidence by themselves (semantics 5.15).
namespace dirsync::sync {

Proving::Proving(Settling&& settled) : FoldState(settled.all_taken()) { compare_lists(); }

std::vector<Link> Proving::doubtful_links() const {
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
        if (is_told_and_lost(edge)) links.push_back({guid_of(edge.group), guid_of(edge.member)});
    }
    std::sort(links.begin(), links.end());
    return links;
}

void Proving::settle_links(std::span<const Link> links, std::span<const LinkFate> fates) {
    DIRSYNC_ASSERT(links.size() == fates.size());
    for (std::size_t i = 0; i < links.size(); ++i) {
        const Node group = known_node(links[i].group);
        const Node member = known_node(links[i].member);
        link_fates_[{group, member}] = fates[i];
    }
}

}  // namespace dirsync::sync
