#include "sync/planner/plan_basis.hpp"

#include <algorithm>
#include <iterator>

#include "core/sorted.hpp"

namespace dirsync::sync {

namespace {

bool is_approved(const PlanInputs& in, const HeldObject& object) {
    return std::any_of(in.approvals.begin(), in.approvals.end(), [&object](const Approval& approval) {
        return approval.hold == HoldClass::scope_edit &&
               std::find(approval.objects.begin(), approval.objects.end(), object) != approval.objects.end();
    });
}

void append_members(const Mirror& mirror, Node group, std::vector<Edge>& links) {
    for (const Node member : mirror.members(group)) links.push_back({group, member});
}

/// The links of a group that is kept out for want of a name for an exclusion: whoever joins it meanwhile
/// would come in by that group alone (semantics 2.10).
void append_links_of(const PlanInputs& in, const HeldObject& held, std::vector<Edge>& links) {
    const Node group = held.second.is_nil() ? in.mirror.find(held.first) : no_node;
    if (group == no_node || in.mirror.kind(group) != EntryKind::group || is_approved(in, held)) return;
    const bool is_in = in.stored.has_group(group) && in.stored.scope(group) != ScopeState::out;
    if (is_in) return;
    append_members(in.mirror, group, links);
}

/// A group that cannot be seen may have lost members since its list was told.
void append_links_of_the_missing(const Mirror& mirror, std::vector<Edge>& links) {
    for (const Node group : mirror.missing_objects()) {
        if (mirror.kind(group) == EntryKind::group) append_members(mirror, group, links);
    }
}

}  // namespace

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
    }
    for (const auto& hold : holds) {
        if (hold.hold == HoldClass::scope_edit) scope_edits.insert(hold.objects.begin(), hold.objects.end());
    }
    if (!unexcluded.empty()) {
        for (const auto& object : scope_edits) append_links_of(*this, object, untold_links);
    }
    append_links_of_the_missing(mirror, untold_links);
    sort_once(untold_links);
    if (!untold_links.empty()) proved_view = view.without(mirror, untold_links);
}

bool is_open_edit(const PlanBasis& in, const Guards& guards, const HeldObject& object) {
    return (in.change.scope || in.scope_edits.contains(object)) &&
           !guards.approved(HoldClass::scope_edit, object);
}

bool is_kept_out_by_edit(const PlanBasis& in, const Guards& guards, const HeldObject& object) {
    return !in.unexcluded.empty() && is_open_edit(in, guards, object);
}

}  // namespace dirsync::sync
