#include "sync/planner/held_links.hpp"

#include <algorithm>
#include <map>

#include "sync/planner/guard.hpp"

namespace dirsync::sync {
namespace {

template <class Listed>
std::vector<Edge> links_in(std::span<const Listed> all, const Mirror& mirror) {
    std::vector<Edge> edges;
    for (const auto& listed : all) {
        if (listed.hold != HoldClass::absent) continue;
        for (const auto& [group, member] : listed.objects) {
            if (member.is_nil()) continue;
            const Edge edge{mirror.find(group), mirror.find(member)};
            if (edge.group != no_node && edge.member != no_node) edges.push_back(edge);
        }
    }
    std::sort(edges.begin(), edges.end());
    edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
    return edges;
}

std::string counted(std::size_t count, const char* one, const char* more) {
    return std::to_string(count) + " " + (count == 1 ? one : more);
}

}  // namespace

std::vector<Edge> held_links(std::span<const Hold> holds, const Mirror& mirror) {
    return links_in(holds, mirror);
}

std::vector<Edge> approved_links(std::span<const Approval> approvals, const Mirror& mirror) {
    return links_in(approvals, mirror);
}

Hold hold_of_links(std::span<const Edge> edges, const Mirror& mirror) {
    std::vector<HeldObject> objects;
    for (const Edge edge : edges) objects.emplace_back(mirror.guid(edge.group), mirror.guid(edge.member));
    return make_hold(HoldClass::absent, std::move(objects), "no proof that they left the group");
}

std::vector<std::string> notes_on_held_links(std::span<const Hold> holds, const Mirror& mirror,
                                             std::span<const std::string> domains) {
    struct Count {
        std::size_t groups = 0;
        std::size_t links = 0;
        Node last = no_node;
    };
    std::map<DomainIndex, Count> counts;
    for (const Edge edge : held_links(holds, mirror)) {
        Count& count = counts[mirror.domain(edge.group)];
        if (count.last != edge.group) ++count.groups;
        count.last = edge.group;
        ++count.links;
    }
    std::vector<std::string> notes;
    for (const auto& [domain, count] : counts) {
        notes.push_back(domains[domain] + ": " + counted(count.links, "membership", "memberships") + " of " +
                        counted(count.groups, "group", "groups") +
                        " can be seen no more and nothing proves that they ended: they are kept; give the "
                        "account the right to read member and memberOf, or release what is held (absent)");
    }
    return notes;
}

}  // namespace dirsync::sync
