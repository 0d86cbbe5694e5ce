#include "sync/planner/plan_basis.hpp"

#include <algorithm>
#include <iterator>

namespace dirsync::sync {

PlanBasis::PlanBasis(PlanInputs inputs) : PlanInputs(std::move(inputs)) {
    for (const auto& entry : quarantined) {
        if (!entry.guid) continue;
        unreadable.insert(*entry.guid);
        const Node node = mirror.find(*entry.guid);
        if (node != no_node && mirror.domain(node) != entry.domain) unread_movers.insert(node);
    }
    if (!held_links.empty()) {
        std::vector<Edge> changed(changed_links.begin(), changed_links.end());
        std::sort(changed.begin(), changed.end());
        std::set_difference(held_links.begin(), held_links.end(), changed.begin(), changed.end(),
                            std::back_inserter(untold_links));
        if (!untold_links.empty()) proved_view = view.without(mirror, untold_links);
    }
    for (const auto& hold : holds) {
        if (hold.hold == HoldClass::scope_edit) scope_edits.insert(hold.objects.begin(), hold.objects.end());
    }
}

bool is_open_edit(const PlanBasis& in, const Guards& guards, const HeldObject& object) {
    return (in.change.scope || in.scope_edits.contains(object)) &&
           !guards.approved(HoldClass::scope_edit, object);
}

bool is_kept_out_by_edit(const PlanBasis& in, const Guards& guards, const HeldObject& object) {
    return !in.unexcluded.empty() && is_open_edit(in, guards, object);
}

}  // namespace dirsync::sync
