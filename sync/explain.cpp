#include "sync/explain.hpp"

#include <algorithm>

namespace dirsync::sync {
namespace {

/// The shortest way up from an object to each group above it, found breadth first.
class Climb {
public:
    Climb(const Mirror& mirror, const ScopeView& view, Node object, bool primary_group,
          bool through_excluded) {
        primary_ =
            primary_group && mirror.kind(object) == EntryKind::user ? mirror.primary_group(object) : no_node;
        std::vector<Node> level{object};
        below_[object] = no_node;
        while (!level.empty()) {
            std::vector<Node> next;
            for (const Node at : level) {
                std::vector<Node> above;
                append_direct_groups(mirror, at, primary_group && at == object, above);
                for (const Node group : above) {
                    if (!mirror.exists(group) || mirror.is_deleted(group) || below_.contains(group)) continue;
                    if (!through_excluded && view.is_excluded_group(group)) continue;
                    below_[group] = at;
                    next.push_back(group);
                }
            }
            level = std::move(next);
        }
    }

    bool reaches(Node group) const { return below_.contains(group); }

    /// From `group` down to the last group above the object.
    std::vector<Node> path_from(Node group) const {
        std::vector<Node> path;
        for (Node at = group; at != no_node; at = below_.at(at)) path.push_back(at);
        path.pop_back();
        return path;
    }
    bool ends_with_primary(const std::vector<Node>& path) const {
        return !path.empty() && path.back() == primary_;
    }

private:
    boost::unordered_flat_map<Node, Node> below_;
    Node primary_ = no_node;
};

bool is_below(const Mirror& mirror, Node container, Node root) {
    for (int depth = 0; container != no_node && mirror.exists(container) && depth < 1024; ++depth) {
        if (container == root) return true;
        container = mirror.parent(container);
    }
    return false;
}

}  // namespace

WhyInScope why_in_scope(const Mirror& mirror, const ScopeView& view, const ScopeSettings& scope,
                        const ResolvedScope& resolved, Node object, const AttributesView& attributes,
                        std::string_view domain) {
    WhyInScope why;
    const bool is_user = mirror.kind(object) == EntryKind::user;
    why.in_scope = is_user ? view.is_user_in(mirror, object) : view.is_reached(object);
    const Climb climb(mirror, view, object, scope.primary_group, false);
    const Climb climb_through_all(mirror, view, object, scope.primary_group, true);
    const auto listed = listed_names(scope);
    for (std::size_t i = 0; i < listed.size() && i < resolved.nodes.size(); ++i) {
        const Node node = resolved.nodes[i];
        if (node == no_node) continue;
        const std::string rule = listed[i].key();
        switch (listed[i].list) {
            case ScopeList::users:
                if (node == object) why.ways.push_back({rule, {}, false});
                break;
            case ScopeList::organizational_units:
                if (is_user && is_below(mirror, mirror.parent(object), node))
                    why.ways.push_back({rule, {}, false});
                break;
            case ScopeList::groups:
                if (node == object) {
                    why.ways.push_back({rule, {}, false});
                } else if (climb.reaches(node)) {
                    auto path = climb.path_from(node);
                    const bool primary = climb.ends_with_primary(path);
                    why.ways.push_back({rule, std::move(path), primary});
                }
                break;
            case ScopeList::exclude_users:
                if (node == object) why.excluded_by = rule;
                break;
            case ScopeList::exclude_groups:
                // Only worth saying when the exclusion makes the difference.
                if (!why.in_scope && why.excluded_by.empty() && climb_through_all.reaches(node))
                    why.excluded_by = rule;
                break;
        }
    }
    if (is_user && mirror.is_in_filter(object)) {
        for (const auto& filter : scope.user_filters) {
            if (filter.domain == domain && filter.filter.matches(attributes)) {
                why.ways.push_back({"user_filters: " + filter.filter.text(), {}, false});
            }
        }
    }
    return why;
}

}  // namespace dirsync::sync
