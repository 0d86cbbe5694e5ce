#include "sync/fold_end.hpp"

#include <algorithm>

#include "sync/fold.hpp"

namespace dirsync::sync {

Folded LettingIn::finish(const Clock& clock, std::span<const ObjectGuid> approved,
                         Limit unproven_deletion) && {
    return FoldEnd(std::move(*this)).folded(clock, approved, unproven_deletion);
}

Folded FoldEnd::folded(const Clock& clock, std::span<const ObjectGuid> approved, Limit unproven_deletion) {
    Folded result;
    drop_overtaken_rows();
    settle_invisible(clock, approved, unproven_deletion);
    settle_gone(result);
    result.held_links = keep_doubtful_links();
    finish_edges(result);
    append_changed_edges(result);
    forget_placeholders(result);
    settle_dead_placeholders(result.delta);
    finish_rows(result);
    note_followed(result.delta);
    std::stable_sort(result.delta.row_updates.begin(), result.delta.row_updates.end(),
                     [](const MirrorRow& a, const MirrorRow& b) { return a.node < b.node; });
    result.quarantined = std::move(quarantined_);
    result.unreadable = unreadable();
    result.matching_filters = std::move(matching_filters_);
    for (const auto& [domain, count] : without_usn_) {
        if (with_usn_.contains(domain)) result.unnumbered.emplace(domain, count);
    }
    for (const auto& [node, domain] : without_expiry_) ++result.without_expiry[domain];
    return result;
}

/// What was told of an object before, in another domain, is not all that was told.
void FoldEnd::drop_overtaken_rows() {
    const auto is_overtaken = [this](const MirrorRow& row) {
        return upsert_at_.contains(row.node) && !as_before_.contains(row.node);
    };
    std::erase_if(row_updates_, is_overtaken);
    std::erase_if(confirmed_, is_overtaken);
}

void FoldEnd::settle_invisible(const Clock& clock, std::span<const ObjectGuid> approved,
                               Limit unproven_deletion) {
    const Mirror& mirror = context_.mirror;
    for (auto& [node, told] : sightings_) {
        if (!told.invisible) continue;
        MirrorRow row = mirror.row(node);
        const bool released = std::find(approved.begin(), approved.end(), row.guid) != approved.end();
        const bool overdue = clock.certain && unproven_deletion && row.missing && row.missing_since &&
                             clock.now - *row.missing_since >= *unproven_deletion;
        if (row.deleted) {
            // No longer, when the admin took the limit back.
            const bool ends = !released && !overdue && clock.certain && waits_for_removal(node);
            if (!ends) continue;
            row.deleted = false;
            if (!row.missing_since) row.missing_since = clock.now;
            row_updates_.push_back(row);
        } else if (released || overdue) {
            told.gone = true;
            told.given_up = true;
        } else if (!row.missing) {
            row.missing = true;
            if (clock.certain) row.missing_since = clock.now;
            row_updates_.push_back(row);
        }
    }
    if (!clock.certain) return;
    // Objects that were missed first while the time was in doubt.
    for (const Node node : mirror.missing_objects()) {
        MirrorRow row = mirror.row(node);
        if (row.missing_since || row.deleted || is_seen(node) || is_gone(node)) continue;
        if (!reads_domain_of(node)) continue;
        row.missing_since = clock.now;
        row_updates_.push_back(row);
    }
}

void FoldEnd::settle_gone(Folded& result) {
    const Mirror& mirror = context_.mirror;
    for (const auto& [node, told] : sightings_) {
        // What was new and is gone again within one read is an upsert already.
        if (!told.gone || !mirror.exists(node)) continue;
        const bool is_nobody = mirror.kind(node) != EntryKind::user && mirror.kind(node) != EntryKind::group;
        if (!is_nobody || has_row(mirror.guid(node))) {
            // Its row in the store may have to wait for a guard: the object stays, without links. One that
            // was given up without a proof keeps them, and stays for as long as it is missing: if it was only
            // hidden, its links are not told again.
            MirrorRow row = mirror.row(node);
            row.deleted = true;
            // A revert brought the row of a mangled name back.
            if (is_nobody) row.kind = context_.stored->has_user(node) ? EntryKind::user : EntryKind::group;
            if (!told.given_up) {
                row.missing = false;
                row.missing_since.reset();
            }
            row_updates_.push_back(row);
        } else if (mirror.kind(node) != EntryKind::unknown) {
            // A placeholder goes with the last list that has it.
            result.delta.removed.push_back(node);
            result.changes.containers |= mirror.kind(node) == EntryKind::container;
        }
    }
}

/// Objects below a container that counts as deleted now are below the next one above it, as any later read
/// places them: a container that was given up without a proof takes no user out of a scope that is further
/// up.
void FoldEnd::leave_gone_containers() {
    const Mirror& mirror = context_.mirror;
    boost::unordered_flat_set<Node> containers;
    for (const auto& [node, told] : sightings_) {
        if (told.gone && mirror.exists(node) && mirror.kind(node) == EntryKind::container)
            containers.insert(node);
    }
    if (containers.empty()) return;
    boost::unordered_flat_set<Node> told;
    const auto leaves = [&](MirrorRow& row) {
        told.insert(row.node);
        if (!containers.contains(row.parent)) return false;
        // What was hidden while others moved may be above itself, as far as anybody knows.
        for (std::size_t up = 0; up < containers.size() && containers.contains(row.parent); ++up)
            row.parent = mirror.parent(row.parent);
        if (containers.contains(row.parent)) row.parent = no_node;
        if (row.kind == EntryKind::group) return true;
        row.unplaced = true;
        row.followed |= !context_.whole;
        return true;
    };
    for (auto& upsert : upserts_) leaves(upsert.row);
    for (auto& row : row_updates_) leaves(row);
    std::vector<MirrorRow> as_read;
    for (auto& row : confirmed_) (leaves(row) ? row_updates_ : as_read).push_back(row);
    confirmed_ = std::move(as_read);
    for (Node node = 0; node < mirror.next_node(); ++node) {
        if (!mirror.exists(node) || is_gone(node) || told.contains(node)) continue;
        MirrorRow row = mirror.row(node);
        if (leaves(row)) row_updates_.push_back(row);
    }
}

/// Moves the rows into the result.
void FoldEnd::finish_rows(Folded& result) {
    // `upsert_at_` is not valid any more after it.
    std::erase_if(upserts_,
                  [this](const MirrorUpsert& upsert) { return as_before_.contains(upsert.row.node); });
    leave_gone_containers();
    const Mirror& mirror = context_.mirror;
    for (const auto& upsert : upserts_) {
        const Node node = upsert.row.node;
        result.changes.objects.push_back(node);
        result.changes.containers |= upsert.row.kind == EntryKind::container ||
                                     (mirror.exists(node) && mirror.kind(node) == EntryKind::container);
    }
    for (const auto& row : row_updates_) {
        result.changes.objects.push_back(row.node);
        result.changes.containers |= row.kind == EntryKind::container;
    }
    std::sort(upserts_.begin(), upserts_.end(),
              [](const MirrorUpsert& a, const MirrorUpsert& b) { return a.row.node < b.row.node; });
    result.delta.upserts = std::move(upserts_);
    result.delta.row_updates = std::move(row_updates_);
}

/// Marks groups of which only the members changed, groups whose lists are not as a whole read brought them,
/// and objects that a whole read lacked; ends the marks of what a whole read found as it was, when something
/// is written anyway. Nothing of this is a change to anybody.
void FoldEnd::note_followed(MirrorDelta& delta) const {
    const Mirror& mirror = context_.mirror;
    auto& updates = delta.row_updates;
    if (context_.whole) {
        boost::unordered_flat_set<Node> unmarked;
        for (const auto& [node, told] : sightings_) {
            if (told.keeps_members || told.invisible) unmarked.insert(node);
        }
        for (const Node node : delta.removed) unmarked.erase(node);
        const auto mark_it = [&](MirrorRow& row) { row.followed |= unmarked.erase(row.node) > 0; };
        for (auto& upsert : delta.upserts) mark_it(upsert.row);
        for (auto& row : updates) mark_it(row);
        for (const Node group : unmarked) {
            if (mirror.is_followed(group)) continue;
            updates.push_back(mirror.row(group));
            updates.back().followed = true;
        }
        for (const auto& row : confirmed_) {
            if (!delta.empty() && !sighting_of(row.node).keeps_members) updates.push_back(row);
        }
    } else {
        boost::unordered_flat_set<Node> told;
        for (const auto& upsert : delta.upserts) told.insert(upsert.row.node);
        for (const auto& row : updates) told.insert(row.node);
        told.insert(delta.removed.begin(), delta.removed.end());
        for (const auto* edges : {&delta.edges_added, &delta.edges_removed}) {
            for (const Edge edge : *edges) {
                if (!mirror.exists(edge.group) || mirror.is_followed(edge.group)) continue;
                if (!told.insert(edge.group).second) continue;
                updates.push_back(mirror.row(edge.group));
                updates.back().followed = true;
            }
        }
    }
}

std::vector<Unreadable> FoldEnd::unreadable() const {
    std::vector<Unreadable> result;
    for (const auto& [key, entries] : kept_) {
        const auto& [why, domain, kind, index] = key;
        Unreadable kept{domain, kind, std::nullopt, entries};
        if (why != Kept::in_list) kept.attribute = index;
        const auto hidden = not_shown_.find(domain);
        kept.of_everybody = why == Kept::unchanged && kind == EntryKind::user && hidden != not_shown_.end() &&
                            std::binary_search(hidden->second.begin(), hidden->second.end(), index);
        kept.is_unproved = why == Kept::unproved;
        kept.keeps_out = why == Kept::out_of_filter;
        result.push_back(kept);
    }
    return result;
}

}  // namespace dirsync::sync
